-- What the last version that each file had at the period's end holds of what its own guide asked
-- for. {filled} and {required} are made from that guide (dossiers.filled).
WITH {file}
SELECT f.unit_id, sum(f.filled) AS filled, sum(f.required) AS required, count(*) AS files,
    count(*) FILTER (WHERE f.filled = f.required) AS whole
FROM (
    SELECT v.unit_id, {filled} AS filled, {required} AS required
    FROM (
        SELECT DISTINCT ON (w.unit_id, w.dossier_id) w.unit_id, w.edition_id,
            w.content -> 'facts' AS facts, coalesce(w.content -> 'dossier' ->> 'klass', '') AS klass
        FROM dossiers_fileversion w
        JOIN file ON file.unit_id = w.unit_id AND file.id = w.dossier_id
        WHERE w.unit_id = ANY (%(units)s) AND w.approved_at < %(until)s
            AND %(klass)s IN ('', file.klass)
        ORDER BY w.unit_id, w.dossier_id, w.number DESC
    ) v
    WHERE v.edition_id = %(edition)s
) f
GROUP BY f.unit_id
