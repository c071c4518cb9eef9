-- §6.2.2b: the latest review of compliance and credit was not passed, counts any entry of
-- dishonesty, or `number` or more lawsuits and penalties.
SELECT unit_id, dossier_id, NULL::uuid AS contract_id,
    concat_ws(' ', checked_on, dishonesty, lawsuits, penalties, result) AS occasion,
    CASE WHEN result = 'failed' OR dishonesty > 0 THEN 3
         WHEN result = 'conditional' OR lawsuits + penalties > 2 THEN 2 ELSE 1 END AS level,
    jsonb_build_object('on', checked_on, 'dishonesty', dishonesty, 'lawsuits', lawsuits,
        'penalties', penalties, 'result', result) AS figures
FROM (
    SELECT DISTINCT ON (d.unit_id, d.id) d.unit_id, d.id AS dossier_id,
        line ->> 'checked_on' AS checked_on, coalesce(line ->> 'result', 'passed') AS result,
        coalesce(nullif(line ->> 'dishonesty', '')::numeric, 0)::int AS dishonesty,
        coalesce(nullif(line ->> 'lawsuits', '')::numeric, 0)::int AS lawsuits,
        coalesce(nullif(line ->> 'penalties', '')::numeric, 0)::int AS penalties
    FROM dossiers_dossier d
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE WHEN jsonb_typeof(d.document -> 'compliance_check') = 'array'
            THEN d.document -> 'compliance_check' ELSE '[]' END) AS line
    WHERE d.state <> 'closed'
    ORDER BY d.unit_id, d.id, line ->> 'checked_on' DESC NULLS LAST
) latest
WHERE result <> 'passed' OR dishonesty > 0 OR lawsuits + penalties >= %(number)s
