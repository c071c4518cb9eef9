-- The year's results, the rows as units may read them, and the classes that customers are proposed.
INSERT INTO ratings_ratingresult
    (unit_id, dossier_id, year, score, grade, klass, rated_on, state, round_id, changed_at)
SELECT unit_id, dossier_id, %(year)s, score, grade, klass, %(today)s, 'final', round_id, now()
FROM ratings_ratingscore WHERE round_id = %(round)s
ON CONFLICT (unit_id, dossier_id, year) DO UPDATE SET
    score = EXCLUDED.score, grade = EXCLUDED.grade, klass = EXCLUDED.klass,
    rated_on = EXCLUDED.rated_on, state = EXCLUDED.state, round_id = EXCLUDED.round_id,
    changed_at = EXCLUDED.changed_at;
UPDATE ratings_ratingscore SET final = true WHERE round_id = %(round)s;
INSERT INTO ratings_ratingproposal (round_id, customer_id, score, klass_now, klass)
SELECT s.round_id, s.customer_id, max(s.joined),
    (array_agg(d.klass ORDER BY d.klass_rank, d.id))[1], min(s.klass)
FROM ratings_ratingscore s
JOIN dossiers_dossier d ON d.unit_id = s.unit_id AND d.id = s.dossier_id
WHERE s.round_id = %(round)s
GROUP BY s.round_id, s.customer_id
HAVING bool_or(d.klass <> s.klass)
