-- Every occasion of every source becomes one duty, due so many working days after it or on a date
-- of its own (§6.2.1a-e). What stands as it should is left out first;
-- what is open and not yet due moves with its occasion; what fell due stays as it was judged.
-- `gone.sql` drops those whose occasion is gone. An update that falls due while its file is closed
-- and was not done before is not owed; a contract, a promise, a risk to look at is (§6.1.2).
WITH event AS MATERIALIZED (
    SELECT * FROM ({sources}) AS every_source
    WHERE happened_on <= %(as_of)s::date
      AND (%(units)s::int[] IS NULL OR unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR dossier_id = ANY (%(dossiers)s::uuid[]))
), term AS (
    SELECT * FROM unnest(%(term_of)s::int[], %(term_kind)s::text[], %(term_since)s::date[],
        %(term_until)s::date[], %(term_days)s::int[]) AS t (of_unit, kind, since, until, days)
), file AS MATERIALIZED (
    SELECT d.unit_id, d.id, d.klass, u.live_from
    FROM dossiers_dossier d
    JOIN org_orgunit u ON u.id = d.unit_id
    WHERE (%(units)s::int[] IS NULL OR d.unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR d.id = ANY (%(dossiers)s::uuid[]))
), dated AS (
    SELECT e.unit_id, e.dossier_id, e.kind, e.source, e.subject_id, e.happened_on, e.counts_from,
        e.done_at, d.klass,
        coalesce(e.due_on, %(calendar_from)s::date + (%(worked)s::int[])[width_bucket(
            e.happened_on - %(calendar_from)s::date, %(worked)s::int[]) + t.days]) AS due_on
    FROM event e
    JOIN file d ON d.unit_id = e.unit_id AND d.id = e.dossier_id
        AND d.live_from <= e.happened_on
    JOIN term t ON t.kind = e.kind AND t.since <= e.happened_on AND e.happened_on < t.until
        AND t.of_unit = CASE WHEN e.unit_id = ANY (%(special)s::int[]) THEN e.unit_id ELSE 0 END
), owed AS (
    SELECT * FROM dated o
    WHERE NOT EXISTS (
        SELECT FROM duties_closure c
        WHERE c.unit_id = o.unit_id AND c.dossier_id = o.dossier_id
          AND c.verdict = 'consented' AND c.state = 'closed'
          AND c.since <= o.due_on AND o.due_on < c.until
          AND o.counts_from IS NOT NULL AND o.kind NOT IN ('new_customer', 'new_contract')
          AND NOT EXISTS (
            SELECT FROM dossiers_fileversion v
            WHERE v.unit_id = o.unit_id AND v.dossier_id = o.dossier_id
              AND v.approved_at >= o.counts_from AND v.approved_at < c.decided_at))
), changed AS (
    SELECT o.* FROM owed o
    LEFT JOIN duties_duty y ON y.source = o.source AND y.subject_id = o.subject_id
        AND y.unit_id = o.unit_id AND y.dossier_id = o.dossier_id AND y.source <> ''
    WHERE y.id IS NULL OR y.dropped_at IS NOT NULL
       OR y.done_at IS NULL AND y.waived_at IS NULL AND (
           o.done_at IS NOT NULL
           OR (y.due_on, y.period_start, y.counts_from)
               IS DISTINCT FROM (o.due_on, o.happened_on, o.counts_from)
              AND least(y.due_on, o.due_on) >= %(as_of)s::date)
), planned AS (
    INSERT INTO duties_duty AS y (unit_id, dossier_id, kind, source, subject_id, period_start,
        period_end, due_on, klass, counts_from, done_at, basis)
    SELECT unit_id, dossier_id, kind, source, subject_id, happened_on, happened_on, due_on, klass,
        counts_from, done_at, CASE WHEN done_at IS NULL THEN '' ELSE 'result' END
    FROM changed
    ON CONFLICT (unit_id, dossier_id, source, subject_id) WHERE NOT (source = '') DO UPDATE
        SET dropped_at = NULL, dropped_why = '', done_at = EXCLUDED.done_at,
            basis = EXCLUDED.basis, counts_from = EXCLUDED.counts_from,
            (due_on, period_start, period_end) = (SELECT
                CASE WHEN fresh THEN EXCLUDED.due_on ELSE y.due_on END,
                CASE WHEN fresh THEN EXCLUDED.period_start ELSE y.period_start END,
                CASE WHEN fresh THEN EXCLUDED.period_end ELSE y.period_end END
                FROM (SELECT y.dropped_at IS NOT NULL
                      OR least(y.due_on, EXCLUDED.due_on) >= %(as_of)s::date) AS f (fresh))
        WHERE y.dropped_at IS NOT NULL OR y.done_at IS NULL AND y.waived_at IS NULL
    RETURNING 1
){gone}
SELECT (SELECT count(*) FROM planned), {dropped}
