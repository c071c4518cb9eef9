-- Duties that fall due in the month, as they stood: on time or done, of what was done or past its
-- date. Waived and dropped ones count for nobody.
WITH fallen AS (
    SELECT unit_id, kind, klass, coalesce(done_at < %(until)s, false) AS done,
        coalesce(done_at < %(until)s
            AND (done_at AT TIME ZONE 'Asia/Shanghai')::date <= due_on, false) AS on_time
    FROM duties_duty
    WHERE due_on >= %(month)s AND due_on < %(next)s
        AND (dropped_at IS NULL OR dropped_at >= %(until)s)
        AND (waived_at IS NULL OR waived_at >= %(until)s)
        AND (done_at < %(until)s OR due_on < %(day)s)
)
SELECT c.figure, f.unit_id, count(*) FILTER (WHERE c.hit) AS top, count(*) AS bottom
FROM fallen f
CROSS JOIN LATERAL (VALUES
    ('4.3b', true, f.done),
    ('5.1', true, f.on_time),
    ('6.2.1', f.kind IN ('offtake', 'review'), f.on_time),
    ('6.2.1a', f.kind = 'new_customer', f.on_time),
    ('6.2.1b', f.kind = 'new_contract', f.on_time),
    ('6.2.1c', f.kind = 'rating', f.on_time),
    ('6.2.1d', f.kind = 'visit', f.on_time),
    ('6.2.1e', f.kind = 'basic_change', f.on_time),
    ('6.2.2', f.kind = 'risk', f.on_time),
    ('6.4.1', f.kind = 'offtake' OR f.kind = 'review' AND f.klass = 'strategic', f.done)
) AS c (figure, counts, hit)
WHERE c.counts
GROUP BY c.figure, f.unit_id
UNION ALL
SELECT '6.4.2', unit_id,
    (count(*) FILTER (WHERE on_time) * 100 >= count(*) * 95)::int, 1
FROM fallen GROUP BY unit_id
