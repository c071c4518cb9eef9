-- Rights, leavers, hand-overs, the log: who may read, and what became of those who left.
WITH leaver AS (
    SELECT e.unit_id, e.staff_id, e.effective_on
    FROM org_personnelevent e
    WHERE e.kind IN ('transfer', 'retire', 'leave') AND e.cancelled_at IS NULL
        AND e.effective_on >= %(month)s AND e.effective_on < %(after)s
        AND EXISTS (SELECT FROM access_user a WHERE a.staff_id = e.staff_id)
)
SELECT '6.3.4' AS figure, unit_id,
    count(*) FILTER (WHERE EXISTS (SELECT FROM handover_ending h
        WHERE h.unit_id = leaver.unit_id AND h.staff_id = leaver.staff_id
            AND (h.at AT TIME ZONE 'Asia/Shanghai')::date <= leaver.effective_on + 1)) AS top,
    count(*) AS bottom
FROM leaver GROUP BY unit_id
UNION ALL
SELECT '3d', unit_id, count(*) FILTER (WHERE done_at < %(until)s), count(*)
FROM handover_handover
WHERE opened_at < %(until)s AND opened_at >= %(next)s::date - interval '1 year'
    AND (cancelled_at IS NULL OR cancelled_at >= %(until)s)
GROUP BY unit_id
UNION ALL
SELECT '6.3.1', u.id, (EXISTS (SELECT FROM grants_querypolicy p WHERE p.unit_id = u.id
    AND p.effective_on < %(after)s AND p.published_at < %(until)s))::int, 1
FROM org_orgunit u
WHERE u.kind IN ('subsidiary', 'subunit') AND u.live_from < %(after)s
UNION ALL
SELECT '6.3.2', unit_id, count(*) FILTER (WHERE opened_at < %(until)s), count(*)
FROM grants_grant
WHERE approved_at < %(until)s AND approved_at >= %(next)s::date - interval '1 year'
    AND (opened_at IS NOT NULL OR state = 'approved')
GROUP BY unit_id
UNION ALL
SELECT '4.2a', unit_id, count(*), NULL
FROM dossiers_fileversion
WHERE approved_at >= %(since)s AND approved_at < %(until)s
GROUP BY unit_id
UNION ALL
SELECT '4.2b', unit_id, count(*), NULL
FROM audit_event
WHERE unit_id IS NOT NULL AND at >= %(since)s AND at < %(until)s
GROUP BY unit_id
UNION ALL
SELECT '5.5', s.unit_id, count(*), NULL
FROM audit_event e
JOIN access_user a ON a.id = e.actor_id
JOIN org_staff s ON s.id = a.staff_id
WHERE e.verb IN ('refused', 'reveal.refused') AND e.at >= %(since)s AND e.at < %(until)s
GROUP BY s.unit_id
