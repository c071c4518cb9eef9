-- What the scheme made of the frozen facts; a line that it leaves out is scored by nothing.
UPDATE assessment_line l SET weight = n.weight, value = n.value, points = n.points, gives = n.gives
FROM unnest(%(ids)s::uuid[], %(weights)s::numeric[], %(values)s::numeric[], %(points)s::numeric[],
    %(gives)s::numeric[]) AS n (id, weight, value, points, gives)
WHERE l.id = n.id
