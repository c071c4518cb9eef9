"""Every read of the directory: its tokens, groups and mappings, and people as SCIM sees them."""

from collections.abc import Collection
from collections.abc import Mapping as Given
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Lower

from yihu.access.entering import for_door
from yihu.access.models import RoleAssignment, User
from yihu.access.roles.queries import held_on
from yihu.access.scope import Unreachable
from yihu.directory.models import Entry, Group, Mapping, Member, ScimToken
from yihu.org.models import OrgUnit, PersonnelEvent, Staff
from yihu.org.rules import EmploymentStatus

HERE = (EmploymentStatus.ACTIVE, EmploymentStatus.EXPECTED)
"""Who is here or will be: active, as SCIM says it."""


# Tokens and mappings -----------------------------------------------------------------------------


def tokens() -> list[ScimToken]:
    """All of them, newest first, the ended among them."""
    with for_door():
        rows = ScimToken.objects.select_related("issued_by")
        return list(rows.order_by("-issued_at", "-id")[:50])


def groups() -> list[Any]:
    """The groups that SCIM told of, with `size`."""
    with for_door():
        rows = Group.objects.annotate(size=Count("members")).order_by("name")
        return list(rows[:200])


def mappings(chosen: Given[str, Any]) -> QuerySet[Mapping]:
    """What groups give, as far as the scope shows it."""
    rows = Mapping.objects.select_related("unit", "made_by", "agreed_by", "second_by", "ended_by")
    if chosen.get("state") == "waiting":
        rows = rows.filter(ended_at=None).exclude(_agreed())
    elif chosen.get("state") == "open":
        rows = rows.filter(_agreed(), ended_at=None)
    elif chosen.get("state") == "ended":
        rows = rows.exclude(ended_at=None)
    return rows


def _agreed() -> Q:
    return Q(unit__isnull=False, agreed_by__isnull=False) | Q(unit=None, second_by__isnull=False)


def mapping(pk: UUID) -> Mapping:
    """One of them. Raises: Unreachable (404)."""
    found = mappings({}).filter(pk=pk).first()
    if found is None:
        raise Unreachable("directory.mapping", {"pk": pk})
    return found


def in_force() -> QuerySet[Mapping]:
    """What gives roles now."""
    return Mapping.objects.filter(_agreed(), ended_at=None).order_by("made_at", "pk")


def holders(rows: Collection[Mapping], day: date) -> dict[tuple[str, str, int | None], int]:
    """How many people hold a role by each of these groups, by (group, role, unit)."""
    given: QuerySet[RoleAssignment] = held_on(day).filter(
        directory_group__in=[row.group for row in rows]
    )
    found = given.order_by().values_list("directory_group", "role", "unit")
    return {(group, role, unit): n for group, role, unit, n in found.annotate(n=Count("pk"))}


def units() -> list[OrgUnit]:
    """Every unit, for a form."""
    return list(OrgUnit.objects.order_by("sort", "pk"))


# Groups as SCIM tells them -----------------------------------------------------------------------


def scim_groups() -> frozenset[str]:
    """The names of all groups that SCIM tells of, in small letters."""
    return frozenset(Group.objects.values_list(Lower("name"), flat=True))


def scim_groups_of(number: str) -> frozenset[str]:
    """Those that the person of this number is in."""
    rows = Group.objects.filter(members__number=number)
    return frozenset(rows.values_list(Lower("name"), flat=True))


def touched_by(group: Group, *names: str) -> set[str]:
    """The numbers whose roles hang on the group: its members, and who holds a role by the names."""
    numbers = set(group.members.values_list("number", flat=True))
    by_name = Q()
    for name in names:
        by_name |= Q(assignments__directory_group__iexact=name)
    holding = User.objects.filter(by_name, is_active=True).values_list("username", flat=True)
    return numbers | set(holding)


# People as SCIM sees them ------------------------------------------------------------------------


def people(numbers: Collection[str] | None = None) -> QuerySet[Any]:
    """One row a number (of these), with its `external_id`, by number.

    Of several posts of a number it is the one where the person is, else the last that ended. Who
    was taken out of the directory is not there.
    """
    last = (
        PersonnelEvent.objects.filter(
            unit=OuterRef("unit"), staff=OuterRef("pk"), applied_at__isnull=False
        )
        .order_by()
        .values("staff")
        .annotate(day=Max("effective_on"))
        .values("day")
    )
    known = Staff.objects.all()
    if numbers is not None:
        known = known.filter(employee_no__in=numbers)
    current = (
        known.annotate(
            rank=Case(
                When(status=EmploymentStatus.ACTIVE, then=Value(0)),
                When(status=EmploymentStatus.EXPECTED, then=Value(1)),
                default=Value(2),
            ),
            last_on=Subquery(last),
        )
        .order_by("employee_no", "rank", "-last_on", "pk")
        .distinct("employee_no")
    )
    entry = Entry.objects.filter(number=OuterRef("employee_no"))
    return (
        Staff.objects.filter(pk__in=current.values("pk"))
        .exclude(Exists(entry.filter(removed_at__isnull=False)))
        .annotate(external_id=Subquery(entry.values("external_id")))
        .select_related("unit")
        .order_by("employee_no")
    )


def person(number: str) -> Any:
    """The row of that number, or None."""
    return people([number]).first()


def posts_here(number: str) -> list[Staff]:
    """Every post at which the person of that number is, or will be."""
    rows = Staff.objects.filter(employee_no=number, status__in=HERE)
    return list(rows.select_related("unit").order_by("unit__sort", "pk"))


def groups_of(numbers: Collection[str]) -> dict[str, list[Group]]:
    """By number, the groups that each is in."""
    found: dict[str, list[Group]] = {}
    rows = Member.objects.filter(number__in=numbers).select_related("group")
    for row in rows.order_by("group__name"):
        found.setdefault(row.number, []).append(row.group)
    return found


def names_of(numbers: Collection[str]) -> dict[str, str]:
    """By number, what the person is called; the numbers that nobody has are missing."""
    return dict(people(numbers).values_list("employee_no", "name"))


def unit_codes() -> list[str]:
    """What may stand as the organization of a person."""
    return list(OrgUnit.objects.order_by("sort", "pk").values_list("code", flat=True))


def token_of(digest: str, at: datetime) -> ScimToken | None:
    """The token with this hash, where it opens the door now."""
    with for_door():
        rows = ScimToken.objects.filter(sha256=digest, revoked_at=None, expires_at__gt=at)
        return rows.first()
