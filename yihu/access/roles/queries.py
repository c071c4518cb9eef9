"""The people of a unit with their roles, and the requests for roles: no customer anywhere."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from yihu.access.models import RoleAssignment, RoleRequest, User
from yihu.access.roles.policy import may_ask
from yihu.access.rules import GROUP_ROLES, UNIT_ROLES, WAITING, Asked, Role
from yihu.access.scope import Unreachable, scope_of
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import EmploymentStatus


def steward_units(user: User) -> frozenset[int]:
    """The units whose steward the person is."""
    held = scope_of(user).roles
    return frozenset(unit for role, unit in held if role == Role.STEWARD and unit is not None)


def held_on(day: date) -> QuerySet[RoleAssignment]:
    """Roles in force on that day, with their place."""
    rows = RoleAssignment.objects.filter(Q(until=None) | Q(until__gte=day), since__lte=day)
    return rows.select_related("unit").order_by("unit__sort", "role")


# People ------------------------------------------------------------------------------------------


def people(user: User, chosen: Mapping[str, Any], day: date) -> QuerySet[Staff]:
    """Whoever is employed where the person asks for roles, under the list's conditions."""
    rows = _reachable(user).filter(status=EmploymentStatus.ACTIVE)
    if words := " ".join((chosen.get("q") or "").split()):
        rows = rows.filter(Q(name__icontains=words) | Q(employee_no__istartswith=words))
    if unit := chosen.get("unit"):
        rows = rows.filter(unit=unit)
    held = held_on(day).filter(user__staff=OuterRef("pk"), user__is_active=True)
    role = chosen.get("role")
    if role == "none":
        rows = rows.filter(~Exists(held))
    elif role:
        rows = rows.filter(Exists(held.filter(role=role)))
    return _with_roles(rows, day)


def _with_roles(rows: QuerySet[Staff], day: date) -> QuerySet[Staff]:
    waiting = RoleRequest.objects.filter(state__in=WAITING).order_by("asked_at")
    return rows.select_related("unit", "account").prefetch_related(
        Prefetch("account__assignments", held_on(day), to_attr="held"),
        Prefetch("role_requests", waiting, to_attr="waiting"),
    )


def _reachable(user: User) -> QuerySet[Staff]:
    scope = scope_of(user)
    if scope.holds(Role.SUPERVISOR):
        return Staff.objects.all()
    return Staff.objects.filter(unit__in=steward_units(user))


def one_person(user: User, pk: UUID, day: date) -> Staff:
    """One of them. Raises: Unreachable (404)."""
    found = _with_roles(_reachable(user).filter(pk=pk), day).first()
    if found is None:
        raise Unreachable("org.staff", {"pk": pk})
    return found


def units(user: User) -> list[tuple[int, str]]:
    """The units whose people are listed."""
    rows = OrgUnit.objects.order_by("sort", "id")
    if not scope_of(user).holds(Role.SUPERVISOR):
        rows = rows.filter(pk__in=steward_units(user))
    return list(rows.values_list("pk", "short_name"))


def roles_to_ask(user: User, staff: Staff, held: list[RoleAssignment]) -> list[Role]:
    """What the person may ask for this one and what is neither held nor waiting."""
    taken = {row.role for row in held if row.unit_id in {None, staff.unit_id}}
    taken |= set(
        RoleRequest.objects.filter(staff=staff, state__in=WAITING).values_list("role", flat=True)
    )
    return [role for role in Role if role not in taken and may_ask(user, staff, role)]


# Requests ----------------------------------------------------------------------------------------


def requests(user: User, chosen: Mapping[str, Any] | None = None) -> QuerySet[RoleRequest]:
    """To ITC and supervisors all of them, to a steward those of the unit."""
    scope = scope_of(user)
    rows = RoleRequest.objects.all()
    if not (scope.holds(Role.SUPERVISOR) or scope.holds(Role.ITC)):
        rows = rows.filter(unit__in=steward_units(user))
    if state := (chosen or {}).get("state"):
        rows = rows.filter(state=state)
    return rows.select_related("staff", "unit", "asked_by", "agreed_by", "opened_by", "ended_by")


def waiting_for(user: User) -> QuerySet[RoleRequest]:
    """What waits for this person's hand, the oldest first."""
    scope, due = scope_of(user), Q(pk__in=[])
    if scope.holds(Role.ITC):
        due |= Q(role__in=UNIT_ROLES, state=Asked.ASKED) | Q(state=Asked.AGREED)
    if scope.holds(Role.SUPERVISOR):
        due |= Q(role__in=GROUP_ROLES, state=Asked.ASKED) & ~Q(asked_by=user)
    rows = requests(user).filter(due)
    if user.staff_id is not None:
        rows = rows.exclude(staff=user.staff_id)
    return rows.order_by("asked_at")


def one_request(user: User, pk: UUID) -> RoleRequest:
    """One of them. Raises: Unreachable (404)."""
    found = requests(user).filter(pk=pk).first()
    if found is None:
        raise Unreachable("access.rolerequest", {"pk": pk})
    return found


def history(staff: Staff) -> QuerySet[RoleRequest]:
    """Every role that was asked for the person, the latest first."""
    rows = RoleRequest.objects.filter(unit=staff.unit_id, staff=staff)
    return rows.select_related("asked_by", "agreed_by", "opened_by", "ended_by").order_by(
        "-asked_at"
    )
