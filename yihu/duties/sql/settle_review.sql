-- Done by the first version approved since the period began (§6.2.1).
WITH open AS (
    SELECT id, unit_id, dossier_id, period_start FROM duties_duty
    WHERE kind = 'review' AND done_at IS NULL AND dropped_at IS NULL
      AND (%(units)s::int[] IS NULL OR unit_id = ANY (%(units)s::int[]))
), deed AS (
    SELECT open.id, open.unit_id, min(v.approved_at) AS done_at
    FROM open
    JOIN dossiers_fileversion v ON v.unit_id = open.unit_id AND v.dossier_id = open.dossier_id
        AND v.approved_at >= open.period_start::timestamp AT TIME ZONE 'Asia/Shanghai'
    GROUP BY open.id, open.unit_id
)
UPDATE duties_duty y SET done_at = deed.done_at, basis = 'version'
FROM deed WHERE y.unit_id = deed.unit_id AND y.id = deed.id
