"""Every read of people, of what they hold, and of hand-overs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now, TruncDate

from yihu.access.models import RoleAssignment, User
from yihu.access.rules import Role
from yihu.access.scope import ScopedQuerySet, Unreachable, reach, scope_of
from yihu.handover.kinds import Held, Kind, kinds
from yihu.handover.models import Ending, Handover, Line, Signature
from yihu.handover.policy import WITNESSES, may_hand_over, may_stand_in, people_units
from yihu.handover.rules import OPEN, Part, State
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit, PersonnelEvent, Staff
from yihu.org.rules import EmploymentStatus

FIRST = 5
"""Rows of a kind that a person's page shows."""
GONE = (EmploymentStatus.TRANSFERRED, EmploymentStatus.RETIRED, EmploymentStatus.LEFT)


# People ------------------------------------------------------------------------------------------


def people(user: User, chosen: Mapping[str, Any]) -> QuerySet[Staff]:
    """The people whom the person keeps, under the list's conditions."""
    rows = _reachable(user).select_related("unit", "account")
    if words := " ".join((chosen.get("q") or "").split()):
        rows = rows.filter(Q(name__icontains=words) | Q(employee_no__istartswith=words))
    if status := chosen.get("status"):
        rows = rows.filter(status=status)
    if unit := chosen.get("unit"):
        rows = rows.filter(unit=unit)
    if chosen.get("ahead"):
        ahead = PersonnelEvent.objects.filter(
            unit=OuterRef("unit"), staff=OuterRef("pk"), applied_at=None, cancelled_at=None
        )
        rows = rows.filter(Exists(ahead))
    return rows


def _reachable(user: User) -> QuerySet[Staff]:
    units = people_units(user)
    return Staff.objects.all() if units is None else Staff.objects.filter(unit__in=units)


def one_person(user: User, pk: UUID) -> Staff:
    """One of them. Raises: Unreachable (404)."""
    found = _reachable(user).select_related("unit", "account").filter(pk=pk).first()
    if found is None:
        raise Unreachable("org.staff", {"pk": pk})
    return found


def units(user: User) -> list[OrgUnit]:
    """The units whose people the person keeps."""
    mine = people_units(user)
    rows = OrgUnit.objects.all()
    return list(rows if mine is None else rows.filter(pk__in=mine))


def events_of(staff: Staff) -> list[PersonnelEvent]:
    """The person's history, the latest day first; what was cancelled stands in it."""
    rows = PersonnelEvent.objects.filter(unit=staff.unit_id, staff=staff)
    return list(rows.select_related("other_unit").order_by("-effective_on", "-entered_at"))


def one_event(user: User, pk: UUID) -> PersonnelEvent:
    """An event of somebody whom the person keeps. Raises: Unreachable."""
    rows = PersonnelEvent.objects.filter(staff__in=_reachable(user))
    found = rows.select_related("staff__unit").filter(pk=pk).first()
    if found is None:
        raise Unreachable("org.personnelevent", {"pk": pk})
    return found


@dataclass(frozen=True, slots=True)
class Person:
    """A line of the list: what lies ahead, and how much the person holds (None: not to be told)."""

    staff: Staff
    ahead: PersonnelEvent | None
    held: int | None
    account: User | None


def person_lines(user: User, rows: Sequence[Staff]) -> list[Person]:
    """The lines of one page, in a fixed number of queries."""
    keys = [row.pk for row in rows]
    ahead: dict[UUID, PersonnelEvent] = {}
    for event in PersonnelEvent.objects.filter(
        staff__in=keys, applied_at=None, cancelled_at=None
    ).order_by("-effective_on"):
        ahead[event.staff_id] = event
    leaving = [row.pk for row in rows if row.status in GONE or row.pk in ahead]
    held = held_counts(leaving)
    return [
        Person(
            row,
            ahead.get(row.pk),
            held[row.pk] if row.pk in leaving and may_hand_over(user, row.unit_id) else None,
            getattr(row, "account", None),
        )
        for row in rows
    ]


# What somebody holds -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of holding of one person: how many, and the first of them."""

    kind: Kind
    count: int
    first: list[Held]


def holdings(staff: Staff) -> list[Holding]:
    """Everything that the person holds, by kind; kinds without anything are left out."""
    found = []
    for kind in kinds():
        rows = kind.rows([staff.pk])
        if count := rows.count():
            first = [kind.say(row) for row in rows.order_by("pk")[:FIRST]]
            found.append(Holding(kind, count, first))
    return found


def held_counts(staff: Collection[UUID]) -> dict[UUID, int]:
    """How much each of them holds that needs a successor; one query a kind."""
    counted: dict[UUID, int] = defaultdict(int)
    if staff:
        for kind in kinds():
            if kind.roles:
                rows = kind.rows(staff).order_by().values_list(kind.holder)
                for key, number in rows.annotate(number=Count("pk")):
                    counted[key] += number
    return counted


def leavers(user: User) -> list[tuple[Staff, int]]:
    """People who are no longer here and still hold something, the most first (§5.2, 6.3.4)."""
    rows = Staff.objects.filter(status__in=GONE).select_related("unit")
    if not scope_of(user).everything:
        mine = [unit for role, unit in scope_of(user).roles if role == Role.STEWARD]
        rows = rows.filter(unit__in=mine)
    gone = {row.pk: row for row in rows}
    counted = held_counts(list(gone))
    return sorted(
        ((gone[key], number) for key, number in counted.items() if number),
        key=lambda pair: (-pair[1], pair[0].employee_no),
    )


def orphans(user: User) -> list[tuple[Staff, list[Holding]]]:
    """Files and originals whose keeper has gone, by that keeper, for reassignment."""
    return [
        (staff, [one for one in holdings(staff) if one.kind.roles]) for staff, _ in leavers(user)
    ]


# Hand-overs --------------------------------------------------------------------------------------

PEOPLE = ("unit", "leaver", "witness", "opened_by")


def handovers(user: User) -> ScopedQuerySet:
    """Those that the person leads, or has a part in."""
    rows: ScopedQuerySet = Handover.objects.visible_to(user).select_related(*PEOPLE)
    scope = scope_of(user)
    if scope.everything:
        return rows
    led = [unit for role, unit in scope.roles if role == Role.STEWARD]
    part = Line.objects.filter(
        unit=OuterRef("unit"), handover=OuterRef("pk"), successor=user.staff_id
    )
    return rows.filter(
        Q(unit__in=led)
        | Q(leaver=user.staff_id)
        | Q(witness=user.staff_id)
        | Q(state__in=[State.FROZEN, State.DONE]) & Exists(part)
    )


def one(user: User, pk: UUID) -> Handover:
    """A hand-over that the person leads or has a part in. Raises: Unreachable."""
    found: Handover = reach(handovers(user), user, pk=pk)
    return found


def open_of(staff: Staff) -> Handover | None:
    """The hand-over of the person that is under way."""
    found: Handover | None = Handover.objects.filter(
        unit=staff.unit_id, leaver=staff, state__in=OPEN
    ).first()
    return found


def done_of(staff: Staff) -> list[Handover]:
    """The finished hand-overs of the person, the first first."""
    rows = Handover.objects.filter(unit=staff.unit_id, leaver=staff, state=State.DONE)
    return list(rows.select_related(*PEOPLE).order_by("done_at"))


def lines_of(handover: Handover) -> list[Line]:
    """The list in its order: kinds as registered, then by title."""
    order = {kind.code: place for place, kind in enumerate(kinds())}
    rows = Line.objects.filter(unit=handover.unit_id, handover=handover)
    return sorted(
        rows.select_related("successor"),
        key=lambda line: (order.get(line.kind, 99), line.title, line.pk),
    )


def signatures_of(handover: Handover) -> list[Signature]:
    """Who has confirmed, in the order of time."""
    rows = Signature.objects.filter(unit=handover.unit_id, handover=handover)
    return list(rows.select_related("staff", "by").order_by("at", "pk"))


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who must confirm, and the confirmation once it is there."""

    part: Part
    staff: Staff
    signed: Signature | None


def signers_of(handover: Handover) -> list[Signer]:
    """Leaver, successors, witness."""
    signed = {(row.part, row.staff_id): row for row in signatures_of(handover)}
    heirs = {line.successor for line in lines_of(handover) if line.successor is not None}
    wanted = [(Part.LEAVER, handover.leaver)]
    wanted += [(Part.SUCCESSOR, row) for row in sorted(heirs, key=lambda row: row.employee_no)]
    if handover.witness is not None:
        wanted.append((Part.WITNESS, handover.witness))
    return [Signer(part, row, signed.get((part.value, row.pk))) for part, row in wanted]


def part_of(user: User, handover: Handover) -> Signer | None:
    """The confirmation that this person may give now; None where there is none."""
    if handover.state != State.FROZEN:
        return None
    signers = signers_of(handover)
    open_ones = [one for one in signers if one.signed is None]
    for signer in open_ones:
        if signer.staff.pk == user.staff_id:
            return signer
    if may_stand_in(user) and handover.leaver.status in GONE:
        if any(one.staff.pk == user.staff_id for one in signers):
            return None
        return next((one for one in open_ones if one.part == Part.LEAVER), None)
    return None


def to_sign(user: User) -> list[Handover]:
    """Frozen hand-overs that wait for this person."""
    if user.staff_id is None:
        return []
    rows = handovers(user).filter(state=State.FROZEN)
    return [row for row in rows.order_by("frozen_at")[:20] if part_of(user, row) is not None]


def _active(unit_id: int | None, roles: Iterable[Role]) -> QuerySet[User]:
    """Active accounts that hold one of the roles today (at the unit, or for the group)."""
    today = TruncDate(Now(), tzinfo=SHANGHAI)
    held = (
        RoleAssignment.objects.filter(user=OuterRef("pk"), role__in=list(roles), since__lte=today)
        .filter(Q(until=None) | Q(until__gte=today))
        .filter(Q(unit=unit_id) | Q(unit=None))
    )
    return User.objects.filter(Exists(held), is_active=True, staff__status=EmploymentStatus.ACTIVE)


def successors(unit_id: int, roles: Iterable[Role], *, but: UUID | None = None) -> list[Staff]:
    """Active people of the unit with one of the roles there; the leaver never."""
    rows = _active(unit_id, roles).filter(staff__unit=unit_id).exclude(staff=but)
    return [row.staff for row in rows.order_by("username") if row.staff is not None]


def witnesses(handover: Handover) -> list[Staff]:
    """Who may witness: sees the whole unit, is neither the leaver nor a successor."""
    heirs = {line.successor_id for line in lines_of(handover)}
    rows = _active(handover.unit_id, WITNESSES).exclude(staff=handover.leaver_id)
    rows = rows.filter(Q(staff__unit=handover.unit_id) | Q(assignments__role=Role.SUPERVISOR))
    found = rows.distinct().order_by("username")
    return [row.staff for row in found if row.staff is not None and row.staff_id not in heirs]


def endings_of(staff: Staff) -> list[Ending]:
    """What ended with the person's post."""
    return list(Ending.objects.filter(unit=staff.unit_id, staff=staff).order_by("pk"))


# What the personnel events are checked against ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the people that rows speak of.

    `units`: by code, name and short name. `staff`: by (unit, employee number). `known`: events
    that stand, as (staff, kind, day, other unit). `ahead`: those not yet in effect, without day.
    """

    units: Mapping[str, OrgUnit]
    staff: Mapping[tuple[int, str], Staff]
    known: Collection[tuple[UUID, str, date, int | None]]
    ahead: Mapping[tuple[UUID, str, int | None], date]


def facts(numbers: Collection[str]) -> Facts:
    """What is known of the people with these numbers."""
    by_name: dict[str, OrgUnit] = {}
    for unit in OrgUnit.objects.all():
        by_name |= {unit.code: unit, unit.name: unit, unit.short_name: unit}
    staff = {
        (row.unit_id, row.employee_no): row for row in Staff.objects.filter(employee_no__in=numbers)
    }
    events = PersonnelEvent.objects.filter(
        staff__in=[row.pk for row in staff.values()], cancelled_at=None
    )
    found = list(events.values_list("staff", "kind", "effective_on", "other_unit", "applied_at"))
    return Facts(
        by_name,
        staff,
        {(key, kind, day, other) for key, kind, day, other, _applied in found},
        {(key, kind, other): day for key, kind, day, other, applied in found if applied is None},
    )


def every_unit() -> list[OrgUnit]:
    """All units, as places that a transfer may lead to."""
    return list(OrgUnit.objects.all())
