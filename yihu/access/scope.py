"""Which rows a person may see: one rule for lists, counts, exports and single rows."""

from dataclasses import dataclass
from typing import Any, Self

from django.db import models
from django.db.models.functions import Now, TruncDate
from django.http import Http404

from yihu.access.models import RoleAssignment, User
from yihu.access.rules import EVERY_REGION, Role
from yihu.kit.clock import SHANGHAI
from yihu.org.models import UnitRegion


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person's roles open, as of now.

    `unit_ids`: units whose files the person may see, `whole_units` those of them where every
    region is open; `regions`: per other unit the region codes (a province covers its cities).
    """

    everything: bool
    unit_ids: frozenset[int]
    whole_units: frozenset[int]
    regions: tuple[tuple[int, frozenset[str]], ...]
    roles: frozenset[tuple[str, int | None]]

    def holds(self, role: Role, unit_id: int | None = None) -> bool:
        """Whether the person holds the role, at that unit where one is named."""
        if unit_id is None:
            return any(held == role for held, _ in self.roles)
        return (role.value, unit_id) in self.roles


REGION_PATHS = (
    ("region_code", "region_code"),
    ("dossier", "dossier__region_code"),
    ("contract", "contract__dossier__region_code"),
    ("draft", "draft__dossier__region_code"),
    ("original", "original__dossier__region_code"),
)
"""By the first of these fields that a table has: the way to the region of its customer."""


class Unreachable(Http404):
    """A row that is not there for this person; the door records the refusal."""

    def __init__(self, label: str, lookup: dict[str, Any]) -> None:
        super().__init__("没有找到，或您无权查看。")
        self.label = label
        self.lookup = {key: str(value) for key, value in lookup.items()}


def scope_of(user: User) -> Scope:
    """The scope of a person, read once per loaded account (so once per request)."""
    cached: Scope | None = user.__dict__.get("_scope")
    if cached is None:
        cached = _read_scope(user)
        user.__dict__["_scope"] = cached
    return cached


def _read_scope(user: User) -> Scope:
    if not user.is_active:
        return Scope(False, frozenset(), frozenset(), (), frozenset())
    today = TruncDate(Now(), tzinfo=SHANGHAI)
    found = list(  # each role with the units right under its own, in one query
        RoleAssignment.objects.filter(user=user, since__lte=today)
        .filter(models.Q(until__isnull=True) | models.Q(until__gte=today))
        .values_list("role", "unit_id", "unit__children")
    )
    held = frozenset((role, unit) for role, unit, _below in found)
    everything = any(role == Role.SUPERVISOR for role, _ in held)
    own = {unit for _, unit in held if unit is not None}
    whole = {unit for role, unit in held if unit is not None and Role(role) in EVERY_REGION}
    below = {(child, parent) for _role, parent, child in found if child is not None}
    whole |= {child for child, parent in below if parent in whole}
    own |= {child for child, _parent in below}
    partial = own - whole
    regions: dict[int, set[str]] = {unit: set() for unit in partial}
    if partial:
        for unit, code in UnitRegion.objects.filter(unit__in=partial).values_list(
            "unit_id", "region_code"
        ):
            regions[unit].add(code)
    return Scope(
        everything=everything,
        unit_ids=frozenset(own),
        whole_units=frozenset(whole),
        regions=tuple((unit, frozenset(codes)) for unit, codes in sorted(regions.items())),
        roles=held,
    )


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows of a unit-owned table: each has `unit`, and a region of its own or its dossier's."""

    def visible_to(self, user: User) -> Self:
        """Only what the person may see (§6.3.1); the base of every list, count and export."""
        scope = scope_of(user)
        if scope.everything:
            return self.all()
        if not scope.unit_ids:
            return self.none()
        if not scope.regions:
            return self.filter(unit__in=scope.unit_ids)
        path = self._region_path()
        allowed = models.Q(unit__in=scope.whole_units)
        for unit, codes in scope.regions:
            inside = models.Q()
            if path is not None:
                inside = models.Q(pk__in=[])
                for code in codes:
                    inside |= models.Q(**{f"{path}__startswith": _stem(code)})
            allowed |= models.Q(unit=unit) & inside
        return self.filter(allowed)

    def _region_path(self) -> str | None:
        names = {field.name for field in self.model._meta.get_fields()}
        return next((path for name, path in REGION_PATHS if name in names), None)


def _stem(code: str) -> str:
    """440000 → 44, 440100 → 4401: the part that the codes inside begin with."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def reach(rows: ScopedQuerySet, user: User, **lookup: Any) -> Any:
    """The one row that the lookup names, if the person may see it.

    Raises: Unreachable (404), the same for a row of another unit and for none at all.
    """
    row = rows.visible_to(user).filter(**lookup).first()
    if row is None:
        raise Unreachable(rows.model._meta.label_lower, lookup)
    return row
