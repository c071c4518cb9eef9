-- What customers asked for and nobody answered.
SELECT unit_id, dossier_id, count(*) AS waiting, max(%(today)s - heard_on) AS oldest_days,
    (array_agg(text ORDER BY heard_on, id))[1] AS oldest, min(heard_on) AS heard_on
FROM visits_need
WHERE state = 'heard'
GROUP BY unit_id, dossier_id
