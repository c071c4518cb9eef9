-- §6.2.1d: each result of a follow-up asks for an update of the file.
SELECT f.unit_id, f.dossier_id, f.id AS subject_id,
    (f.resulted_at AT TIME ZONE 'Asia/Shanghai')::date AS happened_on, NULL::date AS due_on,
    f.resulted_at AS counts_from, NULL::timestamptz AS done_at
FROM visits_followup f
WHERE f.resulted_at IS NOT NULL
