-- What was promised and has no result yet: ours, and of both sides what is late.
SELECT unit_id, dossier_id, count(*) FILTER (WHERE side = 'ours') AS ours,
    count(*) FILTER (WHERE due_on < %(today)s) AS late
FROM visits_followup
WHERE state IN ('todo', 'doing')
GROUP BY unit_id, dossier_id
