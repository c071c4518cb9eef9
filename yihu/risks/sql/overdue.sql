-- §6.2.2c: sold gas of which something is unpaid, `number` days after the month's end.
-- A month whose payment nobody stated is unknown, not unpaid.
SELECT c.unit_id, c.dossier_id, c.id AS contract_id,
    c.number || ' ' || to_char(min(o.month), 'YYYY-MM') AS occasion,
    CASE WHEN %(today)s - min(o.month + interval '1 month')::date > 180 THEN 3
         WHEN %(today)s - min(o.month + interval '1 month')::date > 90 THEN 2 ELSE 1 END AS level,
    jsonb_build_object(
        'contract', c.number,
        'month', to_char(min(o.month), 'YYYY-MM'),
        'months', count(*),
        'days', (%(today)s - min(o.month + interval '1 month')::date) - %(number)s,
        'owed_yuan', to_char(sum(o.amount_yuan - o.paid_yuan), 'FM999,999,999,999,990.00')
    ) AS figures
FROM contracts_offtake o
JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
JOIN dossiers_dossier d ON d.unit_id = c.unit_id AND d.id = c.dossier_id AND d.state <> 'closed'
WHERE c.direction = 'sale' AND o.amount_yuan > o.paid_yuan
    AND (o.month + interval '1 month')::date + %(number)s < %(today)s
GROUP BY c.unit_id, c.dossier_id, c.id, c.number
