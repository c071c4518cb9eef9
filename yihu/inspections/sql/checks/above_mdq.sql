-- §5.2: no month above the contract's daily most times its days, and none outside its term.
SELECT s.unit_id, s.id, CASE WHEN count(o.why) > 0
    THEN jsonb_build_object('months', jsonb_agg(jsonb_build_object('contract', o.number,
        'month', o.month, 'why', o.why) ORDER BY o.number, o.month)
        FILTER (WHERE o.why IS NOT NULL)) END AS detail
FROM subject s
JOIN (
    SELECT c.unit_id, c.dossier_id, c.number, to_char(o.month, 'YYYY-MM') AS month,
        CASE WHEN o.actual > 0 AND (o.month > least(c.ends_on, c.terminated_on)
                 OR o.month + interval '1 month' <= c.effective_on) THEN 'outside'
             WHEN o.actual > c.mdq * extract(day FROM o.month + interval '1 month - 1 day')
                 THEN 'above' END AS why
    FROM contracts_offtake o
    JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
    WHERE o.month BETWEEN %(since)s AND %(until)s
) o ON o.unit_id = s.unit_id AND o.dossier_id = s.dossier_id
GROUP BY s.unit_id, s.id
