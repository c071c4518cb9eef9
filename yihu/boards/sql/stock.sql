-- The same files summed by class, province, gas use and gas.
INSERT INTO boards_stock (
    unit_id, klass, province, gas_use, supply, files, signed, covered, filled, required, on_time,
    fallen, risky, risks, late, short, owing, paying, paying_last, wan_m3, wan_m3_before, tonne,
    tonne_before, amount_yuan, amount_before, wan_m3_last, wan_m3_older, tonne_last, tonne_older, amount_last,
    amount_older, owed_30, owed_60, owed_90, owed_more
)
SELECT unit_id, klass, province, gas_use, supply, count(*), count(*) FILTER (WHERE signed),
    count(*) FILTER (WHERE signed AND approved), sum(filled), sum(required), sum(on_time),
    sum(fallen), count(*) FILTER (WHERE risks > 0), sum(risks), sum(late),
    count(*) FILTER (WHERE short_percent >= 10), count(*) FILTER (WHERE owed_yuan > 0),
    count(*) FILTER (WHERE amount_yuan > 0), count(*) FILTER (WHERE amount_last > 0),
    sum(wan_m3), sum(wan_m3_before), sum(tonne), sum(tonne_before),
    sum(amount_yuan), sum(amount_before), sum(wan_m3_last), sum(wan_m3_older),
    sum(tonne_last), sum(tonne_older), sum(amount_last), sum(amount_older), sum(owed_30),
    sum(owed_60), sum(owed_90), sum(owed_more)
FROM boards_filefact f WHERE f.unit_id = ANY (%(units)s) AND {group}
GROUP BY unit_id, klass, province, gas_use, supply
