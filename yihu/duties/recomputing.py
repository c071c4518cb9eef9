"""Whether the duties shown are those that the stored facts give (§6.4.2, DESIGN §8.7)."""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from yihu.duties.actions import refresh

SHOWN = """
CREATE TEMPORARY TABLE duties_shown ON COMMIT DROP AS
SELECT y.* FROM duties_duty y
JOIN dossiers_dossier d ON d.unit_id = y.unit_id AND d.id = y.dossier_id AND d.state <> 'closed'
WHERE y.dropped_at IS NULL
"""
WAIVE = """
UPDATE duties_duty y SET waived_at = s.waived_at, done_at = NULL, basis = ''
FROM duties_shown s
WHERE s.waived_at IS NOT NULL AND s.unit_id = y.unit_id AND s.dossier_id = y.dossier_id
  AND s.kind = y.kind AND s.source = y.source AND s.period_start = y.period_start
  AND s.period_end = y.period_end AND s.subject_id IS NOT DISTINCT FROM y.subject_id
"""
COMPARED = """
WITH tally AS (
    SELECT unit_id, kind, date_trunc('month', due_on)::date AS month, {state}, 0 AS again
    FROM duties_shown
), told AS (
    SELECT unit_id, kind, date_trunc('month', due_on)::date AS month, {state}, 1 AS again
    FROM duties_duty WHERE dropped_at IS NULL
)
SELECT u.code, c.kind, c.month, c.state, c.shown, c.told FROM (
    SELECT unit_id, kind, month, state, count(*) FILTER (WHERE again = 0) AS shown,
        count(*) FILTER (WHERE again = 1) AS told
    FROM (SELECT * FROM tally UNION ALL SELECT * FROM told) AS every
    GROUP BY unit_id, kind, month, state
) AS c
JOIN org_orgunit u ON u.id = c.unit_id
WHERE c.shown <> c.told
ORDER BY u.code, c.month, c.kind, c.state
"""
STATE = """CASE WHEN waived_at IS NOT NULL THEN 'waived' WHEN done_at IS NULL THEN 'undone'
    WHEN (done_at AT TIME ZONE 'Asia/Shanghai')::date <= due_on THEN 'on_time'
    ELSE 'late' END AS state"""


@dataclass(frozen=True, slots=True)
class Unlike:
    """A figure that is shown and another that the facts give."""

    unit: str
    kind: str
    month: date
    state: str
    shown: int
    told: int


def recompute(as_of: date) -> tuple[int, list[Unlike]]:
    """How many duties were planned and settled anew from the facts, and which figures differ.

    Changes nothing: what is planned here is rolled back. Closed files are left out of both, since
    nothing new is planned for them; consented waivers are facts.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SHOWN)
        cursor.execute("DELETE FROM duties_duty")
        made = refresh(as_of)
        cursor.execute(WAIVE)
        cursor.execute(COMPARED.replace("{state}", STATE))
        unlike = [Unlike(*row) for row in cursor.fetchall()]
        transaction.set_rollback(True)
    return made.planned, unlike
