-- Take-or-pay of this year, through the last month that has a figure: how much of what was due by
-- then is not taken. Of several contracts the worst.
SELECT unit_id, dossier_id, max(short_percent) AS short_percent
FROM (
    SELECT c.unit_id, c.dossier_id,
        round(100 * greatest(0, 1 - sum(o.actual) / nullif(
            c.acq * c.take_or_pay_percent / 100
            * (least(c.ends_on, c.terminated_on, (max(o.month) + interval '1 month')::date - 1)
               - greatest(c.effective_on, date_trunc('year', %(today)s::date)::date) + 1)
            / 365, 0)), 1) AS short_percent
    FROM contracts_contract c
    JOIN contracts_offtake o ON o.unit_id = c.unit_id AND o.contract_id = c.id
        AND o.month >= date_trunc('year', %(today)s::date) AND o.month <= %(today)s
    WHERE c.direction = 'sale' AND c.take_or_pay_percent > 0 AND c.effective_on <= %(today)s
        AND least(c.ends_on, c.terminated_on) >= %(today)s
    GROUP BY c.unit_id, c.dossier_id, c.id, c.acq, c.take_or_pay_percent, c.ends_on,
        c.terminated_on, c.effective_on
) by_contract
GROUP BY unit_id, dossier_id
