-- §6.2.1d: what had no result by the cut-off is within its day, and moved within the last month.
SELECT s.unit_id, s.id, CASE WHEN count(*) FILTER (WHERE f.late OR f.still) > 0
    THEN jsonb_build_object('late', count(*) FILTER (WHERE f.late),
        'still', count(*) FILTER (WHERE f.still AND NOT f.late)) END AS detail
FROM subject s
JOIN (
    SELECT f.unit_id, f.dossier_id, f.due_on < %(cutoff)s AS late,
        greatest(f.entered_at, (SELECT max(p.at) FROM visits_progress p
            WHERE p.unit_id = f.unit_id AND p.followup_id = f.id))
            < %(moment)s - make_interval(days => %(still_days)s) AS still
    FROM visits_followup f
    WHERE f.entered_at < %(moment)s AND (f.resulted_at IS NULL OR f.resulted_at >= %(moment)s)
) f ON f.unit_id = s.unit_id AND f.dossier_id = s.dossier_id
GROUP BY s.unit_id, s.id
