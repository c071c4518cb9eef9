-- Visits that were held: the last, and how many this year; and the next that is planned.
SELECT unit_id, dossier_id,
    max(held_on) AS last_on,
    count(*) FILTER (WHERE held_on >= date_trunc('year', %(today)s::date)) AS this_year,
    count(*) FILTER (WHERE held_on >= date_trunc('year', %(today)s::date) AND level = 'top')
        AS at_top,
    count(*) FILTER (WHERE held_on >= date_trunc('year', %(today)s::date)
        AND level IN ('top', 'department')) AS at_department,
    min(planned_on) FILTER (WHERE state = 'planned' AND planned_on >= %(today)s) AS next_on
FROM visits_visit
WHERE state <> 'cancelled' AND (held_on IS NULL OR held_on <= %(today)s)
GROUP BY unit_id, dossier_id
