-- §6.2.1c: a final result of the customer whose file the unit keeps, from the day on which it was
-- rated or, if the unit was told later, from that day.
SELECT r.unit_id, r.dossier_id, r.id AS subject_id,
    greatest(r.rated_on, least((r.entered_at AT TIME ZONE 'Asia/Shanghai')::date,
        %(as_of)s::date)) AS happened_on,
    NULL::date AS due_on,
    greatest(r.rated_on::timestamp AT TIME ZONE 'Asia/Shanghai', r.entered_at) AS counts_from,
    NULL::timestamptz AS done_at
FROM ratings_ratingresult r
WHERE r.state = 'final'
