-- Duties that fell due in the twelve months up to the period's end and are done or past their date,
-- as they stand now. Waived and dropped ones count for nobody.
WITH {file}
SELECT u.unit_id, u.kind, u.klass = %(review)s AS focus,
    u.due_on >= %(start)s AS within, date_trunc('month', u.due_on)::date AS month,
    count(*) AS fallen,
    count(*) FILTER (WHERE (u.done_at AT TIME ZONE 'Asia/Shanghai')::date <= u.due_on) AS on_time,
    count(*) FILTER (WHERE u.done_at IS NULL) AS overdue
FROM duties_duty u
JOIN file ON file.unit_id = u.unit_id AND file.id = u.dossier_id
WHERE u.unit_id = ANY (%(units)s) AND u.due_on BETWEEN %(year)s AND %(end)s
    AND u.dropped_at IS NULL AND u.waived_at IS NULL
    AND (u.done_at IS NOT NULL OR u.due_on < %(today)s) AND %(klass)s IN ('', file.klass)
GROUP BY 1, 2, 3, 4, 5
