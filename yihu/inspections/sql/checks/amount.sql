-- §5.2: what was billed is volume × price: 万立方米 at yuan per m³, or tonnes at yuan per tonne.
SELECT s.unit_id, s.id, CASE WHEN count(*) FILTER (WHERE o.off) > 0
    THEN jsonb_build_object('months', jsonb_agg(jsonb_build_object('contract', o.number,
        'month', o.month, 'amount', o.amount_yuan, 'reckoned', o.reckoned)
        ORDER BY o.number, o.month) FILTER (WHERE o.off)) END AS detail
FROM subject s
JOIN (
    SELECT c.unit_id, c.dossier_id, c.number, to_char(o.month, 'YYYY-MM') AS month, o.amount_yuan,
        round(q.reckoned, 2) AS reckoned,
        abs(o.amount_yuan - q.reckoned) > %(tolerance)s AS off
    FROM contracts_offtake o
    JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
    CROSS JOIN LATERAL (SELECT o.actual * o.price_yuan
        * CASE o.quantity_unit WHEN 'wan_m3' THEN 10000 ELSE 1 END AS reckoned) q
    WHERE o.month BETWEEN %(since)s AND %(until)s AND o.amount_yuan IS NOT NULL
      AND o.price_yuan IS NOT NULL
) o ON o.unit_id = s.unit_id AND o.dossier_id = s.dossier_id
GROUP BY s.unit_id, s.id
