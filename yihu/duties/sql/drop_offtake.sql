-- A month in which, as is now known, no contract was in force is not owed.
UPDATE duties_duty y SET dropped_at = now(), dropped_why = 'no_contract'
WHERE y.kind = 'offtake'
  AND y.done_at IS NULL AND y.dropped_at IS NULL AND y.waived_at IS NULL
  AND (%(units)s::int[] IS NULL OR y.unit_id = ANY (%(units)s::int[]))
  AND (%(dossiers)s::uuid[] IS NULL OR y.dossier_id = ANY (%(dossiers)s::uuid[]))
  AND NOT EXISTS (
    SELECT FROM contracts_contract c
    WHERE c.unit_id = y.unit_id AND c.dossier_id = y.dossier_id
      AND c.effective_on <= y.period_end
      AND least(c.ends_on, c.terminated_on) >= y.period_start)
