-- A follow-up runs until it comes to a result, and once more each time that it is opened again. A
-- run is due by the last date that was set before it fell due: a date set later leaves it late.
SELECT f.unit_id, f.dossier_id, began.by AS subject_id, began.at AS began_at, ended.done_at,
    coalesce((
        SELECT p.due_on FROM visits_progress p
        WHERE p.unit_id = f.unit_id AND p.followup_id = f.id AND p.entry = 'due'
          AND p.at >= began.at AND p.at < ended.until
          AND p.due_on < (p.at AT TIME ZONE 'Asia/Shanghai')::date
        ORDER BY p.at LIMIT 1), ended.due_on) AS due_on
FROM visits_followup f
CROSS JOIN LATERAL (
    SELECT timestamptz 'infinity' AS until, f.due_on, f.resulted_at AS done_at
    UNION ALL
    SELECT r.at, coalesce(r.due_on, f.due_on), (
        SELECT max(p.at) FROM visits_progress p
        WHERE p.unit_id = r.unit_id AND p.followup_id = r.followup_id AND p.entry = 'result'
          AND p.at <= r.at)
    FROM visits_progress r
    WHERE r.unit_id = f.unit_id AND r.followup_id = f.id AND r.entry = 'reopen'
) ended
CROSS JOIN LATERAL (
    SELECT f.id AS by, f.entered_at AS at
    UNION ALL
    SELECT p.id, p.at FROM visits_progress p
    WHERE p.unit_id = f.unit_id AND p.followup_id = f.id AND p.entry = 'reopen'
      AND p.at < ended.until
    ORDER BY at DESC LIMIT 1
) began
