-- §6.2.2d: gas was taken in a month that began after the contract's last day, within the last
-- `number` months.
SELECT c.unit_id, c.dossier_id, c.id AS contract_id,
    c.number || ' ' || to_char(o.month, 'YYYY-MM') AS occasion, 2 AS level,
    jsonb_build_object('contract', c.number, 'ended', least(c.ends_on, c.terminated_on),
        'month', to_char(o.month, 'YYYY-MM'), 'unit', o.quantity_unit,
        'actual', to_char(o.actual, 'FM999,999,999,990.00')) AS figures
FROM contracts_offtake o
JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
JOIN dossiers_dossier d ON d.unit_id = c.unit_id AND d.id = c.dossier_id AND d.state <> 'closed'
WHERE o.actual > 0 AND o.month > least(c.ends_on, c.terminated_on)
    AND o.month >= (%(today)s - make_interval(months => %(number)s))::date
