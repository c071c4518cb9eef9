"""Planting the tree of units, employing people, and taking dated personnel events into effect."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection, transaction

from yihu.audit import actions as audit
from yihu.org.models import OrgUnit, Staff, UnitRegion
from yihu.org.rules import UnitKind


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
WITH due AS (
    UPDATE org_personnelevent SET applied_at = %(now)s
    WHERE applied_at IS NULL AND effective_on <= %(today)s
    RETURNING unit_id, staff_id, kind, effective_on
), last AS (
    SELECT DISTINCT ON (unit_id, staff_id) unit_id, staff_id, kind FROM due
    ORDER BY unit_id, staff_id, effective_on DESC
)
UPDATE org_staff SET status = CASE last.kind
    WHEN 'join' THEN 'active' WHEN 'transfer' THEN 'transferred'
    WHEN 'retire' THEN 'retired' ELSE 'left' END
FROM last WHERE org_staff.unit_id = last.unit_id AND org_staff.id = last.staff_id
RETURNING org_staff.id
"""


@transaction.atomic
def apply_personnel_events(*, today: date, now: datetime) -> int:
    """Bring every dated event whose day has come into effect (§6.3.4), in one statement.

    Idempotent; returns how many people it touched. Ending their accounts subscribes to
    `personnel.applied`.
    """
    with connection.cursor() as cursor:
        cursor.execute(APPLY, {"today": today, "now": now})
        staff_ids = [str(row[0]) for row in cursor.fetchall()]
    if staff_ids:
        audit.record(None, "personnel.applied", "org.staff", data={"staff": staff_ids})
    return len(staff_ids)
