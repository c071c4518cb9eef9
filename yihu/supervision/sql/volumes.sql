-- Volumes sold in the period and in the same one a year before, by unit and source: 10⁴ m³ of
-- pipeline gas, tonnes of LNG. A mean price is of the months that have an amount.
WITH {file}
SELECT o.unit_id, c.source, o.month >= %(start)s AS within,
    count(DISTINCT c.dossier_id) AS files, sum(o.actual) AS actual,
    sum(o.planned) AS planned,
    sum(o.amount_yuan) FILTER (WHERE o.actual > 0) AS amount,
    sum(o.actual) FILTER (WHERE o.amount_yuan IS NOT NULL) AS priced,
    count(DISTINCT c.dossier_id) FILTER (WHERE o.amount_yuan IS NOT NULL AND o.actual > 0) AS paying
FROM contracts_offtake o
JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
JOIN file ON file.unit_id = c.unit_id AND file.id = c.dossier_id
WHERE o.unit_id = ANY (%(units)s) AND c.direction = 'sale' AND %(klass)s IN ('', file.klass)
    AND (o.month BETWEEN %(start)s AND %(end)s OR o.month BETWEEN %(before)s AND %(before_end)s)
GROUP BY 1, 2, 3
