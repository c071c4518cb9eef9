-- The files that are rated, and their sales of the last two years summed once for all indicators.
DROP TABLE IF EXISTS pg_temp.rating_file, pg_temp.rating_taken;
CREATE TEMP TABLE rating_file ON COMMIT DROP AS
SELECT unit_id, id AS dossier_id, customer_id, klass,
    klass = 'internal' OR coalesce(document ->> 'internal_kind', '') <> '' AS internal
FROM dossiers_dossier
WHERE state = 'active' AND opened_on <= %(cut_off_on)s;
ANALYZE rating_file;

-- One pass over the months, a contract at a time, before they are joined to anything: without a
-- prefix the twelve up to the cut-off, `_before` the twelve before those. A bill is counted once
-- its month has been over for a month: the last one is not due yet. What was paid beyond the bill
-- pays no other.
CREATE TEMP TABLE rating_taken ON COMMIT DROP AS
SELECT c.dossier_id, o.quantity_unit, sum(o.months) AS months, sum(o.quantity) AS quantity,
    sum(o.quantity_before) AS quantity_before, sum(o.taken_of_planned) AS taken_of_planned,
    sum(o.planned) AS planned, sum(o.amount_yuan) AS amount_yuan, sum(o.priced) AS priced,
    sum(o.billed_yuan) AS billed_yuan, sum(o.paid_yuan) AS paid_yuan
FROM (
    SELECT unit_id, contract_id, quantity_unit,
        count(*) FILTER (WHERE month >= %(since)s) AS months,
        sum(actual) FILTER (WHERE month >= %(since)s) AS quantity,
        sum(actual) FILTER (WHERE month < %(since)s) AS quantity_before,
        sum(actual) FILTER (WHERE month >= %(since)s AND planned IS NOT NULL)
            AS taken_of_planned,
        sum(planned) FILTER (WHERE month >= %(since)s) AS planned,
        sum(amount_yuan) FILTER (WHERE month >= %(since)s) AS amount_yuan,
        sum(actual) FILTER (WHERE month >= %(since)s AND amount_yuan IS NOT NULL) AS priced,
        sum(amount_yuan) FILTER (WHERE month >= %(since)s AND month < %(last)s) AS billed_yuan,
        sum(least(paid_yuan, amount_yuan)) FILTER (WHERE month >= %(since)s
            AND month < %(last)s) AS paid_yuan
    FROM contracts_offtake
    WHERE month BETWEEN %(before)s AND %(last)s
    GROUP BY unit_id, contract_id, quantity_unit
) o
JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
JOIN rating_file f ON f.unit_id = c.unit_id AND f.dossier_id = c.dossier_id
WHERE c.direction = 'sale'
GROUP BY c.dossier_id, o.quantity_unit;
ANALYZE rating_taken;
