"""Which rows a person may see: one rule for lists, counts, exports and single rows."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Self, cast

from django.db import connection, models
from django.http import Http404

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.kit.scoped.base import SEAL, DatabaseWrapper

READ = """
SELECT concat_ws('|', %s, CASE WHEN everything THEN 't' ELSE 'f' END, '', '',
    array_to_string(own, ','), array_to_string(units, ','), array_to_string(whole, ','),
    array_to_string(regions, ','),
    coalesce(avoid, ''), array_to_string(roles, ','), array_to_string(opened, ','),
    array_to_string(grants, ','))
FROM scope_for(%s)
"""
PRICED, CORE = "performance", 3
"""Volumes and prices are core secrets: the section's tables open from this level on."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A grant as it stands today: which files of which unit, which sections, how sensitive."""

    unit_id: int
    level: int
    sections: frozenset[str]
    stems: tuple[str, ...]

    def reaches(self, unit_id: int, region_code: str) -> bool:
        """Whether a file of that unit and region is among them."""
        inside = not self.stems or any(region_code.startswith(stem) for stem in self.stems)
        return unit_id == self.unit_id and inside


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person's roles and grants open, as of now; the row-level policies read the same.

    `own_ids`: units in which the person holds a role, with those below; `unit_ids`: these and the
    units that opened files by a grant, `whole_units` those of them where every
    region is open; `regions`: per other unit what the codes of the open regions begin with (a
    province covers its cities, "" all of them). `avoid`: the credit code of the person's own
    unit where it is a customer of others (内部客户): what they keep on it stays closed.
    """

    everything: bool
    unit_ids: frozenset[int]
    whole_units: frozenset[int]
    regions: tuple[tuple[int, frozenset[str]], ...]
    roles: frozenset[tuple[str, int | None]]
    own_ids: frozenset[int] = frozenset()
    avoid: str = ""
    grants: tuple[Opened, ...] = ()

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
    """The scope of a person, read once per loaded account (so once per request).

    Whoever's transaction this is has it already from entering (`enter_scope`).
    """
    cached: Scope | None = user.__dict__.get("_scope")
    if cached is None:
        entered = cast(DatabaseWrapper, connection).entered[SEAL:]
        mine = entered.startswith(f"{user.pk}|") and connection.in_atomic_block
        cached = _read(entered if mine else _reckon(user))
        user.__dict__["_scope"] = cached
    return cached


def entered_as() -> int | None:
    """The account that the open transaction is of; None for nobody's and the group's."""
    person = cast(DatabaseWrapper, connection).entered[SEAL:].partition("|")[0]
    return int(person) if person else None


def _reckon(user: User) -> str:
    with connection.cursor() as cursor:
        cursor.execute(READ, [user.pk, user.pk])
        found = cursor.fetchone()
    return str(found[0]) if found else "|" * 11


def _read(said: str) -> Scope:
    """The parts of a scope as the database says them (migration 0003)."""
    _user, everything, _, _, own, units, whole, regions, avoid, roles, _, grants = said.split("|")
    opened: dict[int, set[str]] = {}
    for part in filter(None, regions.split(",")):
        unit, _colon, stem = part.partition(":")
        opened.setdefault(int(unit), set()).add(stem)
    unit_ids, whole_units = _numbers(units), _numbers(whole)
    for unit_id in unit_ids - whole_units:
        opened.setdefault(unit_id, set())
    return Scope(
        everything=everything == "t",
        unit_ids=unit_ids,
        whole_units=whole_units,
        regions=tuple((unit, frozenset(stems)) for unit, stems in sorted(opened.items())),
        roles=frozenset(
            (role, int(unit) if unit else None)
            for role, _colon, unit in (held.partition(":") for held in roles.split(",") if held)
        ),
        own_ids=_numbers(own),
        avoid=avoid,
        grants=tuple(_opened(grant) for grant in grants.split(",") if grant),
    )


def _opened(said: str) -> Opened:
    unit, level, sections, *stems = said.split("/")
    return Opened(
        unit_id=int(unit),
        level=int(level),
        sections=frozenset(sections.split("+")),
        stems=tuple(stem for stem in "+".join(stems).split("+") if stem),
    )


def _numbers(said: str) -> frozenset[int]:
    return frozenset(int(number) for number in said.split(",") if number)


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows of a unit-owned table: each has `unit`, and a region of its own or its dossier's.

    A model may say `opened_as`: the section that a grant must open for others to read its rows,
    "" for any; without it nobody reads them but those who hold a role in the unit.
    """

    def visible_to(self, user: User) -> Self:
        """Only what the person may see (§6.3.1); the base of every list, count and export."""
        scope = scope_of(user)
        if scope.everything:
            return self.all()
        units = self._units(scope)
        if not units:
            return self.none()
        if units == scope.whole_units:
            return self.filter(unit__in=units)
        path = self._region_path()
        allowed = models.Q(unit__in=scope.whole_units)
        for unit, stems in scope.regions:
            if unit not in units:
                continue
            inside = models.Q()
            if path is not None:
                inside = models.Q(pk__in=[])
                for stem in stems:
                    inside |= models.Q(**{f"{path}__startswith": stem})
                if scope.avoid:
                    code = path.replace("region_code", "credit_code")
                    inside &= ~models.Q(**{code: scope.avoid})
            allowed |= models.Q(unit=unit) & inside
        return self.filter(allowed)

    def _units(self, scope: Scope) -> frozenset[int]:
        section = getattr(self.model, "opened_as", None)
        if section is None:
            return scope.own_ids
        return scope.own_ids | {
            grant.unit_id
            for grant in scope.grants
            if not section
            or (section in grant.sections and (section != PRICED or grant.level >= CORE))
        }

    def _region_path(self) -> str | None:
        names = {field.name for field in self.model._meta.get_fields()}
        return next((path for name, path in REGION_PATHS if name in names), None)


def reach(rows: ScopedQuerySet, user: User, **lookup: Any) -> Any:
    """The one row that the lookup names, if the person may see it.

    Raises: Unreachable (404), the same for a row of another unit and for none at all.
    """
    row = rows.visible_to(user).filter(**lookup).first()
    if row is None:
        raise Unreachable(rows.model._meta.label_lower, lookup)
    return row


def reach_all(rows: ScopedQuerySet, user: User, keys: Collection[Any]) -> ScopedQuerySet:
    """All the rows that a person ticked; one that is not there for them refuses the whole.

    Raises: Unreachable (404), so that an act on many never goes on without the foreign ones.
    """
    wanted = set(keys)
    found = rows.visible_to(user).filter(pk__in=wanted)
    missing = wanted - set(found.values_list("pk", flat=True)) if wanted else wanted
    if missing:
        raise Unreachable(rows.model._meta.label_lower, {"pk": min(missing), "of": len(wanted)})
    return found
