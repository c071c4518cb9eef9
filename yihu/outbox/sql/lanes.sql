SELECT head.endpoint_id, head.lane
FROM (
    SELECT DISTINCT ON (d.endpoint_id, d.lane) d.endpoint_id, d.lane, d.state, d.published_id
    FROM outbox_delivery d
    JOIN outbox_endpoint e ON e.id = d.endpoint_id AND e.state = 'open'
        AND (e.rest_until IS NULL OR e.rest_until <= %(at)s)
    WHERE d.state IN ('waiting', 'dead')
    ORDER BY d.endpoint_id, d.lane, d.published_id
) AS head
WHERE head.state = 'waiting' AND NOT EXISTS (
    SELECT FROM procrastinate_jobs j WHERE j.status IN ('todo', 'doing')
        AND j.queueing_lock = 'outbox:' || head.endpoint_id || ':' || head.lane)
ORDER BY head.published_id
LIMIT %(most)s
