-- What was taken under sale contracts, by unit of measure: twelve complete months, the last three
-- with figures against the same a year before, and for how many months each was below the one
-- before. Tonnes and 10,000 m3 are never added: of two the lower growth, the longer fall.
SELECT unit_id, dossier_id,
    sum(taken_12m) FILTER (WHERE quantity_unit = 'wan_m3') AS wan_m3_12m,
    sum(taken_12m) FILTER (WHERE quantity_unit = 't') AS tonne_12m,
    min(round(100 * (recent - before) / nullif(before, 0), 1))
        FILTER (WHERE recent_months = 3 AND before_months = 3) AS growth_percent,
    max(falling) AS falling,
    min(round(100 * with_plan / nullif(planned, 0), 1)) AS completion_percent,
    max(last_month) AS last_month
FROM (
    SELECT unit_id, dossier_id, quantity_unit, max(last_month) AS last_month,
        sum(actual) FILTER (WHERE month >= date_trunc('month', %(today)s::date) - interval '1 year'
            AND month < date_trunc('month', %(today)s::date)) AS taken_12m,
        sum(actual) FILTER (WHERE month > last_month - interval '3 months') AS recent,
        count(*) FILTER (WHERE month > last_month - interval '3 months') AS recent_months,
        sum(actual) FILTER (WHERE month > last_month - interval '15 months'
            AND month <= last_month - interval '1 year') AS before,
        count(*) FILTER (WHERE month > last_month - interval '15 months'
            AND month <= last_month - interval '1 year') AS before_months,
        coalesce(min(back) FILTER (WHERE NOT falls) - 1, count(*)) AS falling,
        sum(planned) FILTER (WHERE month > last_month - interval '1 year') AS planned,
        sum(actual) FILTER (WHERE month > last_month - interval '1 year' AND planned IS NOT NULL)
            AS with_plan
    FROM (
        SELECT unit_id, dossier_id, quantity_unit, month, actual, planned,
            max(month) OVER file AS last_month,
            row_number() OVER (file ORDER BY month DESC) AS back,
            coalesce(actual < lag(actual) OVER (file ORDER BY month)
                AND lag(month) OVER (file ORDER BY month) = month - interval '1 month', false)
                AS falls
        FROM (
            SELECT c.unit_id, c.dossier_id, o.quantity_unit, o.month, sum(o.actual) AS actual,
                CASE WHEN count(o.planned) = count(*) THEN sum(o.planned) END AS planned
            FROM contracts_offtake o
            JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
            WHERE c.direction = 'sale' AND o.month <= %(today)s
                AND o.month >= date_trunc('month', %(today)s::date) - interval '18 months'
            GROUP BY c.unit_id, c.dossier_id, o.quantity_unit, o.month
        ) months
        WINDOW file AS (PARTITION BY unit_id, dossier_id, quantity_unit)
    ) looked_at
    GROUP BY unit_id, dossier_id, quantity_unit
) by_unit
GROUP BY unit_id, dossier_id
