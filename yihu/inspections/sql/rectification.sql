-- §6.4: a finding is put right by the day that its order says. It counts as done when the reply
-- came that was then accepted, however long the inspector took to accept it.
SELECT f.unit_id, f.dossier_id, f.id AS subject_id,
    (o.issued_at AT TIME ZONE 'Asia/Shanghai')::date AS happened_on, f.due_on,
    NULL::timestamptz AS counts_from, f.righted_at AS done_at
FROM inspections_finding f
JOIN inspections_order o ON o.unit_id = f.unit_id AND o.id = f.order_id
WHERE f.state <> 'withdrawn'
