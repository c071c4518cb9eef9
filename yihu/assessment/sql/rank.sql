-- Places by score: equal scores share one, as `rules.ranks` has it.
UPDATE assessment_unitscore s SET rank = r.rank
FROM (
    SELECT id, rank() OVER (ORDER BY score DESC) AS rank
    FROM assessment_unitscore WHERE assessment_id = %(assessment)s
) r
WHERE s.id = r.id AND s.rank IS DISTINCT FROM r.rank
