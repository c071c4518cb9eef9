-- §6.2.1d: each result of a follow-up asks for an update of the file.
SELECT r.unit_id, r.dossier_id, r.subject_id,
    (r.done_at AT TIME ZONE 'Asia/Shanghai')::date AS happened_on, NULL::date AS due_on,
    r.done_at AS counts_from, NULL::timestamptz AS done_at
FROM ({runs}) AS r
WHERE r.done_at IS NOT NULL
