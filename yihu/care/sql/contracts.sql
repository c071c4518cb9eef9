-- Sale contracts that run today: how many, how soon the first ends that nothing follows, a year's
-- quantity by unit of measure.
SELECT unit_id, dossier_id, count(*) AS running,
    min(last_on - %(today)s) FILTER (WHERE NOT followed) AS ends_in,
    (array_agg(number ORDER BY last_on, number) FILTER (WHERE NOT followed))[1] AS ends_number,
    min(last_on) FILTER (WHERE NOT followed) AS ends_on,
    sum(acq) FILTER (WHERE quantity_unit = 'wan_m3') AS acq_wan_m3,
    sum(acq) FILTER (WHERE quantity_unit = 't') AS acq_tonne
FROM (
    SELECT c.unit_id, c.dossier_id, c.number, c.acq, c.quantity_unit, l.last_on,
        EXISTS (
            SELECT FROM contracts_contract n
            WHERE n.unit_id = c.unit_id AND n.dossier_id = c.dossier_id AND n.source = c.source
                AND n.direction = 'sale' AND n.id <> c.id AND n.terminated_on IS NULL
                AND n.effective_on > c.effective_on AND n.effective_on <= l.last_on + 31
                AND n.ends_on > l.last_on
        ) AS followed
    FROM contracts_contract c
    CROSS JOIN LATERAL (SELECT least(c.ends_on, c.terminated_on) AS last_on) l
    WHERE c.direction = 'sale' AND c.effective_on <= %(today)s AND l.last_on >= %(today)s
) running
GROUP BY unit_id, dossier_id
