-- §6.1.1: a sale that runs for a year or more states its share; the year's plan is not below what
-- must be taken. A plan is judged only where all twelve months are planned and the contract is in
-- force for all of them.
SELECT s.unit_id, s.id, CASE WHEN count(c.why) > 0 THEN jsonb_build_object('contracts', jsonb_agg(
    jsonb_build_object('number', c.number, 'why', c.why, 'planned', c.planned, 'owed', c.owed)
    ORDER BY c.number) FILTER (WHERE c.why IS NOT NULL)) END AS detail
FROM subject s
JOIN (
    SELECT k.unit_id, k.dossier_id, k.number, y.planned,
        round(k.acq * k.take_or_pay_percent / 100, 4) AS owed,
        CASE WHEN k.take_or_pay_percent IS NULL THEN 'unsaid'
             WHEN y.months = 12 AND y.planned < k.acq * k.take_or_pay_percent / 100 THEN 'plan'
        END AS why
    FROM contracts_contract k
    LEFT JOIN (
        SELECT unit_id, contract_id, count(planned) AS months, sum(planned) AS planned
        FROM contracts_offtake
        WHERE month >= date_trunc('year', %(cutoff)s::date)
          AND month < date_trunc('year', %(cutoff)s::date) + interval '1 year'
        GROUP BY unit_id, contract_id
    ) y ON y.unit_id = k.unit_id AND y.contract_id = k.id
    WHERE k.direction = 'sale' AND k.ends_on - k.effective_on >= 360
      AND k.effective_on <= %(cutoff)s AND least(k.ends_on, k.terminated_on) >= %(cutoff)s
) c ON c.unit_id = s.unit_id AND c.dossier_id = s.dossier_id
GROUP BY s.unit_id, s.id
