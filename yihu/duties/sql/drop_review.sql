-- A class that changes in mid-period replans what is open and leaves what is past (DESIGN §4).
UPDATE duties_duty y SET dropped_at = now(),
    dropped_why = CASE WHEN d.state = 'closed' THEN 'closed' ELSE 'class' END
FROM dossiers_dossier d
LEFT JOIN (
    SELECT DISTINCT ON (unit_id, dossier_id) unit_id, dossier_id, klass
    FROM dossiers_classchange
    WHERE effective_on <= %(as_of)s::date
      AND (%(units)s::int[] IS NULL OR unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR dossier_id = ANY (%(dossiers)s::uuid[]))
    ORDER BY unit_id, dossier_id, effective_on DESC, entered_at DESC
) last ON last.unit_id = d.unit_id AND last.dossier_id = d.id
WHERE d.unit_id = y.unit_id AND d.id = y.dossier_id AND y.kind = 'review'
  AND y.done_at IS NULL AND y.dropped_at IS NULL AND y.waived_at IS NULL
  AND (%(units)s::int[] IS NULL OR y.unit_id = ANY (%(units)s::int[]))
  AND (%(dossiers)s::uuid[] IS NULL OR y.dossier_id = ANY (%(dossiers)s::uuid[]))
  AND y.period_start <= %(as_of)s::date AND y.period_end >= %(as_of)s::date
  AND y.due_on >= %(as_of)s::date
  AND (d.state = 'closed'
       OR y.klass <> coalesce(last.klass, nullif(d.klass, ''), 'general'))
