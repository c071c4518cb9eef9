-- Required fields of the files whose latest version is not counted yet, by that version's guide.
UPDATE boards_filefact f SET version = n.number, filled = n.filled, required = n.required
FROM (
    SELECT v.unit_id, v.dossier_id, v.number, {filled} AS filled, {required} AS required
    FROM (
        SELECT w.unit_id, w.dossier_id, w.number, w.content -> 'facts' AS facts,
            coalesce(w.content -> 'dossier' ->> 'klass', '') AS klass
        FROM boards_filefact b
        JOIN dossiers_dossier d ON d.unit_id = b.unit_id AND d.id = b.dossier_id
        JOIN dossiers_fileversion w ON w.unit_id = d.unit_id AND w.dossier_id = d.id
            AND w.number = d.version_number
        WHERE {of_file} AND b.version <> d.version_number
            AND w.edition_id = %(edition)s
        OFFSET 0
    ) v
) n
WHERE f.unit_id = n.unit_id AND f.dossier_id = n.dossier_id
