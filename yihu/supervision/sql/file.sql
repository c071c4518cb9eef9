file AS (
    SELECT d.id, d.unit_id,
        EXISTS (SELECT FROM dossiers_fileversion v WHERE v.unit_id = d.unit_id
            AND v.dossier_id = d.id AND v.approved_at < %(until)s) AS approved,
        EXISTS (SELECT FROM contracts_contract c WHERE c.unit_id = d.unit_id
            AND c.dossier_id = d.id AND c.signed_on <= %(end)s) AS signed,
        coalesce((SELECT k.klass FROM dossiers_classchange k WHERE k.unit_id = d.unit_id
            AND k.dossier_id = d.id AND k.effective_on <= %(end)s
            ORDER BY k.effective_on DESC, k.entered_at DESC LIMIT 1), '') AS klass
    FROM dossiers_dossier d
    WHERE d.unit_id = ANY (%(units)s) AND d.opened_on <= %(end)s AND d.state <> 'closed'
)
