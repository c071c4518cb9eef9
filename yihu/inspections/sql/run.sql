-- One check over every frozen file of an inspection: failures become results, and each unit gets
-- a tally with the files that the check applied to. Whoever is in neither, passed or was not asked.
WITH subject AS NOT MATERIALIZED (
    SELECT unit_id, id, dossier_id, version_id, credit_code, klass, region_code, facts
    FROM inspections_subject
    WHERE inspection_id = %(inspection)s AND (whole OR NOT %(whole)s)
), fact AS NOT MATERIALIZED (  -- OFFSET: a version is unpacked once a file, not once a field
    SELECT s.unit_id, s.id, s.dossier_id, s.version_id, s.credit_code, s.klass,
        coalesce(v.content -> 'facts', s.facts) AS facts,
        v.content #> '{tables,contracts}' AS contracts
    FROM subject s
    LEFT JOIN dossiers_fileversion v ON v.unit_id = s.unit_id AND v.id = s.version_id
    OFFSET 0
), said AS MATERIALIZED (
    SELECT unit_id, id, detail FROM (
{check}
    ) AS one_check
), put AS (
    INSERT INTO inspections_result (unit_id, inspection_id, subject_id, check_code, detail)
    SELECT unit_id, %(inspection)s, id, %(code)s, detail FROM said WHERE detail IS NOT NULL
    RETURNING 1
)
INSERT INTO inspections_tally (unit_id, inspection_id, check_code, applied, failed, applied_to)
SELECT unit_id, %(inspection)s, %(code)s, count(*), count(detail), array_agg(id)
FROM said GROUP BY unit_id
