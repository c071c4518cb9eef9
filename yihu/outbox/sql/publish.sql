WITH known AS (
    SELECT * FROM unnest(%(verbs)s::text[], %(places)s::text[], %(guarded)s::boolean[])
        AS k (verb, place, guarded)
), seen AS MATERIALIZED (
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS floor
), found AS MATERIALIZED (
    SELECT e.id, e.at, e.verb, e.subject_type, e.subject_id, k.guarded,
        CASE WHEN k.place <> 'group' THEN e.unit_id END AS unit_id,
        CASE WHEN k.place = 'file' THEN e.dossier_id END AS dossier_id,
        CASE WHEN jsonb_typeof(e.data -> 'fields') = 'array'
            THEN ARRAY(SELECT left(code, 120) FROM jsonb_array_elements_text(e.data -> 'fields') AS code)
            ELSE '{}' END AS fields
    FROM audit_event e JOIN known k ON k.verb = e.verb
    WHERE e.xid >= %(since)s::text::xid8 AND e.at >= %(begins_at)s
        AND (k.place = 'group' OR e.unit_id IS NOT NULL)
        AND (k.place <> 'file' OR e.dossier_id IS NOT NULL)
        AND NOT EXISTS (SELECT FROM outbox_published p WHERE p.event_id = e.id)
    ORDER BY e.id
    LIMIT %(most)s
), made AS (
    INSERT INTO outbox_published (number, event_id, at, kind, unit_id, dossier_id, subject_type,
        subject_id, fields, guarded)
    SELECT %(last)s + row_number() OVER (ORDER BY id), id, at, verb, unit_id, dossier_id,
        subject_type, subject_id, fields, guarded
    FROM found
    RETURNING number
)
UPDATE outbox_position SET
    last_number = last_number + (SELECT count(*) FROM made),
    floor = CASE WHEN (SELECT count(*) FROM found) < %(most)s THEN seen.floor ELSE %(since)s END,
    life = %(life)s
FROM seen
RETURNING last_number
