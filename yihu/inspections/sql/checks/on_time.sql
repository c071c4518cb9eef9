-- §6.2.1: what fell due in the period, but for the months' volumes, which have a check of their own.
SELECT s.unit_id, s.id, CASE WHEN y.late > 0
    THEN jsonb_build_object('due', y.due, 'late', y.late, 'open', y.still) END AS detail
FROM subject s
JOIN (
    SELECT unit_id, dossier_id, count(*) AS due,
        count(*) FILTER (WHERE done_at IS NULL
            OR (done_at AT TIME ZONE 'Asia/Shanghai')::date > due_on) AS late,
        count(*) FILTER (WHERE done_at IS NULL
            OR (done_at AT TIME ZONE 'Asia/Shanghai')::date > %(cutoff)s) AS still
    FROM duties_duty
    WHERE kind <> 'offtake' AND dropped_at IS NULL AND waived_at IS NULL
      AND due_on BETWEEN %(since)s AND least(%(until)s::date, %(cutoff)s::date)
    GROUP BY unit_id, dossier_id
) y ON y.unit_id = s.unit_id AND y.dossier_id = s.dossier_id
