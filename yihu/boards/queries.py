"""Every read of the boards: sums of small tables within scope, and the files behind each sum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Min, Sum

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.boards.measures import Measure
from yihu.boards.models import FileFact, Flow, Standing, Stock, Touched
from yihu.dossiers.queries import search
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind

OF_LAST = {
    "wan_m3": "wan_m3_last", "wan_m3_before": "wan_m3_older", "tonne": "tonne_last",
    "tonne_before": "tonne_older", "amount_yuan": "amount_last", "amount_before": "amount_older",
    "paying": "paying_last", "wan_m3_rise": "wan_m3_last_rise", "tonne_rise": "tonne_last_rise",
}  # fmt: skip
"""The columns of the whole of last year, by those of this year until last month."""
COUNTS = (
    "files", "signed", "covered", "filled", "required", "on_time", "fallen", "risky", "risks",
    "late", "short", "owing", "paying",
)  # fmt: skip
SUMS = (
    "wan_m3", "wan_m3_before", "tonne", "tonne_before", "amount_yuan", "amount_before", "owed_30",
    "owed_60", "owed_90", "owed_more",
)  # fmt: skip
TOP = 8


def _within(user: User, rows: ScopedQuerySet) -> ScopedQuerySet:
    """Only whole units: who reads a part of a unit's regions reads none of its sums."""
    scope = scope_of(user)
    seen = rows.visible_to(user)
    return seen if scope.everything else seen.filter(unit__in=scope.own_ids & scope.whole_units)


def _narrowed(rows: ScopedQuerySet, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    if chosen.get("unit"):
        rows = rows.filter(unit=int(chosen["unit"]))
    for name in ("klass", "province", "gas_use", "supply"):
        if chosen.get(name):
            rows = rows.filter(**{name: "" if chosen[name] == "none" else chosen[name]})
    return rows


def past(chosen: Mapping[str, Any]) -> bool:
    """Whether last year is asked for."""
    return bool(chosen.get("year"))


def column(name: str, chosen: Mapping[str, Any]) -> str:
    """The column that holds it, of the year that is asked for."""
    return OF_LAST.get(name, name) if past(chosen) else name


def _span(chosen: Mapping[str, Any], today: date) -> tuple[date, date]:
    """From when and until before when the year's months are shown."""
    first = date(today.year, 1, 1)
    if past(chosen):
        return date(today.year - 1, 1, 1), first
    return first, today.replace(day=1)


def stock(user: User, chosen: Mapping[str, Any], *by: str) -> list[dict[str, Any]]:
    """The sums of files in scope under the filters, by dimension, in one query."""
    rows = _narrowed(_within(user, Stock.objects.all()), chosen).order_by()
    sums = {name: Sum(column(name, chosen)) for name in (*COUNTS, *SUMS)}
    found = rows.values(*by).annotate(**sums) if by else [rows.aggregate(**sums)]
    return [
        {name: 0 if name in sums and value is None else value for name, value in row.items()}
        for row in found
    ]


def months(user: User, chosen: Mapping[str, Any], today: date) -> list[dict[str, Any]]:
    """Month by month and source: volume, amount, files; the year asked for and the one before."""
    first, until = _span(chosen, today)
    rows = _narrowed(_within(user, Flow.objects.all()), chosen)
    rows = rows.filter(month__gte=first.replace(year=first.year - 1), month__lt=until).order_by()
    grouped = rows.values("month", "source")
    return list(
        grouped.annotate(volume=Sum("volume"), amount=Sum("amount_yuan"), files=Sum("files"))
    )


def bands(user: User, chosen: Mapping[str, Any], today: date) -> list[dict[str, Any]]:
    """The year's volume by source and band of price."""
    first, until = _span(chosen, today)
    rows = _narrowed(_within(user, Flow.objects.all()), chosen)
    rows = rows.filter(month__gte=first, month__lt=until)
    grouped = rows.order_by("source", "band").values("source", "band")
    return list(grouped.annotate(volume=Sum("volume")))


def movers(user: User, chosen: Mapping[str, Any], field: str, *, down: bool) -> list[FileFact]:
    """The files that rose or fell most against a year before, by volume of one unit of measure."""
    field = column(field, chosen)
    rows = _narrowed(_within(user, FileFact.objects.all()), chosen)
    rows = rows.filter(**{f"{field}__lt" if down else f"{field}__gt": 0})
    rows = rows.select_related("dossier", "unit").defer(
        "dossier__document", "dossier__search_text", "dossier__retired"
    )
    sign = "" if down else "-"
    return list(rows.order_by(f"{sign}{field}", f"{sign}id")[:TOP])


@dataclass(frozen=True, slots=True)
class Fresh:
    """Until when the figures hold; `late` where they are older than promised."""

    at: datetime | None
    late: bool


def fresh(user: User, *, at: datetime, today: date) -> Fresh:
    """Everything that was done before this moment is in the figures; None before the first run."""
    scope = scope_of(user)
    units = OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    if not scope.everything:
        units = units.filter(pk__in=scope.own_ids & scope.whole_units)
    held = {row.unit_id: row for row in Standing.objects.filter(unit__in=units)}
    if not held:
        return Fresh(None, False)
    oldest: datetime | None = Touched.objects.filter(unit__in=units).aggregate(at=Min("at"))["at"]
    stale = [row.reckoned_at for row in held.values() if row.day != today]
    until = min([at, *([oldest] if oldest else []), *stale])
    return Fresh(until, (at - until).total_seconds() > PROMISED)


PROMISED = 120
"""Seconds after which the page says that its figures lag: a minute to the job, one for the job."""


def files(user: User, measure: Measure, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    """The files behind a figure; `name` is what they sort by where the figure only counts them."""
    rows = _narrowed(_within(user, FileFact.objects.all()), chosen).filter(measure.condition)
    if chosen.get("q"):
        rows = rows.filter(dossier__in=search(user, chosen["q"]).order_by().values("pk"))
    found: ScopedQuerySet = (
        rows.annotate(name=F("dossier__pinyin"))
        .select_related("dossier", "unit")
        .defer("dossier__document", "dossier__search_text", "dossier__retired")
    )
    return found


def units(user: User) -> Sequence[tuple[str, str]]:
    """The units among whose figures the person may choose."""
    scope = scope_of(user)
    rows = OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    if not scope.everything:
        rows = rows.filter(pk__in=scope.own_ids & scope.whole_units)
    return [(str(unit.pk), unit.name) for unit in rows]


def total(rows: ScopedQuerySet, field: str) -> Decimal:
    """The sum of a measure over a list."""
    return Decimal(rows.order_by().aggregate(of=Sum(field))["of"] or 0)
