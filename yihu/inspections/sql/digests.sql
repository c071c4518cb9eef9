-- What is printed of a draw, as `rules.digest` reckons it: SHA-256 over the sorted lines
-- "unit dossier weight" of the population, and "unit dossier" of the sample.
SELECT count(*) FILTER (WHERE whole), count(*) FILTER (WHERE drawn),
    encode(sha256(convert_to(coalesce(string_agg(
        said || ' ' || weight || E'\n', '' ORDER BY (said || ' ' || weight) COLLATE "C")
        FILTER (WHERE whole), ''), 'UTF8')), 'hex'),
    encode(sha256(convert_to(coalesce(string_agg(
        said || E'\n', '' ORDER BY said COLLATE "C") FILTER (WHERE drawn), ''), 'UTF8')), 'hex')
FROM (
    SELECT s.whole, s.drawn, s.weight, u.code || ' ' || s.dossier_id AS said
    FROM inspections_subject s JOIN org_orgunit u ON u.id = s.unit_id
    WHERE s.inspection_id = %(inspection)s
) AS line
