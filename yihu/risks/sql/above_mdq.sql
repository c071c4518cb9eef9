-- §6.2.2d: a month's offtake above the maximum daily quantity times its days, within the last
-- `number` months.
SELECT unit_id, dossier_id, contract_id, number || ' ' || to_char(month, 'YYYY-MM') AS occasion,
    1 AS level,
    jsonb_build_object('contract', number, 'month', to_char(month, 'YYYY-MM'),
        'unit', quantity_unit, 'actual', to_char(actual, 'FM999,999,999,990.00'),
        'most', to_char(most, 'FM999,999,999,990.00')) AS figures
FROM (
    SELECT c.unit_id, c.dossier_id, c.id AS contract_id, c.number, o.month, o.quantity_unit,
        o.actual, c.mdq * ((o.month + interval '1 month')::date - o.month) AS most
    FROM contracts_offtake o
    JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
    JOIN dossiers_dossier d
        ON d.unit_id = c.unit_id AND d.id = c.dossier_id AND d.state <> 'closed'
    WHERE o.month >= (%(today)s - make_interval(months => %(number)s))::date
) months
WHERE actual > most
