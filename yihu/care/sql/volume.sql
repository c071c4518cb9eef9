-- What the files of a segment took under sale contracts, month by month and by unit of measure;
-- a month has figures once its rows are in.
SELECT o.month, o.quantity_unit, sum(o.actual) AS taken
FROM contracts_offtake o
JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
WHERE c.direction = 'sale'
    AND o.month > %(month)s - interval '12 months' AND o.month <= %(month)s
    AND c.dossier_id IN ({within})
GROUP BY o.month, o.quantity_unit
