-- The files of these units (or some of them) as they stand today, one row each; filled fields
-- apart (filled.sql).
WITH signed AS (
    SELECT unit_id, dossier_id, bool_or(signed_on <= %(today)s) AS signed,
        bool_or(direction = 'sale' AND source = 'pipeline') AS pipeline,
        bool_or(direction = 'sale' AND source = 'lng') AS lng
    FROM contracts_contract WHERE {these} GROUP BY 1, 2
), owed AS (
    SELECT unit_id, dossier_id,
        count(*) FILTER (WHERE due_on >= %(month)s
            AND (done_at AT TIME ZONE 'Asia/Shanghai')::date <= due_on) AS on_time,
        count(*) FILTER (WHERE due_on >= %(month)s AND (done_at IS NOT NULL OR due_on < %(today)s))
            AS fallen,
        count(*) FILTER (WHERE done_at IS NULL AND due_on < %(today)s) AS overdue
    FROM duties_duty
    WHERE {these} AND dropped_at IS NULL AND waived_at IS NULL
        AND due_on < %(next)s AND (due_on >= %(month)s OR done_at IS NULL)
    GROUP BY 1, 2
), risk AS (
    SELECT unit_id, dossier_id, count(*) AS risks FROM risks_remark
    WHERE {these} AND state <> 'lifted' GROUP BY 1, 2
), late AS (
    SELECT unit_id, dossier_id, count(*) AS late FROM visits_followup
    WHERE {these} AND state IN ('todo', 'doing') AND due_on < %(today)s
    GROUP BY 1, 2
), taken AS (
    SELECT c.unit_id, c.dossier_id,
        sum(o.actual) FILTER (WHERE c.source = 'pipeline' AND o.month >= %(year)s
            AND o.month < %(month)s) AS wan_m3,
        sum(o.actual) FILTER (WHERE c.source = 'pipeline' AND o.month < %(until_before)s
            AND o.month >= %(before)s) AS wan_m3_before,
        sum(o.actual) FILTER (WHERE c.source = 'lng' AND o.month >= %(year)s
            AND o.month < %(month)s) AS tonne,
        sum(o.actual) FILTER (WHERE c.source = 'lng' AND o.month < %(until_before)s
            AND o.month >= %(before)s) AS tonne_before,
        sum(o.actual) FILTER (WHERE c.source = 'pipeline' AND o.month < %(year)s
            AND o.month >= %(before)s) AS wan_m3_last,
        sum(o.actual) FILTER (WHERE c.source = 'pipeline' AND o.month < %(before)s
            AND o.month >= %(older)s) AS wan_m3_older,
        sum(o.actual) FILTER (WHERE c.source = 'lng' AND o.month < %(year)s
            AND o.month >= %(before)s) AS tonne_last,
        sum(o.actual) FILTER (WHERE c.source = 'lng' AND o.month < %(before)s
            AND o.month >= %(older)s) AS tonne_older,
        sum(o.amount_yuan) FILTER (WHERE o.month < %(year)s AND o.month >= %(before)s)
            AS amount_last,
        sum(o.amount_yuan) FILTER (WHERE o.month < %(before)s AND o.month >= %(older)s)
            AS amount_older,
        sum(o.amount_yuan) FILTER (WHERE o.month >= %(year)s AND o.month < %(month)s) AS amount_yuan,
        sum(o.amount_yuan) FILTER (WHERE o.month < %(until_before)s AND o.month >= %(before)s)
            AS amount_before,
        sum(o.amount_yuan - o.paid_yuan) FILTER (WHERE o.amount_yuan > o.paid_yuan
            AND age.days <= 30) AS owed_30,
        sum(o.amount_yuan - o.paid_yuan) FILTER (WHERE o.amount_yuan > o.paid_yuan
            AND age.days BETWEEN 31 AND 60) AS owed_60,
        sum(o.amount_yuan - o.paid_yuan) FILTER (WHERE o.amount_yuan > o.paid_yuan
            AND age.days BETWEEN 61 AND 90) AS owed_90,
        sum(o.amount_yuan - o.paid_yuan) FILTER (WHERE o.amount_yuan > o.paid_yuan
            AND age.days > 90) AS owed_more
    FROM contracts_offtake o
    JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
    CROSS JOIN LATERAL (
        SELECT %(today)s - ((o.month + interval '1 month')::date - 1) AS days
    ) age
    WHERE {theirs} AND c.direction = 'sale' AND o.month < %(next)s
    GROUP BY 1, 2
)
INSERT INTO boards_filefact AS f (
    unit_id, dossier_id, klass, province, gas_use, supply, signed, approved, on_time, fallen,
    overdue, risks, late, short_percent, wan_m3, wan_m3_before, tonne, tonne_before, amount_yuan,
    amount_before, wan_m3_last, wan_m3_older, tonne_last, tonne_older, amount_last, amount_older,
    owed_30, owed_60, owed_90, owed_more
)
SELECT d.unit_id, d.id, d.klass, left(d.region_code, 2), coalesce(d.gas_uses[1], ''),
    CASE WHEN signed.pipeline AND signed.lng THEN 'both' WHEN signed.pipeline THEN 'pipeline'
        WHEN signed.lng THEN 'lng' ELSE '' END,
    coalesce(signed.signed, false), d.version_number > 0,
    coalesce(owed.on_time, 0), coalesce(owed.fallen, 0), coalesce(owed.overdue, 0),
    coalesce(risk.risks, 0), coalesce(late.late, 0), coalesce(short.short_percent, 0),
    coalesce(taken.wan_m3, 0), coalesce(taken.wan_m3_before, 0), coalesce(taken.tonne, 0),
    coalesce(taken.tonne_before, 0), coalesce(taken.amount_yuan, 0),
    coalesce(taken.amount_before, 0), coalesce(taken.wan_m3_last, 0),
    coalesce(taken.wan_m3_older, 0), coalesce(taken.tonne_last, 0), coalesce(taken.tonne_older, 0),
    coalesce(taken.amount_last, 0), coalesce(taken.amount_older, 0), coalesce(taken.owed_30, 0),
    coalesce(taken.owed_60, 0), coalesce(taken.owed_90, 0), coalesce(taken.owed_more, 0)
FROM dossiers_dossier d
LEFT JOIN signed ON (signed.unit_id, signed.dossier_id) = (d.unit_id, d.id)
LEFT JOIN owed ON (owed.unit_id, owed.dossier_id) = (d.unit_id, d.id)
LEFT JOIN risk ON (risk.unit_id, risk.dossier_id) = (d.unit_id, d.id)
LEFT JOIN late ON (late.unit_id, late.dossier_id) = (d.unit_id, d.id)
LEFT JOIN taken ON (taken.unit_id, taken.dossier_id) = (d.unit_id, d.id)
LEFT JOIN (SELECT * FROM ({takeorpay}) AS every_one WHERE {these}) short
    ON (short.unit_id, short.dossier_id) = (d.unit_id, d.id)
WHERE {there} AND d.state <> 'closed'
ON CONFLICT (unit_id, dossier_id) DO UPDATE SET (
    klass, province, gas_use, supply, signed, approved, on_time, fallen, overdue, risks, late,
    short_percent, wan_m3, wan_m3_before, tonne, tonne_before, amount_yuan, amount_before,
    wan_m3_last, wan_m3_older, tonne_last, tonne_older, amount_last, amount_older,
    owed_30, owed_60, owed_90, owed_more
) = (
    excluded.klass, excluded.province, excluded.gas_use, excluded.supply, excluded.signed,
    excluded.approved, excluded.on_time, excluded.fallen, excluded.overdue, excluded.risks, excluded.late,
    excluded.short_percent, excluded.wan_m3, excluded.wan_m3_before, excluded.tonne,
    excluded.tonne_before, excluded.amount_yuan, excluded.amount_before, excluded.wan_m3_last,
    excluded.wan_m3_older, excluded.tonne_last, excluded.tonne_older, excluded.amount_last,
    excluded.amount_older, excluded.owed_30, excluded.owed_60, excluded.owed_90, excluded.owed_more
)
