-- §5.2: somebody is named who fills the file, and still works here.
SELECT s.unit_id, s.id, CASE WHEN d.filler_id IS NULL THEN jsonb_build_object('why', 'none')
    WHEN p.status <> 'active' THEN jsonb_build_object('why', p.status, 'name', p.name)
    END AS detail
FROM subject s
JOIN dossiers_dossier d ON d.unit_id = s.unit_id AND d.id = s.dossier_id
LEFT JOIN org_staff p ON p.unit_id = d.unit_id AND p.id = d.filler_id
