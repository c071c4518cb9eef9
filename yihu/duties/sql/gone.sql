-- A duty whose occasion is gone is dropped. Duties of the sources that are kept apart are left alone.
, gone AS (
    UPDATE duties_duty y SET dropped_at = now(), dropped_why = 'withdrawn'
    FROM file d
    WHERE d.unit_id = y.unit_id AND d.id = y.dossier_id
      AND y.source <> '' AND y.source <> ALL (%(apart)s::text[])
      AND y.done_at IS NULL AND y.dropped_at IS NULL AND y.waived_at IS NULL
      AND (%(units)s::int[] IS NULL OR y.unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR y.dossier_id = ANY (%(dossiers)s::uuid[]))
      AND y.period_start <= %(as_of)s::date
      AND NOT EXISTS (SELECT FROM event e WHERE e.unit_id = y.unit_id
                      AND e.dossier_id = y.dossier_id AND e.source = y.source
                      AND e.subject_id = y.subject_id)
    RETURNING 1
)
