-- What each file owes by its class (§6.2.1). The class is the one on the period's last day, or
-- today's while the period runs; a file owes from the period in which it came to Yihu.
WITH slot AS (
    SELECT * FROM unnest(%(klass)s::text[], %(start)s::date[], %(end)s::date[], %(due)s::date[])
        AS s (klass, period_start, period_end, due_on)
), file AS MATERIALIZED (
    SELECT d.id, d.unit_id, coalesce(nullif(d.klass, ''), 'general') AS klass, u.live_from,
        greatest(d.opened_on, (d.entered_at AT TIME ZONE 'Asia/Shanghai')::date) AS here_from,
        EXISTS (SELECT FROM dossiers_classchange c
                WHERE c.unit_id = d.unit_id AND c.dossier_id = d.id) AS changed
    FROM dossiers_dossier d JOIN org_orgunit u ON u.id = d.unit_id
    WHERE d.state <> 'closed' AND u.live_from IS NOT NULL
      AND (%(units)s::int[] IS NULL OR d.unit_id = ANY (%(units)s::int[]))
), classed AS (
    SELECT f.*, s.period_start, s.period_end, s.due_on, s.klass AS slot_klass,
        CASE WHEN f.changed THEN coalesce((
            SELECT c.klass FROM dossiers_classchange c
            WHERE c.unit_id = f.unit_id AND c.dossier_id = f.id
              AND c.effective_on <= least(s.period_end, %(as_of)s::date)
            ORDER BY c.effective_on DESC, c.entered_at DESC LIMIT 1), f.klass)
        ELSE f.klass END AS klass_then
    FROM file f JOIN slot s
      ON s.period_end >= f.live_from AND s.period_end >= f.here_from
    WHERE f.changed OR s.klass = f.klass
)
INSERT INTO duties_duty (unit_id, dossier_id, kind, period_start, period_end, due_on, klass)
SELECT unit_id, id, 'review', period_start, period_end, due_on, slot_klass
FROM classed WHERE klass_then = slot_klass
ON CONFLICT ON CONSTRAINT duty_once DO UPDATE
    SET dropped_at = NULL, dropped_why = '', klass = EXCLUDED.klass, due_on = EXCLUDED.due_on
    WHERE duties_duty.dropped_at IS NOT NULL
