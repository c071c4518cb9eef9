-- One line of every assessed unit: the things counted, for and against, and how many there are.
INSERT INTO assessment_line (unit_id, assessment_id, code, top, bottom, amount, hits, misses)
SELECT unit.id, %(assessment)s, %(code)s, count(s.id) FILTER (WHERE s.hit),
    greatest(count(s.id), %(least)s), coalesce(sum(s.amount), 0),
    coalesce(array_agg(s.id ORDER BY s.id) FILTER (WHERE s.hit), '{}'),
    coalesce(array_agg(s.id ORDER BY s.id) FILTER (WHERE NOT s.hit), '{}')
FROM unnest(%(units)s::bigint[]) AS unit (id)
LEFT JOIN ({source}) AS s (unit_id, id, hit, amount) ON s.unit_id = unit.id
GROUP BY unit.id
