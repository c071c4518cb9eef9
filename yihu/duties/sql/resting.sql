-- What a file's closing drops: updates that fall due while it is closed, and are open (§6.1.2).
UPDATE duties_duty y SET dropped_at = now(), dropped_why = 'closed'
FROM duties_closure c
WHERE c.unit_id = y.unit_id AND c.dossier_id = y.dossier_id
  AND c.verdict = 'consented' AND c.state = 'closed'
  AND c.since <= y.due_on AND y.due_on < c.until
  AND (%(units)s::int[] IS NULL OR c.unit_id = ANY (%(units)s::int[]))
  AND (%(dossiers)s::uuid[] IS NULL OR c.dossier_id = ANY (%(dossiers)s::uuid[]))
  AND y.done_at IS NULL AND y.dropped_at IS NULL AND y.waived_at IS NULL
  AND (y.kind = 'review'
       OR y.counts_from IS NOT NULL AND y.kind NOT IN ('new_customer', 'new_contract'))
