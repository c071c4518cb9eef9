-- Done when each contract in force in the month has its row; at the moment of the last one.
WITH open AS (
    SELECT id, unit_id, dossier_id, period_start, period_end FROM duties_duty
    WHERE kind = 'offtake' AND done_at IS NULL AND dropped_at IS NULL AND waived_at IS NULL
      AND (%(units)s::int[] IS NULL OR unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR dossier_id = ANY (%(dossiers)s::uuid[]))
), deed AS (
    SELECT open.id, open.unit_id, max(o.entered_at) AS done_at
    FROM open
    JOIN contracts_contract c ON c.unit_id = open.unit_id AND c.dossier_id = open.dossier_id
        AND c.effective_on <= open.period_end
        AND least(c.ends_on, c.terminated_on) >= open.period_start
    LEFT JOIN contracts_offtake o ON o.unit_id = c.unit_id AND o.contract_id = c.id
        AND o.month = open.period_start
    GROUP BY open.id, open.unit_id
    HAVING count(*) = count(o.month)
)
UPDATE duties_duty y SET done_at = deed.done_at, basis = 'offtake'
FROM deed WHERE y.unit_id = deed.unit_id AND y.id = deed.id
