-- A month's volume and price of every file with a contract in force on any day of it (§6.2.1).
-- What is owed is counted from the contracts, never from the rows that happen to exist.
-- A row that is there and stands needs nothing: only what is new, dropped or moved is written.
WITH slot AS (
    SELECT * FROM unnest(%(start)s::date[], %(end)s::date[], %(due)s::date[])
        AS s (period_start, period_end, due_on)
), owed AS (
    SELECT DISTINCT d.unit_id, d.id AS dossier_id, s.period_start, s.period_end, s.due_on, d.klass
    FROM contracts_contract c
    JOIN slot s ON c.effective_on <= s.period_end
        AND least(c.ends_on, c.terminated_on) >= s.period_start
    JOIN dossiers_dossier d
      ON d.unit_id = c.unit_id AND d.id = c.dossier_id AND d.state <> 'closed'
    JOIN org_orgunit u ON u.id = c.unit_id AND u.live_from <= s.period_start
    WHERE %(units)s::int[] IS NULL OR c.unit_id = ANY (%(units)s::int[])
)
INSERT INTO duties_duty (unit_id, dossier_id, kind, period_start, period_end, due_on, klass)
SELECT unit_id, dossier_id, 'offtake', period_start, period_end, due_on, klass FROM owed o
WHERE NOT EXISTS (
    SELECT FROM duties_duty y
    WHERE y.unit_id = o.unit_id AND y.dossier_id = o.dossier_id AND y.kind = 'offtake'
      AND y.period_start = o.period_start AND y.period_end = o.period_end
      AND y.subject_id IS NULL AND y.dropped_at IS NULL
      AND (y.done_at IS NOT NULL OR y.due_on = o.due_on
           OR least(y.due_on, o.due_on) < %(as_of)s::date))
ON CONFLICT ON CONSTRAINT duty_once DO UPDATE
    SET dropped_at = NULL, dropped_why = '', due_on = EXCLUDED.due_on
