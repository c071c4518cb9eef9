-- §6.2.1d: what was promised is followed until it comes to a result, by the date agreed.
SELECT r.unit_id, r.dossier_id, r.subject_id,
    (r.began_at AT TIME ZONE 'Asia/Shanghai')::date AS happened_on, r.due_on,
    NULL::timestamptz AS counts_from, r.done_at
FROM ({runs}) AS r
