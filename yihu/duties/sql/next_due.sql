-- What lists are sorted by: the day of each file's soonest open duty. A row that somebody holds is
-- skipped, not waited for (they would wait for us): its own transaction or the next sweep sets it.
WITH soonest AS (
    SELECT unit_id, dossier_id, min(due_on) AS due_on FROM duties_duty
    WHERE done_at IS NULL AND dropped_at IS NULL AND waived_at IS NULL
      AND (%(units)s::int[] IS NULL OR unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR dossier_id = ANY (%(dossiers)s::uuid[]))
    GROUP BY unit_id, dossier_id
), other AS (
    SELECT d.unit_id, d.id, coalesce(s.due_on, date '9999-12-31') AS due_on
    FROM dossiers_dossier d
    LEFT JOIN soonest s ON s.unit_id = d.unit_id AND s.dossier_id = d.id
    WHERE (%(units)s::int[] IS NULL OR d.unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR d.id = ANY (%(dossiers)s::uuid[]))
      AND d.next_due_on <> coalesce(s.due_on, date '9999-12-31')
    FOR UPDATE OF d SKIP LOCKED
)
UPDATE dossiers_dossier d SET next_due_on = other.due_on
FROM other WHERE d.unit_id = other.unit_id AND d.id = other.id
