"""Every read of the figures: one query for the whole map, one more for a clause by unit."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from django.db.models import Max, QuerySet, Sum
from django.urls import reverse

from yihu.access.models import User
from yihu.access.scope import scope_of
from yihu.clauses.figures import Figure, figures
from yihu.clauses.models import Fact
from yihu.clauses.policy import may_see_figures
from yihu.clauses.rules import level, percent
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind

MONTHS = 12
TESTS = Path(__file__).parent / "data" / "tests.json"


@cache
def tests() -> Mapping[str, Sequence[str]]:
    """Which tests prove each clause: path::name, written by tools/clauses.py."""
    found: dict[str, list[str]] = json.loads(TESTS.read_text("utf-8"))
    return found


def months_until(today: date, number: int) -> list[date]:
    """First days of the last months, oldest first, the one of today among them."""
    found = [today.replace(day=1)]
    while len(found) < number:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


@dataclass(frozen=True, slots=True)
class Point:
    """A figure of one month; `height` of its bar in percent."""

    month: date
    top: Decimal
    bottom: Decimal | None
    height: int

    @property
    def share(self) -> Decimal | None:
        """In percent; None for a count and of nothing."""
        return percent(self.top, self.bottom) if self.bottom else None

    @property
    def of_whole(self) -> str:
        """1,433 / 1,520."""
        return f"{self.top:,f} / {self.bottom:,f}" if self.bottom is not None else self.number

    @property
    def number(self) -> str:
        """The numerator, or the count: 1,433."""
        return f"{self.top:,f}"

    @property
    def whole(self) -> str:
        """The denominator."""
        return f"{self.bottom:,f}" if self.bottom is not None else ""

    @property
    def rest(self) -> int:
        """What is left above the bar."""
        return 100 - self.height


@dataclass(frozen=True, slots=True)
class Live:
    """A clause's figure as it stands, and how it stood; `now` None where nothing was counted."""

    figure: Figure
    points: Sequence[Point]
    now: Point | None
    reckoned_at: datetime | None

    @property
    def level(self) -> str:
        """The shade of a share; "" for a count."""
        return level(self.now.share) if self.now and self.now.share is not None else ""

    @property
    def moved(self) -> Decimal | None:
        """Against the month before, in points or in number; None where one of both lacks."""
        if self.now is None or len(self.points) < 2:
            return None
        before = self.points[-2]
        if not self.figure.share:
            return self.now.top - before.top
        if self.now.share is None or before.share is None:
            return None
        return self.now.share - before.share

    @property
    def behind(self) -> str:
        """The address of the list behind it, "" without one."""
        if self.figure.behind is None or self.now is None:
            return ""
        name, query = self.figure.behind
        return reverse(name) + query.replace("{month}", f"{self.now.month:%Y-%m}")


def _facts(user: User, unit: int | None) -> QuerySet[Fact]:
    """The facts of whole units in scope: who reads a part of a unit's regions reads none."""
    rows: QuerySet[Fact] = Fact.objects.visible_to(user)
    if not may_see_figures(user):
        return rows.none()
    scope = scope_of(user)
    if not scope.everything:
        rows = rows.filter(unit__in=scope.own_ids & scope.whole_units)
    return rows if unit is None else rows.filter(unit=unit)


def live(user: User, today: date, *, unit: int | None = None) -> dict[str, Live]:
    """Every clause's figure and its months, in one query, summed over the units in scope."""
    months = months_until(today, MONTHS)
    rows = (
        _facts(user, unit)
        .filter(month__in=months)
        .order_by()
        .values_list("figure", "month")
        .annotate(Sum("top"), Sum("bottom"), Max("reckoned_at"))
    )
    summed: dict[str, dict[date, tuple[Decimal, Decimal | None]]] = {}
    reckoned: dict[str, datetime] = {}
    for number, month, top, bottom, at in rows:
        summed.setdefault(number, {})[month] = (top, bottom)
        reckoned[number] = max(at, reckoned.get(number, at))
    return {
        number: _live(figure, summed.get(number, {}), months, reckoned.get(number))
        for number, figure in figures().items()
    }


def _live(
    figure: Figure,
    by_month: Mapping[date, tuple[Decimal, Decimal | None]],
    months: Sequence[date],
    at: datetime | None,
) -> Live:
    most = max((top for top, _bottom in by_month.values()), default=Decimal(1)) or Decimal(1)
    points = []
    for month in months:
        top, bottom = by_month.get(month, (Decimal(0), None))
        there = month in by_month
        share = percent(top, bottom) if bottom else None
        tall = int(share) if share is not None else int(top * 100 / most)
        if there and (share is not None or not figure.share):
            points.append(Point(month, top, bottom, max(tall, 3)))
    now = points[-1] if points else None
    return Live(figure, points, now, at)


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit's figure of the month that is shown."""

    unit: OrgUnit
    point: Point

    @property
    def level(self) -> str:
        """The shade of its share."""
        return level(self.point.share) if self.point.share is not None else ""


def by_unit(user: User, figure: Figure, month: date) -> list[UnitLine]:
    """The figure of a month unit by unit, in the group's order, in one query."""
    rows = (
        _facts(user, None)
        .filter(figure=figure.number, month=month)
        .select_related("unit")
        .order_by("unit__sort", "unit")
    )
    return [UnitLine(row.unit, Point(month, row.top, row.bottom, 0)) for row in rows]


def units(user: User) -> list[tuple[int, str]]:
    """The units among whose figures the person may choose; none where there is only one."""
    scope = scope_of(user)
    if not may_see_figures(user):
        return []
    rows = OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    if not scope.everything:
        rows = rows.filter(pk__in=scope.own_ids & scope.whole_units)
    found = [(unit.pk, unit.name) for unit in rows]
    return found if len(found) > 1 else []
