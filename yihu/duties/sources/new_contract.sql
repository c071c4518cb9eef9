-- §6.2.1b: signed while the file had an approved version; done by one that can hold the contract:
-- approved since it was signed and entered.
SELECT c.unit_id, c.dossier_id, c.id AS subject_id,
    coalesce(c.signed_on, c.effective_on) AS happened_on, NULL::date AS due_on,
    greatest(c.entered_at,
        coalesce(c.signed_on, c.effective_on)::timestamp AT TIME ZONE 'Asia/Shanghai') AS counts_from,
    NULL::timestamptz AS done_at
FROM contracts_contract c
WHERE EXISTS (
    SELECT FROM dossiers_fileversion v
    WHERE v.unit_id = c.unit_id AND v.dossier_id = c.dossier_id
      AND v.approved_at < coalesce(c.signed_on, c.effective_on)::timestamp AT TIME ZONE 'Asia/Shanghai')
  AND NOT EXISTS (
    SELECT FROM duties_duty y
    WHERE y.unit_id = c.unit_id AND y.dossier_id = c.dossier_id AND y.source = 'new_customer'
      AND y.subject_id = c.id AND y.done_at IS NOT NULL AND y.dropped_at IS NULL)
