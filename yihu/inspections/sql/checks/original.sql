-- §6.3.3: every contract signed by the cut-off has its original in the register, by its number.
SELECT s.unit_id, s.id, CASE WHEN count(*) FILTER (WHERE o.contract_number IS NULL) > 0
    THEN jsonb_build_object('contracts', jsonb_agg(c.number ORDER BY c.number)
        FILTER (WHERE o.contract_number IS NULL)) END AS detail
FROM subject s
JOIN contracts_contract c ON c.unit_id = s.unit_id AND c.dossier_id = s.dossier_id
    AND c.signed_on <= %(cutoff)s
LEFT JOIN (
    SELECT DISTINCT unit_id, dossier_id, contract_number FROM originals_original
    WHERE kind = 'contract' AND state <> 'destroyed' AND contract_number <> ''
) o ON o.unit_id = c.unit_id AND o.dossier_id = c.dossier_id AND o.contract_number = c.number
GROUP BY s.unit_id, s.id
