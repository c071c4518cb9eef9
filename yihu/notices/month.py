"""A month as weeks of days, with what falls due on each."""

from calendar import Calendar as Weeks
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from yihu.kit.calendar import WorkingDays
from yihu.notices.queries import DayGroup, duties_url
from yihu.notices.words import sort_of


@dataclass(frozen=True, slots=True)
class Due:
    """One sort on one day: how it stands, and its list."""

    label: str
    group: DayGroup
    state: str
    url: str


@dataclass(slots=True)
class Day:
    """A square of the calendar. `rest`: nobody works; `odd`: against the weekday (休, 班)."""

    day: date
    inside: bool
    today: bool
    rest: bool
    odd: bool
    due: list[Due] = field(default_factory=list)


def weeks(
    month: date, today: date, groups: Iterable[DayGroup], days: WorkingDays
) -> Sequence[Sequence[Day]]:
    """The weeks of the month, Monday first."""
    by_day = defaultdict(list)
    for group in groups:
        by_day[group.due_on].append(_due(group, today))
    return [
        [_day(day, month, today, days, by_day[day]) for day in week]
        for week in Weeks().monthdatescalendar(month.year, month.month)
    ]


def _day(day: date, month: date, today: date, days: WorkingDays, due: list[Due]) -> Day:
    rest = not days.is_working(day)
    return Day(
        day=day,
        inside=day.month == month.month,
        today=day == today,
        rest=rest,
        odd=rest != (day.weekday() >= 5),
        due=due,
    )


def _due(group: DayGroup, today: date) -> Due:
    if not group.open:
        state = "done"
    elif group.due_on < today:
        state = "late"
    else:
        state = "open"
    where = {"kind": group.kind, "klass": group.klass, "month": f"{group.due_on:%Y-%m}"}
    wanted = {"state": "todo"} if group.open else {}
    return Due(sort_of(group.kind, group.klass), group, state, duties_url({**where, **wanted}))
