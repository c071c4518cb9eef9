-- Three years of months by dimension; the band of a price by its source (boards.rules.BANDS).
INSERT INTO boards_flow (
    unit_id, month, klass, province, gas_use, supply, source, band, files, volume, amount_yuan
)
SELECT o.unit_id, o.month, f.klass, f.province, f.gas_use, f.supply, c.source,
    CASE WHEN o.price_yuan IS NULL THEN -1
        WHEN c.source = 'pipeline' THEN width_bucket(o.price_yuan, %(pipeline)s::numeric[])
        ELSE width_bucket(o.price_yuan, %(lng)s::numeric[]) END AS band,
    count(DISTINCT f.dossier_id), sum(o.actual), coalesce(sum(o.amount_yuan), 0)
FROM boards_filefact f
JOIN contracts_contract c ON c.unit_id = f.unit_id AND c.dossier_id = f.dossier_id
JOIN contracts_offtake o ON o.unit_id = c.unit_id AND o.contract_id = c.id
WHERE f.unit_id = ANY (%(units)s) AND {group} AND c.direction = 'sale' AND o.month >= %(older)s
    AND o.month < %(next)s
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
