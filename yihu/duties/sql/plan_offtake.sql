-- A month's volume and price of every file with a contract in force on any day of it (§6.2.1).
-- What is owed is counted from the contracts, never from the rows that happen to exist: also of a
-- file that is closed, which has none that still run.
-- What stands as it should is taken away first (EXCEPT: no plan of it is quadratic, however old
-- the statistics); what is open and not yet due moves with a corrected calendar.
WITH slot AS (
    SELECT * FROM unnest(%(of)s::int[], %(start)s::date[], %(end)s::date[], %(due)s::date[])
        AS s (of_unit, period_start, period_end, due_on)
), missing AS (
    SELECT c.unit_id, c.dossier_id, s.period_start, s.period_end, s.due_on
    FROM contracts_contract c
    JOIN slot s ON c.effective_on <= s.period_end
        AND least(c.ends_on, c.terminated_on) >= s.period_start
        AND s.of_unit = CASE WHEN c.unit_id = ANY (%(special)s::int[]) THEN c.unit_id ELSE 0 END
    JOIN org_orgunit u ON u.id = c.unit_id AND u.live_from <= s.period_start
    WHERE (%(units)s::int[] IS NULL OR c.unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR c.dossier_id = ANY (%(dossiers)s::uuid[]))
    EXCEPT
    SELECT unit_id, dossier_id, period_start, period_end, due_on FROM duties_duty
    WHERE kind = 'offtake' AND dropped_at IS NULL AND subject_id IS NULL
      AND (%(units)s::int[] IS NULL OR unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR dossier_id = ANY (%(dossiers)s::uuid[]))
)
INSERT INTO duties_duty (unit_id, dossier_id, kind, period_start, period_end, due_on, klass)
SELECT m.unit_id, m.dossier_id, 'offtake', m.period_start, m.period_end, m.due_on, d.klass
FROM missing m
JOIN dossiers_dossier d ON d.unit_id = m.unit_id AND d.id = m.dossier_id
ON CONFLICT ON CONSTRAINT duty_once DO UPDATE
    SET dropped_at = NULL, dropped_why = '', due_on = EXCLUDED.due_on
    WHERE duties_duty.dropped_at IS NOT NULL
       OR (duties_duty.done_at IS NULL AND duties_duty.waived_at IS NULL
           AND least(duties_duty.due_on, EXCLUDED.due_on) >= %(as_of)s::date)
