-- §6.3.1: the file's region is stated, and is one that its unit sells in. A province covers its
-- cities; units that name no region are not asked.
SELECT s.unit_id, s.id, CASE WHEN NOT EXISTS (
        SELECT FROM unnest(r.stems) AS stem WHERE s.region_code <> '' AND s.region_code LIKE stem)
    THEN jsonb_build_object('region', s.region_code) END AS detail
FROM subject s
JOIN (
    SELECT unit_id, array_agg(CASE WHEN region_code LIKE '%%0000' THEN left(region_code, 2)
        WHEN region_code LIKE '%%00' THEN left(region_code, 4) ELSE region_code END || '%%') AS stems
    FROM org_unitregion GROUP BY unit_id
) r ON r.unit_id = s.unit_id
