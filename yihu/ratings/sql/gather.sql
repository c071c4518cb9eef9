-- The files that are rated, and their sales of the last two years summed once for all indicators.
DROP TABLE IF EXISTS pg_temp.rating_file, pg_temp.rating_taken, pg_temp.rating_points;
CREATE TEMP TABLE rating_file ON COMMIT DROP AS
SELECT unit_id, id AS dossier_id, customer_id, klass,
    klass = 'internal' OR coalesce(document ->> 'internal_kind', '') <> '' AS internal
FROM dossiers_dossier
WHERE state = 'active' AND opened_on <= %(cut_off_on)s;
ANALYZE rating_file;

-- A bill is counted once its month has been over for a month: the last one is not due yet. What
-- was paid beyond the bill pays no other.
CREATE TEMP TABLE rating_taken ON COMMIT DROP AS
SELECT c.dossier_id, o.quantity_unit, o.month >= %(since)s AS recent, count(*) AS months,
    sum(o.actual) AS quantity,
    sum(o.actual) FILTER (WHERE o.planned IS NOT NULL) AS taken_of_planned,
    sum(o.planned) AS planned,
    sum(o.amount_yuan) AS amount_yuan,
    sum(o.actual) FILTER (WHERE o.amount_yuan IS NOT NULL) AS priced,
    sum(o.amount_yuan) FILTER (WHERE o.month < %(last)s) AS billed_yuan,
    sum(least(o.paid_yuan, o.amount_yuan)) FILTER (WHERE o.month < %(last)s) AS paid_yuan
FROM contracts_offtake o
JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
JOIN rating_file f ON f.unit_id = c.unit_id AND f.dossier_id = c.dossier_id
WHERE c.direction = 'sale' AND o.month BETWEEN %(before)s AND %(last)s
GROUP BY c.dossier_id, o.quantity_unit, o.month >= %(since)s;
ANALYZE rating_taken;

CREATE TEMP TABLE rating_points (
    dossier_id uuid, code text, weight numeric, input numeric, points numeric, evidence jsonb
) ON COMMIT DROP;
