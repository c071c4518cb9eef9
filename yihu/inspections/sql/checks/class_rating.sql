-- §6.1.3: the class is that of the latest final rating, unless headquarters decided since.
SELECT s.unit_id, s.id, CASE WHEN s.klass <> r.klass
    THEN jsonb_build_object('klass', s.klass, 'rated', r.klass, 'year', r.year) END AS detail
FROM subject s
JOIN (
    SELECT DISTINCT ON (unit_id, dossier_id) unit_id, dossier_id, klass, year, rated_on
    FROM ratings_ratingresult
    WHERE state = 'final' AND klass <> '' AND rated_on <= %(cutoff)s
    ORDER BY unit_id, dossier_id, rated_on DESC, year DESC
) r ON r.unit_id = s.unit_id AND r.dossier_id = s.dossier_id
WHERE NOT EXISTS (
    SELECT FROM dossiers_classchange k
    WHERE k.unit_id = s.unit_id AND k.dossier_id = s.dossier_id AND k.source = 'decision'
      AND k.effective_on BETWEEN r.rated_on AND %(cutoff)s)
