"""Roles that groups of the directory give and take, within the separation of duties (§6.3.2).

A group that SCIM tells of is what SCIM says, at once; of every other one a sign-in tells. What a
sign-in gave is confirmed by the next one, and ends by itself where none comes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from yihu.access.actions import Taken, open_account
from yihu.access.entering import for_group
from yihu.access.models import RoleAssignment, User
from yihu.access.roles.queries import held_on
from yihu.access.rules import Role, side_of
from yihu.audit import actions as audit
from yihu.directory import queries
from yihu.directory.models import Mapping
from yihu.directory.rules import CONFIRMED_DAYS
from yihu.org.models import Staff
from yihu.org.rules import EmploymentStatus

Key = tuple[str, str, int | None]
"""A group in small letters, a role, a unit."""


@dataclass(frozen=True, slots=True)
class Told:
    """Which groups the person is in, and of which groups anybody told. None: of all others too."""

    groups: frozenset[str]
    by_scim: frozenset[str]
    all_told: bool

    def judges(self, group: str) -> bool:
        """Whether it is known that the person is or is not in that group."""
        return self.all_told or group.lower() in self.by_scim


def on_proven(number: str, said: Collection[str] | None, opens: bool, at: datetime) -> None:
    """At the door: what the directory said with the proof."""
    settle(number, said, opens=opens, at=at)


@for_group()
def settle(
    number: str, said: Collection[str] | None = None, *, opens: bool = False, at: datetime
) -> None:
    """Give the person of this number what their groups give, and end what they no longer give.

    Never stands in the way of a sign-in: what cannot be given is on record, and left out.
    """
    try:
        with transaction.atomic():
            _settle(number, said, opens=opens, at=at)
    except (IntegrityError, Taken):
        audit.record(None, "directory_role.refused", "access.user", data={"account": number})


def settle_all(numbers: Iterable[str], *, at: datetime) -> None:
    """The same for each of several people, as far as SCIM tells."""
    for number in sorted(set(numbers)):
        settle(number, at=at)


def _settle(number: str, said: Collection[str] | None, *, opens: bool, at: datetime) -> None:
    day = localtime(at).date()
    told = _told(number, said)
    mappings = [row for row in queries.in_force() if row.group.lower() in told.groups]
    user = User.objects.filter(username=number, is_active=True).first()
    staff = user.staff if user is not None else _only_staff(number)
    fitting = _fitting(user, staff, mappings)
    if user is None:
        if opens and staff is not None and fitting:
            _open(staff, fitting, told, at)
        return
    rows = RoleAssignment.objects.select_for_update().filter(user=user)
    held = {(row.role, row.unit_id): row for row in rows}
    _end_lost(user, held.values(), fitting, told, day)
    for mapping in fitting:
        _give(user, held.get((mapping.role, mapping.unit_id)), mapping, told, day)


def _told(number: str, said: Collection[str] | None) -> Told:
    by_scim = queries.scim_groups()
    mine = queries.scim_groups_of(number)
    others = {name.lower() for name in said or ()} - by_scim
    return Told(frozenset(mine | others), by_scim, said is not None)


def _only_staff(number: str) -> Staff | None:
    """Who is employed under the number, where that is exactly one."""
    rows = Staff.objects.filter(employee_no=number, status=EmploymentStatus.ACTIVE)
    found = list(rows.select_related("unit")[:2])
    return found[0] if len(found) == 1 else None


def _fitting(user: User | None, staff: Staff | None, wanted: list[Mapping]) -> list[Mapping]:
    """What of it the person may hold: at their own unit, and on one side only (三员分立).

    A side that the person stands on, or stood on, stays; where there is none yet and the groups
    give two, they give nothing.
    """
    if staff is None or staff.status != EmploymentStatus.ACTIVE:
        return []
    here = [row for row in wanted if row.unit_id in {None, staff.unit_id}]
    sides = set()
    if user is not None:
        roles = RoleAssignment.objects.filter(user=user).values_list("role", flat=True)
        sides = {side_of(role) for role in roles}
    sides = sides or {side_of(row.role) for row in here}
    fitting = [row for row in here if sides == {side_of(row.role)}]
    for row in here:
        if row not in fitting:
            said = _("不能兼任（三员分立）")
            _record("directory_role.refused", staff, row.role, row.unit_id, row.group, said)
    return fitting


def _open(staff: Staff, fitting: list[Mapping], told: Told, at: datetime) -> None:
    """An account for somebody employed here whom the directory proved and a group wants."""
    day = localtime(at).date()
    user = open_account(
        None,
        staff,
        username=staff.employee_no,
        name=staff.name,
        password_hash=make_password(None),
        roles=[],
        since=day,
    )
    for mapping in fitting:
        _give(user, None, mapping, told, day)


def _until(group: str, told: Told, day: date) -> date | None:
    return None if group.lower() in told.by_scim else day + timedelta(days=CONFIRMED_DAYS)


def _give(user: User, row: RoleAssignment | None, mapping: Mapping, told: Told, day: date) -> None:
    until = _until(mapping.group, told, day)
    standing = row is not None and (row.until is None or row.until >= day)
    if row is not None and standing:
        if row.directory_group and (row.directory_group, row.until) != (mapping.group, until):
            RoleAssignment.objects.filter(pk=row.pk).update(
                directory_group=mapping.group, until=until
            )
        return
    RoleAssignment.objects.update_or_create(
        user=user,
        role=mapping.role,
        unit_id=mapping.unit_id,
        defaults={"since": day, "until": until, "directory_group": mapping.group},
    )
    assert user.staff is not None
    _record("directory_role.given", user.staff, mapping.role, mapping.unit_id, mapping.group)


def _end_lost(
    user: User,
    held: Iterable[RoleAssignment],
    fitting: list[Mapping],
    told: Told,
    day: date,
) -> None:
    """End what a group gave and gives no longer, as far as anybody told of the group."""
    given = {(row.role, row.unit_id) for row in fitting}
    for row in held:
        if not row.directory_group or (row.until is not None and row.until < day):
            continue
        if (row.role, row.unit_id) in given or not told.judges(row.directory_group):
            continue
        RoleAssignment.objects.filter(pk=row.pk).update(until=day - timedelta(days=1))
        row.until = day - timedelta(days=1)
        assert user.staff is not None
        _record("directory_role.ended", user.staff, row.role, row.unit_id, row.directory_group)


@for_group()
def end_given(mapping: Mapping, *, at: datetime) -> int:
    """End at once what a mapping gave. Returns how many roles."""
    day = localtime(at).date()
    rows = held_on(day).filter(
        directory_group__iexact=mapping.group, role=mapping.role, unit=mapping.unit_id
    )
    found = list(rows.select_related("user__staff"))
    RoleAssignment.objects.filter(pk__in=[row.pk for row in found]).update(
        until=day - timedelta(days=1)
    )
    for row in found:
        assert row.user.staff is not None
        _record("directory_role.ended", row.user.staff, row.role, row.unit_id, mapping.group)
    return len(found)


def _record(
    verb: str, staff: Staff, role: str, unit_id: int | None, group: str, said: str = ""
) -> None:
    why = _("目录组 %(group)s") % {"group": group}
    audit.record(
        None,
        verb,
        staff,
        unit_id=staff.unit_id,
        data={"role": Role(role).value, "of": unit_id, "why": f"{why}：{said}" if said else why},
    )
