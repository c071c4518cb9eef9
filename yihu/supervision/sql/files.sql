-- Open files at the period's end by unit and class: all, approved, under contract, both.
WITH {file}
SELECT unit_id, klass, count(*) AS files, count(*) FILTER (WHERE approved) AS approved,
    count(*) FILTER (WHERE signed) AS signed, count(*) FILTER (WHERE signed AND approved) AS covered
FROM file
WHERE %(klass)s IN ('', klass)
GROUP BY unit_id, klass
