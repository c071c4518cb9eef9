-- {whole}: whether a version is filled by its own guide, made from each edition (dossiers.filled).
SELECT d.unit_id, d.id, coalesce(f.whole, false), NULL::numeric
FROM dossiers_dossier d
LEFT JOIN (
    SELECT v.unit_id, v.dossier_id, {whole} AS whole
    FROM (
        SELECT DISTINCT ON (w.unit_id, w.dossier_id) w.unit_id, w.dossier_id, w.edition_id,
            w.content -> 'facts' AS facts, coalesce(w.content -> 'dossier' ->> 'klass', '') AS klass
        FROM dossiers_fileversion w
        WHERE w.unit_id = ANY (%(units)s) AND w.approved_at < %(moment)s
        ORDER BY w.unit_id, w.dossier_id, w.number DESC
        OFFSET 0
    ) v
) f ON f.unit_id = d.unit_id AND f.dossier_id = d.id
WHERE d.unit_id = ANY (%(units)s) AND d.opened_on <= %(until)s AND d.state <> 'closed'
