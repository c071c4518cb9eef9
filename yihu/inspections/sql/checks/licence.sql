-- §6.2.2b: of several licences of one kind the one that holds longest counts.
SELECT f.unit_id, f.id, CASE WHEN l.expired IS NOT NULL
    THEN jsonb_build_object('expired', l.expired) END AS detail
FROM fact f
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('name', name, 'until', until) ORDER BY name)
        FILTER (WHERE until < to_char(%(cutoff)s::date, 'YYYY-MM-DD')) AS expired
    FROM (
        SELECT name, max(until) AS until FROM (
            SELECT kind AS name, line ->> 'valid_to' AS until
            FROM unnest(ARRAY['gas_licence', 'hazchem_licence']) AS kind
            CROSS JOIN LATERAL jsonb_array_elements(
                CASE WHEN jsonb_typeof(f.facts -> kind) = 'array' THEN f.facts -> kind
                    ELSE '[]' END) AS line
            UNION ALL SELECT 'power_licence', f.facts ->> 'power_licence_to'
            UNION ALL SELECT 'term_to', f.facts ->> 'term_to'
        ) every_one
        WHERE until ~ '^\d{4}-\d{2}-\d{2}$' GROUP BY name
    ) longest
    HAVING count(*) > 0
) l
