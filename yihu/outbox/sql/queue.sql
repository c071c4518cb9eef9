WITH RECURSIVE below AS (
    SELECT id AS endpoint_id, unit_id FROM outbox_endpoint WHERE unit_id IS NOT NULL
    UNION
    SELECT b.endpoint_id, o.id FROM org_orgunit o JOIN below b ON o.parent_id = b.unit_id
)
INSERT INTO outbox_delivery (endpoint_id, published_id, kind, lane, state, tries, problem)
SELECT e.id, p.number, p.kind,
    coalesce(p.dossier_id::text, 'unit:' || p.unit_id, 'group'), 'waiting', 0, ''
FROM outbox_endpoint e
JOIN outbox_published p ON p.number BETWEEN %(first)s AND %(last)s
    AND (e.kinds = '{}' OR p.kind = ANY (e.kinds))
    AND (e.unit_id IS NULL OR p.unit_id IS NULL OR EXISTS (
        SELECT FROM below b WHERE b.endpoint_id = e.id AND b.unit_id = p.unit_id))
WHERE e.state IN ('open', 'paused') AND (%(endpoint)s::uuid IS NULL OR e.id = %(endpoint)s)
ON CONFLICT (endpoint_id, published_id) DO UPDATE
    SET state = 'waiting', tries = 0, problem = '', tried_at = NULL, delivered_at = NULL
    WHERE outbox_delivery.state <> 'waiting'
