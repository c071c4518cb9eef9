-- §5.3: contracts signed by the cut-off against those that the approved version holds, one by one.
SELECT f.unit_id, f.id, x.detail
FROM fact f
CROSS JOIN LATERAL (
    SELECT CASE WHEN count(why) > 0 THEN jsonb_build_object('contracts', jsonb_agg(
        jsonb_build_object('number', number, 'why', why) ORDER BY number)
        FILTER (WHERE why IS NOT NULL)) END AS detail
    FROM (
        SELECT coalesce(c.number, r.number) AS number, CASE
            WHEN r.number IS NULL THEN 'absent'
            WHEN c.number IS NULL THEN 'gone'
            WHEN (c.acq, c.price_yuan, c.take_or_pay_percent, c.effective_on, c.ends_on,
                    c.terminated_on)
                IS DISTINCT FROM
                (r.acq, r.price_yuan, r.take_or_pay_percent, r.effective_on, r.ends_on,
                    r.terminated_on)
                THEN 'changed' END AS why
        FROM (
            SELECT * FROM contracts_contract
            WHERE unit_id = f.unit_id AND dossier_id = f.dossier_id AND signed_on <= %(cutoff)s
        ) c
        FULL JOIN (
            SELECT * FROM jsonb_to_recordset(coalesce(f.contracts, '[]')) AS t (number text,
                acq numeric, price_yuan numeric, take_or_pay_percent numeric, effective_on date,
                ends_on date, terminated_on date, signed_on date)
            WHERE signed_on IS NOT NULL
        ) r ON r.number = c.number
    ) AS pair
    HAVING count(*) > 0
) x
WHERE f.version_id IS NOT NULL
