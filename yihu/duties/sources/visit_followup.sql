-- §6.2.1d: what was promised is followed until it comes to a result, by the date agreed.
SELECT f.unit_id, f.dossier_id, f.id AS subject_id,
    (f.entered_at AT TIME ZONE 'Asia/Shanghai')::date AS happened_on, f.due_on,
    NULL::timestamptz AS counts_from, f.resulted_at AS done_at
FROM visits_followup f
