-- §6.2.1c: a final result of a customer, for every file of that customer, of whatever unit: one
-- occasion a file and rating year, from the day on which it was rated or, if that was told later,
-- from that day. A file that was not that customer's yet owes only what its own unit was told.
SELECT DISTINCT ON (d.unit_id, d.id, r.year) d.unit_id, d.id AS dossier_id,
    md5(d.id::text || r.year)::uuid AS subject_id, told.happened_on, NULL::date AS due_on,
    greatest(r.rated_on::timestamp AT TIME ZONE 'Asia/Shanghai', r.entered_at) AS counts_from,
    NULL::timestamptz AS done_at
FROM ratings_ratingresult r
JOIN dossiers_dossier rated ON rated.unit_id = r.unit_id AND rated.id = r.dossier_id
JOIN dossiers_dossier d ON d.customer_id = rated.customer_id
CROSS JOIN LATERAL (SELECT
    greatest(r.rated_on, least((r.entered_at AT TIME ZONE 'Asia/Shanghai')::date,
        %(as_of)s::date)) AS happened_on,
    greatest(d.opened_on, least((coalesce(d.customer_since, d.entered_at)
        AT TIME ZONE 'Asia/Shanghai')::date, %(as_of)s::date)) AS here_from) told
WHERE r.state = 'final' AND (d.id = r.dossier_id OR told.here_from <= told.happened_on)
ORDER BY d.unit_id, d.id, r.year, told.happened_on, counts_from, r.id
