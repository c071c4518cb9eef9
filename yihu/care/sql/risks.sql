-- Remarks on risks that stand.
SELECT unit_id, dossier_id, count(*) AS standing, max(level) AS level
FROM risks_remark
WHERE state <> 'lifted'
GROUP BY unit_id, dossier_id
