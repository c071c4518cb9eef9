-- §6.2.1: the volume and price of each month of the period by its day.
SELECT s.unit_id, s.id, CASE WHEN y.months IS NOT NULL
    THEN jsonb_build_object('months', y.months) END AS detail
FROM subject s
JOIN (
    SELECT unit_id, dossier_id, jsonb_agg(jsonb_build_object(
        'month', to_char(period_start, 'YYYY-MM'), 'due', due_on,
        'done', (done_at AT TIME ZONE 'Asia/Shanghai')::date) ORDER BY period_start)
        FILTER (WHERE done_at IS NULL
            OR (done_at AT TIME ZONE 'Asia/Shanghai')::date > due_on) AS months
    FROM duties_duty
    WHERE kind = 'offtake' AND dropped_at IS NULL AND waived_at IS NULL
      AND period_start >= %(since)s AND period_end <= %(until)s AND due_on <= %(cutoff)s
    GROUP BY unit_id, dossier_id
) y ON y.unit_id = s.unit_id AND y.dossier_id = s.dossier_id
