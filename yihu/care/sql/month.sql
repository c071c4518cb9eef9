-- One segment's month: every unit that it is reckoned for, with the files that fit and what they
-- are due and got; a unit with none has a row of noughts, so that a fall to nothing is seen.
INSERT INTO care_segmentmonth AS m
    (unit_id, segment_id, month, version, customers, due, held, met)
SELECT d.unit_id, %(segment)s, %(month)s, %(version)s,
    count(*) FILTER (WHERE fits),
    coalesce(sum(due) FILTER (WHERE fits), 0),
    coalesce(sum(held) FILTER (WHERE fits), 0),
    count(*) FILTER (WHERE fits AND held >= due AND (on_level > 0 OR due = 0))
FROM (
    SELECT d.unit_id, {fits} AS fits, {due} AS due, coalesce(visits.this_year, 0) AS held,
        {on_level} AS on_level
    FROM {files}
    WHERE d.state <> 'closed' AND (%(owner)s::bigint IS NULL OR d.unit_id = %(owner)s::bigint)
) d
GROUP BY d.unit_id
ON CONFLICT (unit_id, segment_id, month) DO UPDATE
    SET version = excluded.version, customers = excluded.customers, due = excluded.due,
        held = excluded.held, met = excluded.met
