-- §6.2.2d: this year's offtake under `number` percent of the contract quantity, reckoned by the
-- days of the reported months (a month that nobody reported is unknown, not nothing); not before
-- 90 days are there to judge by.
SELECT unit_id, dossier_id, contract_id,
    number || ' ' || to_char(through, 'YYYY"-Q"Q') AS occasion,
    CASE WHEN actual * 200 < expected * %(number)s THEN 2 ELSE 1 END AS level,
    jsonb_build_object(
        'contract', number,
        'through', to_char(through, 'YYYY-MM-DD'),
        'actual', to_char(actual, 'FM999,999,999,990.00'),
        'expected', to_char(expected, 'FM999,999,999,990.00'),
        'unit', quantity_unit,
        'percent', to_char(actual * 100 / expected, 'FM990.0')
    ) AS figures
FROM (
    SELECT c.unit_id, c.dossier_id, c.id AS contract_id, c.number, c.quantity_unit,
        max(m.last_on) AS through, sum(m.actual) AS actual,
        sum(m.last_on - m.first_on + 1) AS days,
        c.acq * sum(m.last_on - m.first_on + 1)
            / (make_date(extract(year FROM %(today)s)::int, 12, 31)
               - make_date(extract(year FROM %(today)s)::int, 1, 1) + 1) AS expected
    FROM contracts_contract c
    JOIN dossiers_dossier d
        ON d.unit_id = c.unit_id AND d.id = c.dossier_id AND d.state <> 'closed'
    CROSS JOIN LATERAL (
        SELECT o.actual, greatest(o.month, c.effective_on) AS first_on,
            least((o.month + interval '1 month - 1 day')::date, c.ends_on, c.terminated_on)
                AS last_on
        FROM contracts_offtake o
        WHERE o.unit_id = c.unit_id AND o.contract_id = c.id
            AND o.month >= make_date(extract(year FROM %(today)s)::int, 1, 1)
    ) m
    WHERE c.direction = 'sale' AND least(c.ends_on, c.terminated_on) >= %(today)s
        AND m.last_on >= m.first_on
    GROUP BY c.unit_id, c.dossier_id, c.id, c.number, c.quantity_unit, c.acq
) reckoned
WHERE days >= 90 AND expected > 0 AND actual * 100 < expected * %(number)s
