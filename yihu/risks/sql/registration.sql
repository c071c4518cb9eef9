-- §6.2.2b: the registry says that the customer is not in business any more.
SELECT d.unit_id, d.id AS dossier_id, NULL::uuid AS contract_id,
    d.document ->> 'reg_status' AS occasion,
    CASE WHEN d.document ->> 'reg_status' = 'relocated' THEN 1
         WHEN d.document ->> 'reg_status' = 'suspended' THEN 2 ELSE 3 END AS level,
    jsonb_build_object('status', d.document ->> 'reg_status') AS figures
FROM dossiers_dossier d
WHERE d.state <> 'closed' AND d.document ->> 'reg_status'
    IN ('revoked', 'deregistered', 'suspended', 'liquidation', 'relocated')
