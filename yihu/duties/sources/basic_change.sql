-- §6.2.1e: a material fact that changed in the file and not by an approval.
SELECT o.unit_id, o.dossier_id, o.id AS subject_id,
    (o.happened_at AT TIME ZONE 'Asia/Shanghai')::date AS happened_on, NULL::date AS due_on,
    o.happened_at AS counts_from, NULL::timestamptz AS done_at
FROM duties_occasion o
WHERE o.kind = 'basic_change'
