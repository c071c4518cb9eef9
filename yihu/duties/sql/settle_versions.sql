-- Done by the first version approved since the period began, or since what happened (§6.2.1).
WITH open AS (
    SELECT id, unit_id, dossier_id,
        coalesce(counts_from, period_start::timestamp AT TIME ZONE 'Asia/Shanghai') AS since
    FROM duties_duty
    WHERE (kind = 'review' OR counts_from IS NOT NULL)
      AND done_at IS NULL AND dropped_at IS NULL AND waived_at IS NULL
      AND (%(units)s::int[] IS NULL OR unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR dossier_id = ANY (%(dossiers)s::uuid[]))
), deed AS (
    SELECT open.id, open.unit_id, min(v.approved_at) AS done_at
    FROM open
    JOIN dossiers_fileversion v ON v.unit_id = open.unit_id AND v.dossier_id = open.dossier_id
        AND v.approved_at >= open.since
    GROUP BY open.id, open.unit_id
)
UPDATE duties_duty y SET done_at = deed.done_at, basis = 'version'
FROM deed
WHERE y.unit_id = deed.unit_id AND y.id = deed.id
  AND y.done_at IS NULL AND y.dropped_at IS NULL AND y.waived_at IS NULL
