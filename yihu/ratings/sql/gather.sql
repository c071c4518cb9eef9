-- The files that are rated, and their sales of the last two years summed once for all indicators.
DROP TABLE IF EXISTS pg_temp.rating_file, pg_temp.rating_taken;
CREATE TEMP TABLE rating_file ON COMMIT DROP AS
SELECT unit_id, id AS dossier_id, customer_id, klass,
    klass = 'internal' OR coalesce(document ->> 'internal_kind', '') <> '' AS internal
FROM dossiers_dossier
WHERE state = 'active' AND opened_on <= %(cut_off_on)s;
ANALYZE rating_file (dossier_id);

-- One pass over the months, a contract at a time, before they are joined to anything; then one row a
-- file, which all indicators share. Without a prefix the twelve months up to the cut-off, `_before`
-- the twelve before those; quantities in 万立方米, but `lng` in t. A bill is counted once its month
-- has been over for a month: the last one is not due yet. What was paid beyond the bill pays no
-- other. What is left out is summed, and taken off: it is the smaller part by far. Files are summed
-- in order, for most have one contract: a hash would hold the sums of all of them at once.
CREATE TEMP TABLE rating_taken ON COMMIT DROP AS
WITH sold AS MATERIALIZED (
    SELECT c.dossier_id, o.*,
        o.quantity - coalesce(o.unplanned, 0) AS taken_of_planned,
        o.quantity - coalesce(o.unpriced, 0) AS priced,
        o.amount_yuan - coalesce(o.last_yuan, 0) AS billed_yuan,
        CASE o.quantity_unit WHEN 't' THEN %(lng)s ELSE 1 END AS factor
    FROM (
        SELECT unit_id, contract_id, quantity_unit,
            count(*) FILTER (WHERE month >= %(since)s) AS months,
            sum(actual) FILTER (WHERE month >= %(since)s) AS quantity,
            sum(actual) FILTER (WHERE month < %(since)s) AS quantity_before,
            sum(actual) FILTER (WHERE month >= %(since)s AND planned IS NULL) AS unplanned,
            sum(planned) FILTER (WHERE month >= %(since)s) AS planned,
            sum(amount_yuan) FILTER (WHERE month >= %(since)s) AS amount_yuan,
            sum(actual) FILTER (WHERE month >= %(since)s AND amount_yuan IS NULL) AS unpriced,
            sum(amount_yuan) FILTER (WHERE month = %(last)s) AS last_yuan,
            sum(least(paid_yuan, amount_yuan)) FILTER (WHERE month >= %(since)s
                AND month < %(last)s) AS paid_yuan
        FROM contracts_offtake
        WHERE month BETWEEN %(before)s AND %(last)s
        GROUP BY unit_id, contract_id, quantity_unit
    ) o
    JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
    JOIN rating_file f ON f.unit_id = c.unit_id AND f.dossier_id = c.dossier_id
    WHERE c.direction = 'sale'
), everybody AS (
    SELECT quantity_unit, sum(amount_yuan) / nullif(sum(priced), 0) AS price
    FROM sold GROUP BY quantity_unit
)
SELECT dossier_id, sum(months) AS months, sum(quantity * factor) AS quantity,
    sum(quantity) FILTER (WHERE quantity_unit = 'wan_m3') AS pipeline,
    sum(quantity) FILTER (WHERE quantity_unit = 't') AS lng,
    sum(quantity_before * factor) AS quantity_before,
    sum(taken_of_planned * factor) FILTER (WHERE planned IS NOT NULL) AS taken_of_planned,
    sum(planned * factor) AS planned, sum(amount_yuan) AS amount_yuan,
    sum(priced * price) AS average_yuan, sum(billed_yuan) AS billed_yuan,
    sum(paid_yuan) AS paid_yuan
FROM (SELECT * FROM sold JOIN everybody USING (quantity_unit) ORDER BY dossier_id) AS in_order
GROUP BY dossier_id;
ANALYZE rating_taken (dossier_id);
