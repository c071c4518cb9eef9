-- Open files as of the day: approved, classed, under contract, rated, without a duty past its date;
-- of a stated use of gas, all of which are wholesale (retail has no code: annex 2.4).
WITH file AS (
    SELECT d.id, d.unit_id, d.gas_uses <> '{}' AND '99' <> ALL (d.gas_uses) AS purposed,
        EXISTS (SELECT FROM dossiers_fileversion v WHERE v.unit_id = d.unit_id
            AND v.dossier_id = d.id AND v.approved_at < %(until)s) AS approved,
        EXISTS (SELECT FROM contracts_contract c WHERE c.unit_id = d.unit_id
            AND c.dossier_id = d.id AND c.signed_on < %(after)s) AS signed,
        EXISTS (SELECT FROM duties_duty u WHERE u.unit_id = d.unit_id AND u.dossier_id = d.id
            AND u.due_on < %(day)s AND (u.done_at IS NULL OR u.done_at >= %(until)s)
            AND (u.dropped_at IS NULL OR u.dropped_at >= %(until)s)
            AND (u.waived_at IS NULL OR u.waived_at >= %(until)s)) AS overdue,
        coalesce((SELECT k.klass FROM dossiers_classchange k WHERE k.unit_id = d.unit_id
            AND k.dossier_id = d.id AND k.effective_on < %(after)s
            ORDER BY k.effective_on DESC, k.entered_at DESC LIMIT 1), '') AS klass,
        (SELECT r.klass FROM ratings_ratingresult r WHERE r.unit_id = d.unit_id
            AND r.dossier_id = d.id AND r.state = 'final' AND r.rated_on < %(after)s AND r.klass <> ''
            ORDER BY r.year DESC, r.rated_on DESC LIMIT 1) AS rated
    FROM dossiers_dossier d
    WHERE d.opened_on < %(after)s AND d.state <> 'closed'
)
SELECT c.figure, f.unit_id, count(*) FILTER (WHERE c.hit) AS top,
    CASE WHEN bool_or(c.share) THEN count(*) END AS bottom
FROM file f
CROSS JOIN LATERAL (VALUES
    ('1', true, f.approved, true),
    ('3b', true, f.klass <> '', true),
    ('4.1c', true, NOT f.overdue, true),
    ('6.1.2', f.signed, f.approved, true),
    ('6.1.3', f.rated IS NOT NULL, f.rated = f.klass, true),
    ('annex 2.4', true, f.purposed, true),
    ('annex 2.5', f.klass = 'strategic', true, false),
    ('annex 2.6', f.klass = 'vip', true, false),
    ('annex 2.7', f.klass = 'internal', true, false),
    ('annex 2.8', f.klass = 'general', true, false)
) AS c (figure, counts, hit, share)
WHERE c.counts
GROUP BY c.figure, f.unit_id
UNION ALL
SELECT '2', u.id, (EXISTS (SELECT FROM file f WHERE f.unit_id = u.id))::int, 1
FROM org_orgunit u
WHERE u.kind IN ('subsidiary', 'subunit') AND u.live_from < %(after)s
