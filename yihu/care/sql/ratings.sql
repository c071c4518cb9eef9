-- The last final result of each file.
SELECT DISTINCT ON (unit_id, dossier_id) unit_id, dossier_id, score
FROM ratings_ratingresult
WHERE state = 'final'
ORDER BY unit_id, dossier_id, year DESC, rated_on DESC
