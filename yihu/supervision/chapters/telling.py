"""What a chapter is made of, and how its figures are said. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from yihu.boards.rules import share
from yihu.customers.rules import Klass
from yihu.supervision.charts import Chart
from yihu.supervision.rules import FOCUS, Kind, period_said

Figures = Mapping[str, Any]
DASH = "—"
Head = tuple[str, bool, float]
"""What stands over a column, whether it is of figures, its width beside the others'."""


@dataclass(frozen=True, slots=True)
class Table:
    """`total`: the last row sums up the others."""

    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[str]]
    total: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """Its title without a number, what it says, its tables and charts."""

    code: str
    title: str
    says: Sequence[str]
    tables: Sequence[Table] = ()
    charts: Sequence[Chart] = ()
    notes: Sequence[str] = field(default_factory=list)


def kind_of(figures: Figures) -> Kind:
    return Kind(figures["head"]["kind"])


def period_of(figures: Figures) -> str:
    """2026 年 10 月."""
    return period_said(kind_of(figures), date.fromisoformat(figures["head"]["period"][0]))


def units_of(figures: Figures) -> list[tuple[str, str]]:
    return [(unit["code"], unit["short"]) for unit in figures["head"]["units"]]


def of_group(figures: Figures) -> bool:
    return figures["head"]["unit"] is None


def percent(top: int, bottom: int) -> str:
    found = share(top, bottom)
    return DASH if found is None else f"{found}%"


def add_up(rows: Iterable[Mapping[str, Any]], name: str) -> int:
    return sum(row[name] for row in rows)


def scope_of(figures: Figures) -> str:
    """Of which files the report is."""
    klass = FOCUS[kind_of(figures)].klass
    return str(Klass(klass).label) if klass else _("全部客户")


def with_total(figures: Figures, rows: list[list[str]], total: Sequence[str]) -> list[list[str]]:
    """The rows, and where the report is of more than one unit their sum."""
    return [*rows, [_("合计"), *total]] if of_group(figures) else rows


def months_until(end: str, number: int) -> list[str]:
    last = int(end[:4]) * 12 + int(end[5:7]) - 1
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in range(last - number + 1, last + 1)]
