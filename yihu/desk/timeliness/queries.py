"""Timeliness as a board: rows by unit, filler, class or kind, columns by month of due date.

One statement counts it all. Each figure carries the conditions by which the list of duties, through
the very same query, finds what it counts (DESIGN §8.7).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import DateField, Func
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.desk.boards import KINDS, KLASSES, Tally, chosen_duties, counts, tally_of
from yihu.desk.choices import month_before
from yihu.desk.desks import Desk
from yihu.desk.queries import visible_units
from yihu.desk.timeliness.choices import SHOWN_MONTHS, By

Key = tuple[Any, ...]
KEYS: dict[By, tuple[str, ...]] = {
    By.UNIT: ("unit",),
    By.FILLER: ("unit", "dossier__filler", "dossier__filler__name"),
    By.KLASS: ("klass",),
    By.KIND: ("kind",),
}
CARRIED = ("unit", "filler", "klass", "kind")
"""Filters that board and list have in common, besides the months."""


class Month(Func):
    """The first day of a date's month; without a time zone, which Django's own would look up."""

    template = "date_trunc('month', (%(expressions)s)::timestamp)::date"
    output_field = DateField()


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its name, what is said beneath it, each month, and the whole."""

    label: str
    beneath: str
    months: Sequence[Tally]
    whole: Tally
    unit: Any = None

    @property
    def last(self) -> Tally:
        """The last of the months."""
        return self.months[-1]


@dataclass(frozen=True, slots=True)
class Board:
    """Rows by months; `whole` is all rows together."""

    months: Sequence[date]
    lines: Sequence[Line]
    whole: Line


def months_of(since: date, until: date) -> list[date]:
    """Every month from the one through the other."""
    length = (until.year - since.year) * 12 + until.month - since.month
    return [month_before(until, back) for back in range(length, -1, -1)]


def last_year(today: date) -> dict[str, Any]:
    """The picture on headquarters' wall: every unit, twelve months up to this one."""
    month = today.replace(day=1)
    return {"by": By.UNIT, "since": month_before(month, SHOWN_MONTHS - 1), "until": month}


def board(user: User, desk: Desk, chosen: Mapping[str, Any], today: date) -> Board:
    """`chosen`: what `TimelinessFilter` has checked: `by`, `since`, `until` and filters."""
    by: By = chosen["by"]
    months = months_of(chosen["since"], chosen["until"])
    units = {unit.pk: unit for unit in visible_units(user)}
    counted: dict[Key, dict[date, Mapping[str, Any]]] = defaultdict(dict)
    for row in (
        chosen_duties(user, chosen, today)
        .order_by()
        .values(*KEYS[by], due_month=Month("due_on"))
        .annotate(**counts(today))
    ):
        counted[tuple(row[name] for name in KEYS[by])][row["due_month"]] = row
    if by == By.UNIT:
        wanted = chosen.get("unit")
        for pk in [int(wanted)] if wanted else units:
            counted[(pk,)]  # a unit that owed nothing has its row too
    carried = {name: chosen.get(name) for name in CARRIED}
    span = {"since": f"{months[0]:%Y-%m}", "until": f"{months[-1]:%Y-%m}"}

    def line(key: Key | None, found: Mapping[date, Sequence[Mapping[str, Any]]]) -> Line:
        named = _named(by, key, units) if key is not None else ("", "")
        conditions = carried | (_found_by(by, key, desk) if key is not None else {})
        return Line(
            *named,
            [
                tally_of(found.get(month, ()), **conditions, month=f"{month:%Y-%m}")
                for month in months
            ],
            tally_of((row for rows in found.values() for row in rows), **conditions, **span),
            units.get(key[0]) if key is not None and by == By.UNIT else None,
        )

    order = _order(by, units)
    lines = [
        line(key, {month: [row] for month, row in counted[key].items()})
        for key in sorted(counted, key=order)
    ]
    together: dict[date, list[Mapping[str, Any]]] = defaultdict(list)
    for rows in counted.values():
        for month, row in rows.items():
            together[month].append(row)
    return Board(months, lines, line(None, together))


def _named(by: By, key: Key, units: Mapping[int, Any]) -> tuple[str, str]:
    match by:
        case By.UNIT:
            return units[key[0]].short_name, ""
        case By.FILLER:
            return key[2] or _("未指定填报人"), units[key[0]].short_name
        case By.KLASS:
            return str(KLASSES.get(key[0], _("未分类"))), ""
        case By.KIND:
            return str(KINDS[key[0]]), ""


def _found_by(by: By, key: Key, desk: Desk) -> dict[str, Any]:
    """The row's own conditions; a list that shows one unit only has no condition for it."""
    unit = {"unit": key[0]} if desk.many_units else {}
    match by:
        case By.UNIT:
            return unit
        case By.FILLER:
            return {**unit, "filler": key[1] or "none"}
        case By.KLASS:
            return {"klass": key[0] or "none"}
        case By.KIND:
            return {"kind": key[0]}


def _order(by: By, units: Iterable[int]) -> Any:
    places: dict[Any, int] = {pk: place for place, pk in enumerate(units)}
    match by:
        case By.UNIT:
            return lambda key: places[key[0]]
        case By.FILLER:  # files without one stand last in their unit
            return lambda key: (places[key[0]], key[1] is None, key[2] or "", str(key[1]))
        case By.KLASS:
            known: Sequence[str] = list(KLASSES)
        case By.KIND:
            known = list(KINDS)
    return lambda key: known.index(key[0]) if key[0] in known else len(known)
