-- A class that changes in mid-period replans what is open and leaves what is past (DESIGN §4).
UPDATE duties_duty y SET dropped_at = now(),
    dropped_why = CASE WHEN d.state = 'closed' THEN 'closed' ELSE 'class' END
FROM dossiers_dossier d
WHERE d.unit_id = y.unit_id AND d.id = y.dossier_id AND y.kind = 'review'
  AND y.done_at IS NULL AND y.dropped_at IS NULL
  AND (%(units)s::int[] IS NULL OR y.unit_id = ANY (%(units)s::int[]))
  AND y.period_start <= %(as_of)s::date AND y.period_end >= %(as_of)s::date
  AND y.due_on >= %(as_of)s::date
  AND (d.state = 'closed' OR y.klass IS DISTINCT FROM coalesce((
        SELECT c.klass FROM dossiers_classchange c
        WHERE c.unit_id = d.unit_id AND c.dossier_id = d.id
          AND c.effective_on <= %(as_of)s::date
        ORDER BY c.effective_on DESC, c.entered_at DESC LIMIT 1),
        coalesce(nullif(d.klass, ''), 'general')))
