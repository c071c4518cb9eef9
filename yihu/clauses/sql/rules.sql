-- The group's rules and the units' own; facts that units state differently (headquarters only).
WITH of_group AS (
    SELECT r.id, r.chain, r.effective_on FROM regulations_regulation r
    WHERE r.of_group AND r.effective_on < %(after)s
        AND (r.ended_on IS NULL OR r.ended_on >= %(after)s)
), own AS (
    SELECT r.id, r.unit_id, r.carries_out_id FROM regulations_regulation r
    WHERE NOT r.of_group AND r.effective_on < %(after)s
        AND (r.ended_on IS NULL OR r.ended_on >= %(after)s)
), headquarters AS (
    SELECT id FROM org_orgunit WHERE kind = 'group' ORDER BY id LIMIT 1
)
SELECT '4.1a' AS figure, h.id AS unit_id, (SELECT count(*) FROM of_group) AS top,
    NULL::bigint AS bottom
FROM headquarters h
UNION ALL
SELECT '4.3a', u.id, (EXISTS (SELECT FROM own WHERE own.unit_id = u.id))::int, 1
FROM org_orgunit u
WHERE u.kind IN ('subsidiary', 'subunit') AND u.live_from < %(after)s
UNION ALL
SELECT '7.2', own.unit_id,
    count(*) FILTER (WHERE own.carries_out_id IN (SELECT id FROM of_group)
        OR EXISTS (SELECT FROM regulations_checked k WHERE k.unit_id = own.unit_id
            AND k.regulation_id = own.id AND k.at < %(until)s
            AND k.against_id IN (SELECT id FROM of_group))),
    count(*)
FROM own WHERE own.carries_out_id IS NOT NULL
GROUP BY own.unit_id
UNION ALL
SELECT '5.3', h.id, count(*) FILTER (WHERE g.settled_at < %(until)s), count(*)
FROM headquarters h CROSS JOIN identity_disagreement g
WHERE g.found_at < %(until)s AND (g.settled_at IS NOT NULL OR g.state = 'open')
GROUP BY h.id
