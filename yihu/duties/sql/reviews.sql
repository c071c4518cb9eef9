-- What each file owes by its class (§6.2.1). A period is judged on the day that it is done, due or
-- ends, whichever is first, or today while it runs: by the class of that day as it was known by
-- then, so that a class told later leaves what is past. A file owes from the period in which it
-- came to Yihu. What falls due while it is closed and was not done before is not owed (§6.1.2).
-- What stands as it should is taken away first (EXCEPT: no plan of it is quadratic, however old the
-- statistics). What is open and not owed by this is dropped, also when the day passed while nobody
-- planned; what is open and not yet due moves with a corrected calendar.
WITH slot AS (
    SELECT *, least(period_end, due_on) AS judged_on
    FROM unnest(%(of)s::int[], %(klass)s::text[], %(start)s::date[], %(end)s::date[],
        %(due)s::date[]) AS s (of_unit, klass, period_start, period_end, due_on)
), told AS (
    SELECT unit_id, dossier_id, klass, effective_on, entered_at,
        least((entered_at AT TIME ZONE 'Asia/Shanghai')::date, %(as_of)s::date) AS known_on
    FROM dossiers_classchange
    WHERE effective_on <= %(as_of)s::date
      AND (%(units)s::int[] IS NULL OR unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR dossier_id = ANY (%(dossiers)s::uuid[]))
), past AS (
    SELECT unit_id, dossier_id, min(klass) AS klass, min(klass) = max(klass) AS only,
        min(greatest(effective_on, known_on)) AS known_from
    FROM told GROUP BY unit_id, dossier_id
), file AS MATERIALIZED (
    SELECT d.id, d.unit_id, u.live_from, here.here_from,
        CASE WHEN d.unit_id = ANY (%(special)s::int[]) THEN d.unit_id ELSE 0 END AS of_unit,
        CASE WHEN p.klass IS NULL THEN coalesce(nullif(d.klass, ''), 'general')
             WHEN p.only AND p.known_from <= here.here_from THEN p.klass END AS steady
    FROM dossiers_dossier d
    JOIN org_orgunit u ON u.id = d.unit_id
    CROSS JOIN LATERAL (SELECT greatest(d.opened_on, least(
        (d.entered_at AT TIME ZONE 'Asia/Shanghai')::date, %(as_of)s::date)) AS here_from) here
    LEFT JOIN past p ON p.unit_id = d.unit_id AND p.dossier_id = d.id
    WHERE (%(units)s::int[] IS NULL OR d.unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR d.id = ANY (%(dossiers)s::uuid[]))
), judged AS (
    SELECT f.unit_id, f.id AS dossier_id, s.period_start, s.period_end, s.due_on, s.klass
    FROM file f JOIN slot s ON s.klass = f.steady AND s.of_unit = f.of_unit
      AND s.period_end >= f.live_from AND s.judged_on >= f.here_from
    UNION ALL
    SELECT f.unit_id, f.id, s.period_start, s.period_end, s.due_on, s.klass
    FROM file f JOIN slot s ON f.steady IS NULL AND s.of_unit = f.of_unit
      AND s.period_end >= f.live_from AND s.judged_on >= f.here_from
    CROSS JOIN LATERAL (
        SELECT least(s.judged_on, min((v.approved_at AT TIME ZONE 'Asia/Shanghai')::date)) AS day
        FROM dossiers_fileversion v
        WHERE v.unit_id = f.unit_id AND v.dossier_id = f.id
          AND v.approved_at >= s.period_start::timestamp AT TIME ZONE 'Asia/Shanghai'
    ) judged
    WHERE s.klass = coalesce((
        SELECT c.klass FROM dossiers_classchange c
        WHERE c.unit_id = f.unit_id AND c.dossier_id = f.id
          AND c.effective_on <= least(judged.day, %(as_of)s::date)
          AND least((c.entered_at AT TIME ZONE 'Asia/Shanghai')::date, %(as_of)s::date)
              <= judged.day
        ORDER BY c.effective_on DESC, c.entered_at DESC LIMIT 1), 'general')
), owed AS (
    SELECT * FROM judged o
    WHERE NOT EXISTS (
        SELECT FROM duties_closure c
        WHERE c.unit_id = o.unit_id AND c.dossier_id = o.dossier_id
          AND c.verdict = 'consented' AND c.state = 'closed'
          AND c.since <= o.due_on AND o.due_on < c.until
          AND NOT EXISTS (
            SELECT FROM dossiers_fileversion v
            WHERE v.unit_id = o.unit_id AND v.dossier_id = o.dossier_id
              AND v.approved_at >= o.period_start::timestamp AT TIME ZONE 'Asia/Shanghai'
              AND v.approved_at < c.decided_at))
), gone AS (
    UPDATE duties_duty y SET dropped_at = now(), dropped_why = 'class'
    FROM file f
    WHERE f.unit_id = y.unit_id AND f.id = y.dossier_id AND y.kind = 'review'
      AND y.done_at IS NULL AND y.dropped_at IS NULL AND y.waived_at IS NULL
      AND (%(units)s::int[] IS NULL OR y.unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR y.dossier_id = ANY (%(dossiers)s::uuid[]))
      AND y.period_start <= %(as_of)s::date
      AND NOT EXISTS (SELECT FROM owed o WHERE o.unit_id = y.unit_id
                      AND o.dossier_id = y.dossier_id AND o.period_start = y.period_start
                      AND o.period_end = y.period_end)
    RETURNING 1
), planned AS (
    INSERT INTO duties_duty AS y (unit_id, dossier_id, kind, period_start, period_end, due_on,
        klass)
    SELECT unit_id, dossier_id, 'review', period_start, period_end, due_on, klass FROM owed
    EXCEPT
    SELECT unit_id, dossier_id, kind, period_start, period_end, due_on, klass FROM duties_duty
    WHERE kind = 'review' AND dropped_at IS NULL AND source = ''
      AND (%(units)s::int[] IS NULL OR unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR dossier_id = ANY (%(dossiers)s::uuid[]))
    ON CONFLICT ON CONSTRAINT duty_once DO UPDATE
        SET dropped_at = NULL, dropped_why = '', klass = EXCLUDED.klass,
            due_on = CASE WHEN y.dropped_at IS NOT NULL
                OR least(y.due_on, EXCLUDED.due_on) >= %(as_of)s::date
                THEN EXCLUDED.due_on ELSE y.due_on END
        WHERE y.dropped_at IS NOT NULL
           OR y.done_at IS NULL AND y.waived_at IS NULL AND (y.klass <> EXCLUDED.klass
               OR least(y.due_on, EXCLUDED.due_on) >= %(as_of)s::date)
    RETURNING 1
)
SELECT (SELECT count(*) FROM planned), (SELECT count(*) FROM gone)
