-- Whom each rung of the ladder reaches, and of how many open duties of one sort.
WITH rung (due_on, step, turn) AS (
    SELECT * FROM unnest(%(due)s::date[], %(step)s::text[], %(turn)s::int[])
), owed AS (
    SELECT r.step, r.turn, d.unit_id, d.kind, d.due_on,
        CASE WHEN d.kind = 'review' THEN d.klass ELSE '' END AS klass,
        f.filler_id, f.reviewer_id
    FROM duties_duty d
    JOIN rung r ON r.due_on = d.due_on
    JOIN dossiers_dossier f ON f.id = d.dossier_id
    WHERE d.done_at IS NULL AND d.dropped_at IS NULL AND d.waived_at IS NULL
), sort AS (
    SELECT step, turn, unit_id, kind, due_on, klass, filler_id, reviewer_id, count(*) AS number
    FROM owed GROUP BY step, turn, unit_id, kind, due_on, klass, filler_id, reviewer_id
), office AS (
    SELECT a.user_id, a.role, a.unit_id
    FROM access_roleassignment a JOIN access_user u ON u.id = a.user_id AND u.is_active
    WHERE a.role IN ('reviewer', 'steward', 'supervisor')
      AND %(today)s::date BETWEEN a.since AND coalesce(a.until, 'infinity')
), person AS (
    SELECT id AS user_id, staff_id FROM access_user WHERE is_active AND staff_id IS NOT NULL
), told AS (
    SELECT p.user_id, s.* FROM sort s JOIN person p ON p.staff_id = s.filler_id
    WHERE s.step IN ('ahead', 'today', 'overdue')
    UNION ALL
    SELECT o.user_id, s.* FROM sort s
    JOIN office o ON o.role = 'steward' AND o.unit_id = s.unit_id
    WHERE s.step IN ('today', 'overdue')
      AND NOT EXISTS (SELECT FROM person p WHERE p.staff_id = s.filler_id)
    UNION ALL
    SELECT p.user_id, s.* FROM sort s JOIN person p ON p.staff_id = s.reviewer_id
    WHERE s.step = 'reviewer'
    UNION ALL
    SELECT o.user_id, s.* FROM sort s
    JOIN office o ON o.role = 'reviewer' AND o.unit_id = s.unit_id
    WHERE s.step = 'reviewer'
      AND NOT EXISTS (SELECT FROM person p WHERE p.staff_id = s.reviewer_id)
    UNION ALL
    SELECT o.user_id, s.* FROM sort s
    JOIN office o ON o.role = 'steward' AND o.unit_id = s.unit_id
    WHERE s.step = 'steward'
    UNION ALL
    SELECT o.user_id, s.* FROM sort s JOIN office o ON o.role = 'supervisor'
    WHERE s.step = 'supervisor'
)
SELECT t.user_id, t.step, t.turn, t.unit_id, u.short_name, t.kind, t.klass, t.due_on,
    sum(t.number)::int
FROM told t JOIN org_orgunit u ON u.id = t.unit_id
GROUP BY t.user_id, t.step, t.turn, t.unit_id, u.short_name, t.kind, t.klass, t.due_on
ORDER BY t.user_id, t.due_on, t.kind, t.klass, t.unit_id, t.step;
