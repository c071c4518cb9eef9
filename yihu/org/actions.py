"""Planting the tree of units, employing people, and taking dated personnel events into effect."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection, transaction

from yihu.audit import actions as audit
from yihu.org.models import OrgUnit, Staff, UnitRegion
from yihu.org.rules import PersonnelEventKind, UnitKind


@dataclass(frozen=True, slots=True)
class UnitSpec:
    """A unit to plant; `parent` is the code of a unit planted before it."""

    code: str
    name: str
    short_name: str
    kind: UnitKind
    parent: str | None = None
    regions: Sequence[str] = field(default_factory=tuple)


@transaction.atomic
def plant_units(by: audit.Actor | None, specs: Sequence[UnitSpec], *, live_from: date) -> int:
    """Create the units that are not there yet; touch no other. Returns how many were new.

    `live_from`: the first month whose duties new subsidiaries owe, any day of it.
    Raises: KeyError where a parent's code is unknown.
    """
    units = {unit.code: unit for unit in OrgUnit.objects.all()}
    planted = 0
    for sort, spec in enumerate(specs):
        if spec.code in units:
            continue
        unit = OrgUnit.objects.create(
            code=spec.code,
            name=spec.name,
            short_name=spec.short_name,
            kind=spec.kind,
            parent=units[spec.parent] if spec.parent else None,
            live_from=live_from.replace(day=1) if spec.kind == UnitKind.SUBSIDIARY else None,
            sort=sort,
        )
        UnitRegion.objects.bulk_create(
            UnitRegion(unit=unit, region_code=code) for code in spec.regions
        )
        units[unit.code] = unit
        planted += 1
    if planted:
        audit.record(by, "units.planted", "org.orgunit", data={"count": planted})
    return planted


def employ(unit: OrgUnit, *, employee_no: str, name: str, post: str = "") -> tuple[Staff, bool]:
    """The unit's staff member with this number, and whether the row is new."""
    return Staff.objects.get_or_create(
        unit=unit, employee_no=employee_no, defaults={"name": name, "post": post}
    )


APPLY = """
UPDATE org_personnelevent SET applied_at = %(now)s
WHERE applied_at IS NULL AND cancelled_at IS NULL AND effective_on <= %(today)s
RETURNING unit_id, staff_id, kind, other_unit_id
"""
STAND = """
WITH last AS (  -- what was entered late does not undo what came after it
    SELECT DISTINCT ON (e.unit_id, e.staff_id) e.unit_id, e.staff_id, e.kind
    FROM org_personnelevent e
    WHERE e.staff_id = ANY (%(staff)s) AND e.applied_at IS NOT NULL AND e.cancelled_at IS NULL
        AND e.kind <> 'concurrent'
    ORDER BY e.unit_id, e.staff_id, e.effective_on DESC, e.kind = 'join', e.entered_at DESC
)
UPDATE org_staff SET status = CASE last.kind
    WHEN 'join' THEN 'active' WHEN 'transfer' THEN 'transferred'
    WHEN 'retire' THEN 'retired' ELSE 'left' END
FROM last WHERE org_staff.unit_id = last.unit_id AND org_staff.id = last.staff_id
"""
ARRIVE = """
INSERT INTO org_staff (unit_id, employee_no, name, post, status)
SELECT DISTINCT ON (e.other_unit_id, s.employee_no)
    e.other_unit_id, s.employee_no, s.name, e.other_post, 'active'
FROM org_personnelevent e
JOIN org_staff s ON s.unit_id = e.unit_id AND s.id = e.staff_id
WHERE e.applied_at = %(now)s AND e.staff_id = ANY (%(staff)s) AND e.kind = 'transfer'
    AND e.other_unit_id IS NOT NULL AND s.status = 'transferred'
ORDER BY e.other_unit_id, s.employee_no, e.effective_on DESC
ON CONFLICT (unit_id, employee_no) DO UPDATE SET status = 'active', post = EXCLUDED.post
"""


@transaction.atomic
def apply_personnel_events(by: audit.Actor | None = None, *, today: date, now: datetime) -> int:
    """Bring every dated event whose day has come into effect (§6.3.4).

    A transfer makes a row of the person at the new unit, without roles. Idempotent; returns how
    many people it touched. What ends with a post subscribes to `personnel.applied`, whose data
    hold `at`, `staff` (their keys) and `concurrent` ([key, unit whose second post ended]).
    """
    with connection.cursor() as cursor:
        cursor.execute(APPLY, {"today": today, "now": now})
        due = cursor.fetchall()
        staff = sorted({key for _unit, key, _kind, _other in due})
        if staff:
            cursor.execute(STAND, {"staff": staff})
            cursor.execute(ARRIVE, {"staff": staff, "now": now})
    if staff:
        ended = [
            [str(key), other]
            for _unit, key, kind, other in due
            if kind == PersonnelEventKind.CONCURRENT
        ]
        audit.record(
            by,
            "personnel.applied",
            "org.staff",
            data={"at": now, "staff": [str(key) for key in staff], "concurrent": ended},
        )
    return len(staff)
