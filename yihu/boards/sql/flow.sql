-- Two years of months by dimension; the band of a price by its source (boards.rules.BANDS).
INSERT INTO boards_flow (
    unit_id, month, klass, province, gas_use, source, band, files, volume, amount_yuan
)
SELECT o.unit_id, o.month, d.klass, left(d.region_code, 2), coalesce(d.gas_uses[1], ''), c.source,
    CASE WHEN o.price_yuan IS NULL THEN -1
        WHEN c.source = 'pipeline' THEN width_bucket(o.price_yuan, %(pipeline)s::numeric[])
        ELSE width_bucket(o.price_yuan, %(lng)s::numeric[]) END AS band,
    count(DISTINCT d.id), sum(o.actual), coalesce(sum(o.amount_yuan), 0)
FROM contracts_offtake o
JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
JOIN dossiers_dossier d ON d.unit_id = c.unit_id AND d.id = c.dossier_id AND d.state <> 'closed'
WHERE o.unit_id = ANY (%(units)s) AND c.direction = 'sale' AND o.month >= %(before)s
    AND o.month < %(next)s
GROUP BY 1, 2, 3, 4, 5, 6, 7
