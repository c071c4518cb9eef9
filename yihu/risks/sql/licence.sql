-- §6.2.2b: a licence, or the term of business itself, has expired (level 2) or will within
-- `number` days (level 1). Of several of one kind the one that holds longest counts.
SELECT unit_id, dossier_id, NULL::uuid AS contract_id,
    concat_ws(' ', name, left(licence, 80), until,
        CASE WHEN until < %(today)s THEN 'expired' ELSE 'soon' END) AS occasion,
    CASE WHEN until < %(today)s THEN 2 ELSE 1 END AS level,
    jsonb_build_object('name', name, 'licence', licence, 'until', until) AS figures
FROM (
    SELECT DISTINCT ON (d.unit_id, d.id, l.name) d.unit_id, d.id AS dossier_id, l.name, l.licence,
        CASE WHEN l.until ~ '^\d{4}-\d{2}-\d{2}$' THEN l.until::date END AS until
    FROM dossiers_dossier d
    CROSS JOIN LATERAL (
        SELECT kind AS name, coalesce(line ->> 'number', '') AS licence, line ->> 'valid_to' AS until
        FROM unnest(ARRAY['gas_licence', 'hazchem_licence']) AS kind
        CROSS JOIN LATERAL jsonb_array_elements(
            CASE WHEN jsonb_typeof(d.document -> kind) = 'array'
                THEN d.document -> kind ELSE '[]' END) AS line
        UNION ALL
        SELECT 'power_licence', coalesce(d.document ->> 'power_licence', ''),
            d.document ->> 'power_licence_to'
        UNION ALL
        SELECT 'term_to', '', d.document ->> 'term_to'
    ) l
    WHERE d.state <> 'closed'
    ORDER BY d.unit_id, d.id, l.name, until DESC NULLS LAST
) latest
WHERE until < %(today)s + %(number)s
