-- Done at the first moment at which every contract that was known by then and in force in the month
-- had its row: a contract that is entered later does not undo what was done.
WITH open AS (
    SELECT id, unit_id, dossier_id, period_start, period_end FROM duties_duty
    WHERE kind = 'offtake' AND done_at IS NULL AND dropped_at IS NULL AND waived_at IS NULL
      AND (%(units)s::int[] IS NULL OR unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR dossier_id = ANY (%(dossiers)s::uuid[]))
), part AS (
    SELECT open.id, open.unit_id, o.entered_at AS row_at,
        least(c.entered_at, o.entered_at) AS known_at, count(*) OVER duty AS parts,
        count(o.month) OVER duty AS rows
    FROM open
    JOIN contracts_contract c ON c.unit_id = open.unit_id AND c.dossier_id = open.dossier_id
        AND c.effective_on <= open.period_end
        AND least(c.ends_on, c.terminated_on) >= open.period_start
    LEFT JOIN contracts_offtake o ON o.unit_id = c.unit_id AND o.contract_id = c.id
        AND o.month = open.period_start
    WINDOW duty AS (PARTITION BY open.id)
), moment AS (  -- of several contracts: how many lack their row, as each came and was filled in
    SELECT id, unit_id, at, lacking, sum(lacking) OVER (
        PARTITION BY id ORDER BY at, lacking DESC ROWS UNBOUNDED PRECEDING) AS still
    FROM (SELECT id, unit_id, known_at AS at, 1 AS lacking FROM part WHERE parts > 1 AND rows > 0
          UNION ALL
          SELECT id, unit_id, row_at, -1 FROM part WHERE parts > 1 AND row_at IS NOT NULL) AS m
), deed AS (
    SELECT id, unit_id, row_at AS done_at FROM part WHERE parts = 1 AND rows = 1
    UNION ALL
    SELECT id, unit_id, min(at) FROM moment WHERE lacking < 0 AND still = 0 GROUP BY id, unit_id
)
UPDATE duties_duty y SET done_at = deed.done_at, basis = 'offtake'
FROM deed WHERE y.unit_id = deed.unit_id AND y.id = deed.id
