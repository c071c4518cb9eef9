"""Reads of contracts and months over many files, and what is told of files; all other lists are
their pages' own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.contracts.models import Contract, Offtake
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import search

OF_FILE = ("document", "search_text")
"""What of a file no line says."""


class Told(NamedTuple):
    """A file as a list tells it. `soonest`: the day of the soonest open duty; `risk_level`: of the
    highest remark that stands; both as far as the person may know of them. `changed`: when, in
    microseconds of the epoch."""

    pk: UUID
    number: str
    name_full: str
    credit_code: str
    klass: str
    unit_code: str
    region_code: str
    gas_uses: list[str]
    filler_name: str | None
    state: str
    opened_on: date
    soonest: date | None
    version_number: int
    risk_level: int | None
    changed: int


@dataclass(frozen=True, slots=True)
class Named:
    """`fields`: of a batch's row, which name it in its unit → columns from the `table`."""

    table: Any
    fields: Mapping[str, str]


NAMED_BY = {
    "customers": Named(Dossier, {"credit_code": "credit_code"}),
    "offtake": Named(Offtake, {"number": "contract__number", "month": "month"}),
    "contracts": Named(Contract, {"number": "number"}),
}
"""The kinds of batches whose rows may say in which state they were read."""


def told(keys: Sequence[UUID]) -> list[Told]:
    """What a list tells of these files, in their order (migration 0004)."""
    with connection.cursor() as cursor:
        listed = "{" + ",".join(map(str, keys)) + "}"  # psycopg takes longer to write a list down
        cursor.execute("SELECT * FROM interface_dossiers(%s)", [listed])
        return [Told(*row) for row in cursor.fetchall()]


def contracts(user: User, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    """The contracts in reach under the conditions that `ContractFilter` has checked."""
    rows = _narrowed(Contract.objects.visible_to(user), user, chosen, "")
    for name in ("source", "direction"):
        if chosen.get(name):
            rows = rows.filter(**{name: chosen[name]})
    if day := chosen.get("on"):
        standing = Q(terminated_on=None) | Q(terminated_on__gte=day)
        rows = rows.filter(standing, effective_on__lte=day, ends_on__gte=day)
    return rows.select_related("unit", "dossier").defer(*(f"dossier__{name}" for name in OF_FILE))


def offtake(user: User, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    """The months in reach under the conditions that `OfftakeFilter` has checked."""
    rows = _narrowed(Offtake.objects.visible_to(user), user, chosen, "contract__")
    for name, lookup in (("month", "month"), ("since", "month__gte"), ("until", "month__lte")):
        if chosen.get(name):
            rows = rows.filter(**{lookup: chosen[name]})
    return rows.select_related("unit", "contract__dossier").defer(
        *(f"contract__dossier__{name}" for name in OF_FILE)
    )


def held_states(
    kind: str, unit_id: int, names: Collection[tuple[Any, ...]]
) -> dict[tuple[Any, ...], datetime]:
    """When the rows of these names were last changed; they stay locked until the transaction ends.

    `names`: values in the order of NAMED_BY.
    """
    columns = NAMED_BY[kind].fields.values()
    values = map(set, zip(*names, strict=True))
    chosen = {f"{column}__in": of for column, of in zip(columns, values, strict=True)}
    rows = NAMED_BY[kind].table.objects.filter(unit=unit_id, **chosen)
    told = rows.order_by("pk").select_for_update(of=("self",)).values_list(*columns, "changed_at")
    return {tuple(name): at for *name, at in told}


def _narrowed(
    rows: ScopedQuerySet, user: User, chosen: Mapping[str, Any], way: str
) -> ScopedQuerySet:
    if chosen.get("q"):
        found = search(user, chosen["q"]).order_by().values("pk")
        rows = rows.filter(**{f"{way}dossier__in": found})
    if chosen.get("dossier"):
        rows = rows.filter(**{f"{way}dossier": chosen["dossier"]})
    if chosen.get("number"):
        rows = rows.filter(**{f"{way}number": chosen["number"]})
    if chosen.get("unit"):
        rows = rows.filter(unit=int(chosen["unit"]))
    return rows
