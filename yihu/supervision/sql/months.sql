-- The same month by month, two years up to the period's end.
WITH {file}
SELECT c.source, o.month, sum(o.actual) AS actual
FROM contracts_offtake o
JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
JOIN file ON file.unit_id = c.unit_id AND file.id = c.dossier_id
WHERE o.unit_id = ANY (%(units)s) AND c.direction = 'sale' AND %(klass)s IN ('', file.klass)
    AND o.month BETWEEN %(two_years)s AND %(end)s
GROUP BY 1, 2
