-- Every file in scope as it stood at the end of the cut-off: its class of that day, the version
-- that was approved by then, whose hands it went through, its weight and its lot.
WITH file AS (
    SELECT d.id, d.unit_id, d.number, d.name_full, d.credit_code, d.region_code, d.gas_uses,
        d.filler_id, d.reviewer_id,
        coalesce(k.klass, nullif(d.klass, ''), 'general') AS klass
    FROM dossiers_dossier d
    LEFT JOIN (
        SELECT DISTINCT ON (unit_id, dossier_id) unit_id, dossier_id, klass
        FROM dossiers_classchange WHERE effective_on <= %(cutoff)s
        ORDER BY unit_id, dossier_id, effective_on DESC, entered_at DESC
    ) k ON k.unit_id = d.unit_id AND k.dossier_id = d.id
    WHERE d.state <> 'closed' AND d.opened_on <= %(cutoff)s
      AND (cardinality(%(units)s::bigint[]) = 0 OR d.unit_id = ANY (%(units)s::bigint[]))
), scoped AS (
    SELECT *, cardinality(%(klasses)s::text[]) = 0 OR klass = ANY (%(klasses)s::text[]) AS whole
    FROM file
), version AS (
    SELECT DISTINCT ON (unit_id, dossier_id) unit_id, dossier_id, id, number, sha256
    FROM dossiers_fileversion WHERE approved_at < %(moment)s
    ORDER BY unit_id, dossier_id, number DESC
), hand AS (
    SELECT unit_id, dossier_id,
        array_agg(DISTINCT filled_by_id) || array_agg(DISTINCT approved_by_id) AS staff
    FROM dossiers_fileversion WHERE approved_at < %(moment)s GROUP BY unit_id, dossier_id
), bare AS (  -- 核对无变化 as a habit, of the latest versions
    SELECT unit_id, dossier_id FROM (
        SELECT unit_id, dossier_id, content -> 'sections' AS sections,
            row_number() OVER (PARTITION BY unit_id, dossier_id ORDER BY number DESC) AS place
        FROM dossiers_fileversion WHERE %(weighted)s AND approved_at < %(moment)s
    ) v CROSS JOIN LATERAL jsonb_each(v.sections) AS part
    WHERE v.place <= %(latest)s
    GROUP BY unit_id, dossier_id
    HAVING count(*) FILTER (WHERE part.value ->> 'mark' = 'unchanged') * 100
        >= count(*) * %(bare_percent)s
), seen AS (
    SELECT DISTINCT unit_id, dossier_id FROM inspections_subject
    WHERE %(weighted)s AND state = 'done'
      AND done_at >= %(moment)s - make_interval(days => %(unseen_days)s)
), weighed AS (
    SELECT s.*, v.id AS version_id, v.number AS version_number, v.sha256,
        array_remove(coalesce(h.staff, '{}') || s.filler_id || s.reviewer_id, NULL) AS hands,
        CASE WHEN NOT %(weighted)s THEN 1 ELSE 1
            + CASE WHEN e.dossier_id IS NULL THEN 1 ELSE 0 END
            + CASE WHEN b.dossier_id IS NULL THEN 0 ELSE 2 END END AS weight
    FROM scoped s
    LEFT JOIN version v ON v.unit_id = s.unit_id AND v.dossier_id = s.id
    LEFT JOIN hand h ON h.unit_id = s.unit_id AND h.dossier_id = s.id
    LEFT JOIN bare b ON b.unit_id = s.unit_id AND b.dossier_id = s.id
    LEFT JOIN seen e ON e.unit_id = s.unit_id AND e.dossier_id = s.id
    WHERE s.whole OR %(offtake)s
), lots AS (
    SELECT w.*, CASE WHEN w.whole THEN (
        SELECT min(encode(sha256(convert_to(%(seed)s || ':' || w.id || ':' || ticket, 'UTF8')),
            'hex') COLLATE "C") FROM generate_series(1, w.weight) AS ticket) ELSE '' END AS lot
    FROM weighed w
), ranked AS (
    SELECT l.*,
        row_number() OVER (PARTITION BY unit_id, whole ORDER BY lot, id::text COLLATE "C") AS rank,
        count(*) OVER (PARTITION BY unit_id, whole) AS size
    FROM lots l
)
INSERT INTO inspections_subject (unit_id, inspection_id, dossier_id, version_id, version_number,
    sha256, number, name_full, credit_code, klass, region_code, gas_uses, filler_name, facts,
    hands, whole, weight, lot, drawn)
SELECT r.unit_id, %(inspection)s, r.id, r.version_id, coalesce(r.version_number, 0),
    coalesce(r.sha256, ''), r.number, r.name_full, r.credit_code, r.klass, r.region_code,
    r.gas_uses, coalesce(p.name, ''),
    CASE WHEN r.version_id IS NULL THEN (
        SELECT d.document || coalesce((SELECT jsonb_object_agg(m.code, to_jsonb(d) -> m.kept)
            FROM unnest(%(codes)s::text[], %(columns)s::text[]) AS m (code, kept)), '{}')
        FROM dossiers_dossier d WHERE d.unit_id = r.unit_id AND d.id = r.id) END,
    r.hands, r.whole, r.weight, r.lot,
    r.whole AND r.rank <= least(r.size, greatest(%(minimum)s, CASE %(method)s
        WHEN 'all' THEN r.size WHEN 'share' THEN ceil(r.size * %(amount)s / 100.0)
        ELSE %(amount)s END))
FROM ranked r
LEFT JOIN org_staff p ON p.unit_id = r.unit_id AND p.id = r.filler_id
