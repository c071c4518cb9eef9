-- Whom each rung of the ladder reaches, and of how many open duties of one sort. A sort that has an
-- owner of its own (`charge`) reminds that owner; once late, an event of its own tells them.
WITH rung (due_on, step, turn) AS (
    SELECT * FROM unnest(%(due)s::date[], %(step)s::text[], %(turn)s::int[])
), owed AS (
    SELECT r.step, r.turn, d.unit_id, d.kind, d.due_on,
        CASE WHEN d.kind = 'review' THEN d.klass ELSE '' END AS klass,
        CASE WHEN d.source = ANY (%(charges)s::text[]) THEN d.source ELSE '' END AS charge,
        f.filler_id, f.reviewer_id, coalesce(w.owner_id, k.owner_id) AS owner_id
    FROM duties_duty d
    JOIN rung r ON r.due_on = d.due_on
    JOIN dossiers_dossier f ON f.id = d.dossier_id
    LEFT JOIN visits_followup w ON d.source = 'visit_followup' AND w.unit_id = d.unit_id
        AND w.id = coalesce((  -- one that was opened again is a duty of its reopening
            SELECT p.followup_id FROM visits_progress p
            WHERE p.unit_id = d.unit_id AND p.id = d.subject_id), d.subject_id)
    LEFT JOIN risks_remark k ON d.source = 'risk_check'
        AND k.unit_id = d.unit_id AND k.dossier_id = d.dossier_id
        AND md5(k.id::text || k.next_check_on)::uuid = d.subject_id
    WHERE d.done_at IS NULL AND d.dropped_at IS NULL AND d.waived_at IS NULL
), sort AS (
    SELECT row_number() OVER () AS id, step, turn, unit_id, kind, due_on, klass, charge,
        filler_id, reviewer_id, owner_id, count(*) AS number
    FROM owed
    GROUP BY step, turn, unit_id, kind, due_on, klass, charge, filler_id, reviewer_id, owner_id
), office AS (
    SELECT DISTINCT a.user_id, a.role, a.unit_id
    FROM access_roleassignment a JOIN access_user u ON u.id = a.user_id AND u.is_active
    WHERE a.role IN ('reviewer', 'steward', 'supervisor')
      AND %(today)s::date BETWEEN a.since AND coalesce(a.until, 'infinity')
), person AS (
    SELECT id AS user_id, staff_id FROM access_user WHERE is_active AND staff_id IS NOT NULL
), owner AS (
    SELECT s.id, p.user_id FROM sort s JOIN person p ON p.staff_id = s.owner_id
    UNION ALL
    SELECT s.id, o.user_id FROM sort s
    JOIN office o ON o.role = 'steward' AND o.unit_id = s.unit_id
    WHERE s.charge = 'rectification'
), doer AS (
    SELECT s.id, p.user_id FROM sort s JOIN person p ON p.staff_id = s.filler_id
    UNION ALL
    SELECT s.id, o.user_id FROM sort s
    JOIN office o ON o.role = 'steward' AND o.unit_id = s.unit_id
    WHERE NOT EXISTS (SELECT FROM person p WHERE p.staff_id = s.filler_id)
      AND (s.step, s.turn, s.charge) <> ('overdue', 0, 'risk_check')  -- its event tells stewards
), told AS (
    SELECT o.user_id, s.id, s.charge FROM sort s JOIN owner o USING (id)
    WHERE s.step IN ('ahead', 'today')
    UNION ALL
    SELECT d.user_id, s.id, '' FROM sort s JOIN doer d USING (id)
    WHERE s.step IN ('ahead', 'today', 'overdue')
      AND NOT EXISTS (  -- told as its owner; a follow-up is its owner's alone until it is late
        SELECT FROM owner o WHERE o.id = s.id AND CASE WHEN s.step = 'overdue'
            THEN s.turn = 0 AND o.user_id = d.user_id
            ELSE s.charge = 'visit_followup' OR o.user_id = d.user_id END)
    UNION ALL
    SELECT p.user_id, s.id, '' FROM sort s JOIN person p ON p.staff_id = s.reviewer_id
    WHERE s.step = 'reviewer'
    UNION ALL
    SELECT o.user_id, s.id, '' FROM sort s
    JOIN office o ON o.role = 'reviewer' AND o.unit_id = s.unit_id
    WHERE s.step = 'reviewer'
      AND NOT EXISTS (SELECT FROM person p WHERE p.staff_id = s.reviewer_id)
    UNION ALL
    SELECT o.user_id, s.id, '' FROM sort s
    JOIN office o ON o.role = 'steward' AND o.unit_id = s.unit_id
    WHERE s.step = 'steward'
    UNION ALL
    SELECT o.user_id, s.id, '' FROM sort s JOIN office o ON o.role = 'supervisor'
    WHERE s.step = 'supervisor'
)
SELECT t.user_id, s.step, s.turn, s.unit_id, u.short_name, s.kind, s.klass, t.charge, s.due_on,
    sum(s.number)::int
FROM told t JOIN sort s USING (id) JOIN org_orgunit u ON u.id = s.unit_id
GROUP BY t.user_id, s.step, s.turn, s.unit_id, u.short_name, s.kind, s.klass, t.charge, s.due_on
ORDER BY t.user_id, s.due_on, s.kind, s.klass, t.charge, s.unit_id, s.step;
