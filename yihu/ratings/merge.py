"""The ratings' part of an import: the final list of a year, in one statement.

The caller has the accepted rows in the temporary table `intake_verdict` (`intake.queries`) and
runs this in its transaction. The class that a list carries is the dossiers' to set.
"""

from django.db.backends.utils import CursorWrapper

RESULTS = """
INSERT INTO ratings_ratingresult
    (unit_id, dossier_id, year, score, grade, klass, rated_on, state, changed_at)
SELECT %(unit)s, v.dossier_id, v.year, v.score, coalesce(v.grade, t.grade, ''),
    coalesce(v.klass, t.klass, ''), coalesce(v.rated_on, t.rated_on), 'final', now()
FROM intake_verdict v
LEFT JOIN ratings_ratingresult t ON t.unit_id = %(unit)s AND t.dossier_id = v.dossier_id
    AND t.year = v.year
WHERE v.verdict IN ('new', 'changed')
ON CONFLICT (unit_id, dossier_id, year) DO UPDATE SET
    score = EXCLUDED.score, grade = EXCLUDED.grade, klass = EXCLUDED.klass,
    rated_on = EXCLUDED.rated_on, state = EXCLUDED.state, changed_at = EXCLUDED.changed_at
WHERE (ratings_ratingresult.score, ratings_ratingresult.grade, ratings_ratingresult.klass,
    ratings_ratingresult.rated_on, ratings_ratingresult.state)
    IS DISTINCT FROM (EXCLUDED.score, EXCLUDED.grade, EXCLUDED.klass, EXCLUDED.rated_on,
    EXCLUDED.state)
"""


def merge_results(cursor: CursorWrapper, *, unit_id: int) -> None:
    """Add and amend the unit's final results from a rating list (§6.1.3)."""
    cursor.execute(RESULTS, {"unit": unit_id})
