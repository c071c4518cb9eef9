-- Whose contract with the customer ends next, of others that supply it.
SELECT DISTINCT ON (unit_id, dossier_id) unit_id, dossier_id, until - %(today)s AS ends_in, until,
    name
FROM (
    SELECT d.unit_id, d.id AS dossier_id, coalesce(line ->> 'name', line ->> 'supplier') AS name,
        CASE WHEN line ->> 'until' ~ '^\d{4}-\d{2}-\d{2}$' THEN (line ->> 'until')::date END
            AS until
    FROM dossiers_dossier d
    CROSS JOIN LATERAL unnest(ARRAY['competitors', 'supply_mix']) AS kind
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE WHEN jsonb_typeof(d.document -> kind) = 'array' THEN d.document -> kind ELSE '[]' END
    ) AS line
) lines
WHERE until >= %(today)s
ORDER BY unit_id, dossier_id, until, name
