"""The organisation's part of an import: dated personnel events (§6.3.4).

The caller has the accepted rows in the temporary table `intake_verdict` (`intake.queries`) and
runs this in its transaction, then lets what is due take effect (`apply_personnel_events`).
"""

from django.db.backends.utils import CursorWrapper

NEWCOMERS = """
INSERT INTO org_staff (unit_id, employee_no, name, post, status)
SELECT %(unit)s, employee_no, staff_name, coalesce(post, ''), 'active' FROM intake_verdict
WHERE verdict = 'new' AND staff_id IS NULL
ON CONFLICT (unit_id, employee_no) DO NOTHING
"""

EVENTS = """
INSERT INTO org_personnelevent (unit_id, staff_id, kind, effective_on)
SELECT %(unit)s, s.id, v.kind, v.effective_on
FROM intake_verdict v
JOIN org_staff s ON s.unit_id = %(unit)s AND s.employee_no = v.employee_no
WHERE v.verdict IN ('new', 'changed')
ON CONFLICT (unit_id, staff_id, kind) DO UPDATE SET
    effective_on = EXCLUDED.effective_on, applied_at = NULL
WHERE org_personnelevent.effective_on IS DISTINCT FROM EXCLUDED.effective_on
"""


def merge_personnel(cursor: CursorWrapper, *, unit_id: int) -> None:
    """Add and amend the unit's personnel events; who joins and is not there yet, comes in."""
    cursor.execute(NEWCOMERS, {"unit": unit_id})
    cursor.execute(EVENTS, {"unit": unit_id})
