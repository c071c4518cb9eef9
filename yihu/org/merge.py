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

CANCEL = """
UPDATE org_personnelevent e SET cancelled_at = now(), cancel_reason = '再次导入时改了生效日期'
FROM intake_verdict v
JOIN org_staff s ON s.unit_id = %(unit)s AND s.employee_no = v.employee_no
WHERE v.verdict = 'changed' AND e.unit_id = s.unit_id AND e.staff_id = s.id AND e.kind = v.kind
    AND e.applied_at IS NULL AND e.cancelled_at IS NULL
"""

EVENTS = """
INSERT INTO org_personnelevent (unit_id, staff_id, kind, effective_on)
SELECT %(unit)s, s.id, v.kind, v.effective_on
FROM intake_verdict v
JOIN org_staff s ON s.unit_id = %(unit)s AND s.employee_no = v.employee_no
WHERE v.verdict IN ('new', 'changed')
ON CONFLICT DO NOTHING
"""


def merge_personnel(cursor: CursorWrapper, *, unit_id: int) -> None:
    """Add the unit's personnel events; who joins and is not there yet, comes in.

    Another date cancels what has not taken effect and adds to what has: history stays.
    """
    for statement in (NEWCOMERS, CANCEL, EVENTS):
        cursor.execute(statement, {"unit": unit_id})
