-- What a rule finds becomes suggestions, one a file and occasion. What was decided stays decided;
-- what is found no longer is closed by itself, and opens again when it comes back.
WITH found AS ({found}), gone AS (
    UPDATE care_suggestion p SET state = 'gone'
    WHERE p.rule = %(rule)s AND p.state = 'open' AND NOT EXISTS (
        SELECT FROM found f WHERE f.unit_id = p.unit_id AND f.dossier_id = p.dossier_id
            AND f.occasion = p.occasion)
    RETURNING 1
), put AS (
    INSERT INTO care_suggestion AS p (unit_id, dossier_id, rule, occasion, figures, found_on)
    SELECT unit_id, dossier_id, %(rule)s, occasion, figures, %(today)s FROM found
    ON CONFLICT (unit_id, rule, dossier_id, occasion) DO UPDATE
        SET figures = excluded.figures, state = 'open',
            found_on = CASE WHEN p.state = 'gone' THEN excluded.found_on ELSE p.found_on END
        WHERE p.state IN ('open', 'gone')
            AND (p.figures, p.state) IS DISTINCT FROM (excluded.figures, 'open')
    RETURNING p.id, p.unit_id, p.dossier_id, p.xmax = 0 AS is_new
)
SELECT id, unit_id, dossier_id FROM put WHERE is_new
