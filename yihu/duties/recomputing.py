"""Whether the duties shown are those that the stored facts give (§6.4.2, DESIGN §8.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from yihu.duties.actions import refresh

SHOWN = """
CREATE TEMPORARY TABLE duties_shown ON COMMIT DROP AS
SELECT * FROM duties_duty WHERE dropped_at IS NULL
"""
WAIVE = """
UPDATE duties_duty y SET waived_at = s.waived_at, done_at = NULL, basis = ''
FROM duties_shown s
WHERE s.waived_at IS NOT NULL AND s.unit_id = y.unit_id AND s.dossier_id = y.dossier_id
  AND s.kind = y.kind AND s.source = y.source AND s.period_start = y.period_start
  AND s.period_end = y.period_end AND s.subject_id IS NOT DISTINCT FROM y.subject_id
"""
WAIVED_THEN_CLOSED = """
INSERT INTO duties_duty SELECT s.* FROM duties_shown s
JOIN duties_closure c ON c.unit_id = s.unit_id AND c.dossier_id = s.dossier_id
    AND c.verdict = 'consented' AND c.state = 'closed'
    AND c.since <= s.due_on AND s.due_on < c.until
WHERE s.waived_at IS NOT NULL
ON CONFLICT DO NOTHING
"""
"""What was let off before its file was closed: nothing plans it anew."""
KEPT = """
CREATE TEMPORARY TABLE duties_kept ON COMMIT DROP AS
SELECT s.* FROM duties_shown s
LEFT JOIN duties_duty t ON t.unit_id = s.unit_id AND t.dossier_id = s.dossier_id
    AND t.kind = s.kind AND t.source = s.source AND t.dropped_at IS NULL
    AND coalesce(t.subject_id::text, t.period_start || ' ' || t.period_end)
        = coalesce(s.subject_id::text, s.period_start || ' ' || s.period_end)
WHERE (s.done_at IS NOT NULL OR s.waived_at IS NOT NULL OR s.source <> '' AND s.due_on < %s)
  AND (t.period_start, CASE s.kind WHEN 'offtake' THEN t.done_at END)
      IS DISTINCT FROM (s.period_start, CASE s.kind WHEN 'offtake' THEN s.done_at END)
  AND CASE s.source
    WHEN 'visit' THEN EXISTS (
        SELECT FROM visits_visit v WHERE v.unit_id = s.unit_id AND v.id = s.subject_id
            AND v.changed_at > v.entered_at)
    ELSE EXISTS (
        SELECT FROM contracts_contract c
        WHERE c.unit_id = s.unit_id AND c.changed_at > c.entered_at
          AND (c.id = s.subject_id OR s.kind = 'offtake' AND c.dossier_id = s.dossier_id))
    END
"""
"""What was judged before the day of its contract or visit was corrected: it stays so."""
REPLACED = """
DELETE FROM duties_duty t USING duties_kept k
WHERE t.unit_id = k.unit_id AND t.dossier_id = k.dossier_id
  AND (t.subject_id = k.subject_id
       OR k.source = '' AND t.source = '' AND t.kind = k.kind AND t.period_start = k.period_start)
"""
STATE = """CASE WHEN waived_at IS NOT NULL THEN 'waived' WHEN done_at IS NULL THEN 'undone'
    WHEN (done_at AT TIME ZONE 'Asia/Shanghai')::date <= due_on THEN 'on_time'
    ELSE 'late' END AS state"""
DAYS = """CASE WHEN done_at IS NOT NULL AND waived_at IS NULL
    THEN greatest((done_at AT TIME ZONE 'Asia/Shanghai')::date - due_on, 0) END AS days"""
JUDGED = f"""
WITH shown AS (
    SELECT *, date_trunc('month', due_on)::date AS month, {STATE}, {DAYS} FROM duties_shown
), told AS (
    SELECT *, date_trunc('month', due_on)::date AS month, {STATE}, {DAYS} FROM duties_duty
    WHERE dropped_at IS NULL
)"""
FIGURES = f"""{JUDGED}
SELECT u.code, c.kind, c.month, c.state, c.shown, c.told FROM (
    SELECT unit_id, kind, month, state, count(*) FILTER (WHERE again = 0) AS shown,
        count(*) FILTER (WHERE again = 1) AS told
    FROM (SELECT unit_id, kind, month, state, 0 AS again FROM shown
          UNION ALL SELECT unit_id, kind, month, state, 1 FROM told) AS every
    GROUP BY unit_id, kind, month, state
) AS c
JOIN org_orgunit u ON u.id = c.unit_id
WHERE c.shown <> c.told
ORDER BY u.code, c.month, c.kind, c.state
"""
ROWS = f"""{JUDGED}
SELECT u.code, d.number, coalesce(s.kind, t.kind), coalesce(s.period_start, t.period_start),
    s.due_on, s.state, s.days, s.klass, t.due_on, t.state, t.days, t.klass
FROM shown s
FULL JOIN told t ON t.unit_id = s.unit_id AND t.dossier_id = s.dossier_id AND t.kind = s.kind
    AND t.source = s.source AND t.period_start = s.period_start AND t.period_end = s.period_end
    AND coalesce(t.subject_id, t.dossier_id) = coalesce(s.subject_id, s.dossier_id)
JOIN org_orgunit u ON u.id = coalesce(s.unit_id, t.unit_id)
JOIN dossiers_dossier d ON d.unit_id = coalesce(s.unit_id, t.unit_id)
    AND d.id = coalesce(s.dossier_id, t.dossier_id)
WHERE (s.due_on, s.state, s.days) IS DISTINCT FROM (t.due_on, t.state, t.days)
   OR s.kind = 'review' AND s.klass <> t.klass
ORDER BY u.code, d.number, 3, 4
"""
"""Every duty of which a figure says something else than the facts: by its due date, standing, days
late, and the class of a review. What another kind was planned for stays as it was planned."""


@dataclass(frozen=True, slots=True)
class Unlike:
    """A figure that is shown and another that the facts give."""

    unit: str
    kind: str
    month: date
    state: str
    shown: int
    told: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a duty stands: due when, done or not, how many days late, for which class."""

    due_on: date | None
    state: str | None
    days: int | None
    klass: str | None


@dataclass(frozen=True, slots=True)
class Astray:
    """A duty that is shown otherwise than the facts say; None on the side that lacks it."""

    unit: str
    dossier: str
    kind: str
    period_start: date
    shown: Standing | None
    told: Standing | None


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many duties were planned anew, which figures differ, and the rows behind them.

    `kept`: how many were judged before the day of their contract or visit was corrected.
    """

    planned: int
    kept: int
    unlike: list[Unlike]
    astray: list[Astray]


def recompute(as_of: date) -> Recomputed:
    """Plan and settle every duty anew from the facts, beside what is shown.

    Changes nothing: what is planned here is rolled back. Consented waivers are facts. What was done
    or fell due stays as it was judged, also where the day of its contract or visit was corrected
    later. All that the board of timeliness shows (unit, filler, class, kind, month, standing, days)
    is a count of these rows.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SHOWN)
        cursor.execute("DELETE FROM duties_duty")
        made = refresh(as_of)
        cursor.execute(WAIVE)
        cursor.execute(WAIVED_THEN_CLOSED)
        cursor.execute(KEPT, [as_of])
        kept = cursor.rowcount
        cursor.execute(REPLACED)
        cursor.execute("INSERT INTO duties_duty SELECT * FROM duties_kept")
        cursor.execute(FIGURES)
        unlike = [Unlike(*row) for row in cursor.fetchall()]
        cursor.execute(ROWS)
        astray = [
            Astray(code, number, kind, start, _standing(rest[:4]), _standing(rest[4:]))
            for code, number, kind, start, *rest in cursor.fetchall()
        ]
        transaction.set_rollback(True)
    return Recomputed(made.planned, kept, unlike, astray)


def _standing(parts: Sequence[Any]) -> Standing | None:
    return None if parts[0] is None else Standing(*parts)
