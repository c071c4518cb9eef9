-- Sold gas of which something is unpaid 30 days after the month's end; an unknown payment is
-- unknown, not unpaid.
SELECT c.unit_id, c.dossier_id, count(DISTINCT o.month) AS months,
    sum(o.amount_yuan - o.paid_yuan) AS owed_yuan
FROM contracts_offtake o
JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
WHERE c.direction = 'sale' AND o.amount_yuan > o.paid_yuan
    AND (o.month + interval '1 month')::date + 30 < %(today)s
GROUP BY c.unit_id, c.dossier_id
