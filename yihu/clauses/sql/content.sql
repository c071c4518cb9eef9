-- What the latest approved version of each file holds of what its own guide asked for.
-- {filled}, {required}, {sections} are made from that guide (dossiers.filled).
WITH f AS MATERIALIZED (
    SELECT v.unit_id, v.edition_id, {filled} AS filled, {required} AS required,
        ({sections}) AND EXISTS (SELECT FROM contracts_contract c WHERE c.unit_id = v.unit_id
            AND c.dossier_id = v.dossier_id AND c.signed_on < %(after)s)
        AND EXISTS (SELECT FROM visits_visit m WHERE m.unit_id = v.unit_id
            AND m.dossier_id = v.dossier_id AND m.held_on < %(after)s) AS four
    FROM (
        SELECT DISTINCT ON (w.unit_id, w.dossier_id) w.unit_id, w.dossier_id, w.edition_id,
            w.content -> 'facts' AS facts, coalesce(w.content -> 'dossier' ->> 'klass', '') AS klass
        FROM dossiers_fileversion w
        JOIN dossiers_dossier d ON d.unit_id = w.unit_id AND d.id = w.dossier_id
            AND d.state <> 'closed'
        WHERE w.approved_at < %(until)s
        ORDER BY w.unit_id, w.dossier_id, w.number DESC
    ) v
    WHERE v.edition_id = %(edition)s
)
SELECT c.figure, f.unit_id, sum(c.top) AS top, sum(c.bottom) AS bottom
FROM f
CROSS JOIN LATERAL (VALUES
    ('4.1b', (f.edition_id = %(in_force)s)::int, 1),
    ('5.4', f.filled, f.required),
    ('6.1.1', f.four::int, 1),
    ('6.1.4', (f.filled = f.required)::int, 1)
) AS c (figure, top, bottom)
GROUP BY c.figure, f.unit_id
