-- §6.2.1d: a visit that took place asks for its minutes.
SELECT v.unit_id, v.dossier_id, v.id AS subject_id, v.held_on AS happened_on, NULL::date AS due_on,
    NULL::timestamptz AS counts_from, v.written_at AS done_at
FROM visits_visit v
WHERE v.held_on IS NOT NULL AND v.state IN ('held', 'written')
