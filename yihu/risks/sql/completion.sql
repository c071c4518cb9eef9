-- §6.2.2d: this year's offtake under `number` percent of the contract quantity, reckoned by days up to
-- the last reported month; not before 90 days are there to judge by.
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
    SELECT c.unit_id, c.dossier_id, c.id AS contract_id, c.number, c.quantity_unit, t.through,
        t.actual, t.through - t.first_on + 1 AS days,
        c.acq * (t.through - t.first_on + 1)
            / (make_date(extract(year FROM %(today)s)::int, 12, 31) - t.january + 1) AS expected
    FROM contracts_contract c
    JOIN dossiers_dossier d
        ON d.unit_id = c.unit_id AND d.id = c.dossier_id AND d.state <> 'closed'
    CROSS JOIN LATERAL (
        SELECT j.january, greatest(c.effective_on, j.january) AS first_on,
            least((max(o.month) + interval '1 month - 1 day')::date, c.ends_on,
                c.terminated_on) AS through,
            sum(o.actual) AS actual
        FROM (SELECT make_date(extract(year FROM %(today)s)::int, 1, 1) AS january) j
        JOIN contracts_offtake o
            ON o.unit_id = c.unit_id AND o.contract_id = c.id AND o.month >= j.january
        GROUP BY j.january
    ) t
    WHERE c.direction = 'sale' AND least(c.ends_on, c.terminated_on) >= %(today)s
) reckoned
WHERE days >= 90 AND expected > 0 AND actual * 100 < expected * %(number)s
