-- The oldest events, up to the first that is young or that an endpoint still waits for.
WITH old AS (
    SELECT number, event_id, at FROM outbox_published ORDER BY number LIMIT %(most)s
), stop AS (
    SELECT least(
        (SELECT min(number) FROM old WHERE at >= %(before)s),
        (SELECT min(published_id) FROM outbox_delivery WHERE state IN ('waiting', 'dead')),
        (SELECT max(number) + 1 FROM old)
    ) AS number
), done AS (
    DELETE FROM outbox_delivery d USING old, stop
    WHERE d.published_id = old.number AND old.number < stop.number
), gone AS (
    SELECT old.number FROM old, stop WHERE old.number < stop.number
)
SELECT (SELECT count(*) FROM gone), (SELECT max(number) FROM gone)
