-- §5.2: approved by a second person at least once; the two who are named are two.
SELECT s.unit_id, s.id, CASE WHEN s.version_id IS NULL THEN jsonb_build_object('why', 'none')
    WHEN v.filled_by_id = v.approved_by_id OR d.filler_id = d.reviewer_id
        THEN jsonb_build_object('why', 'same')
    WHEN d.reviewer_id IS NULL THEN jsonb_build_object('why', 'no_reviewer') END AS detail
FROM subject s
JOIN dossiers_dossier d ON d.unit_id = s.unit_id AND d.id = s.dossier_id
LEFT JOIN dossiers_fileversion v ON v.unit_id = s.unit_id AND v.id = s.version_id
