"""Periods and states as the lists offer them."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PERIOD = re.compile(r"(20\d\d)-(?:(0[1-9]|1[0-2])|Q([1-4])|H([12]))")


class DutyState(models.TextChoices):
    """Where a duty stands. `todo` is open or overdue, `done` is on time or late; `due` is all that
    was not waived, `fallen` the denominator of timeliness: done, or past its date.
    """

    TODO = "todo", gettext_lazy("未完成")
    OVERDUE = "overdue", gettext_lazy("逾期未办")
    OPEN = "open", gettext_lazy("未到期")
    DONE = "done", gettext_lazy("已完成")
    ON_TIME = "on_time", gettext_lazy("按时完成")
    LATE = "late", gettext_lazy("迟办")
    WAIVED = "waived", gettext_lazy("已豁免")
    DUE = "due", gettext_lazy("应办（不含豁免）")
    FALLEN = "fallen", gettext_lazy("已完成或逾期")

    @property
    def short(self) -> str:
        """The word that fits into a cell."""
        return str(SHORT.get(self, self.label))


SHORT = {
    DutyState.OVERDUE: gettext_lazy("逾期"),
    DutyState.LATE: gettext_lazy("迟办"),
    DutyState.OPEN: gettext_lazy("未到期"),
    DutyState.ON_TIME: gettext_lazy("按时"),
    DutyState.WAIVED: gettext_lazy("豁免"),
}


class Lateness(models.TextChoices):
    """By how many days something was done late."""

    FEW = "few", gettext_lazy("迟 1–3 天")
    SOME = "some", gettext_lazy("迟 4–10 天")
    MANY = "many", gettext_lazy("迟 10 天以上")


FIRST_LATE_DAY = {Lateness.FEW: 1, Lateness.SOME: 4, Lateness.MANY: 11}


@dataclass(frozen=True, slots=True)
class Period:
    """A month, quarter or half-year; addresses carry its code: 2026-10, 2026-Q4, 2026-H2."""

    code: str
    start: date
    end: date

    @property
    def label(self) -> str:
        """2026年10月, 2026年第4季度, 2026年下半年."""
        year, part = self.code.split("-")
        if part.startswith("Q"):
            return _("%(year)s年第%(quarter)s季度") % {"year": year, "quarter": part[1]}
        if part.startswith("H"):
            half = _("%(year)s年上半年") if part == "H1" else _("%(year)s年下半年")
            return half % {"year": year}
        return _("%(year)s年%(month)s月") % {"year": year, "month": int(part)}


def period_of(code: str) -> Period | None:
    """The period that a code names; None for what is no code."""
    found = PERIOD.fullmatch(code)
    if found is None:
        return None
    year = int(found[1])
    if found[2]:
        first, months = int(found[2]), 1
    elif found[3]:
        first, months = int(found[3]) * 3 - 2, 3
    else:
        first, months = int(found[4]) * 6 - 5, 6
    last = first + months - 1
    return Period(code, date(year, first, 1), date(year, last, monthrange(year, last)[1]))


def period_code(start: date, end: date) -> str:
    """The code of a duty's period."""
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    if months == 3:
        return f"{start.year}-Q{(start.month + 2) // 3}"
    if months == 6:
        return f"{start.year}-H{1 if start.month == 1 else 2}"
    return f"{start:%Y-%m}"


def period_label(start: date, end: date) -> str:
    """A duty's period in words; the day of an event; days where it is none of the three kinds."""
    if start == end:
        return _("%(on)s发生") % {"on": f"{start} "}
    period = period_of(period_code(start, end))
    if period is None or (period.start, period.end) != (start, end):
        return f"{start} – {end}"
    return period.label


def month_before(month: date, count: int = 1) -> date:
    """The first day of the month so many months earlier."""
    index = month.year * 12 + month.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def month_end(month: date) -> date:
    """The last day of the month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def months(today: date, chosen: str = "") -> list[str]:
    """The codes of next month and the thirteen before it, and the chosen one."""
    month = today.replace(day=1)
    codes = [f"{month_before(month, back):%Y-%m}" for back in range(-1, 13)]
    return codes if not chosen or chosen in codes else [*codes, chosen]


def periods(today: date, chosen: str = "") -> list[tuple[str, str]]:
    """The last thirteen months, five quarters and three half-years, and the chosen one."""
    month = today.replace(day=1)
    codes = []
    for back in range(13):
        start = month_before(month, back)
        for length in (6, 3):
            if back == 0 or start.month % length == 0:
                first = date(start.year, (start.month - 1) // length * length + 1, 1)
                codes.append(period_code(first, month_end(month_before(first, 1 - length))))
        codes.append(f"{start:%Y-%m}")
    found = [period for code in dict.fromkeys(codes) if (period := period_of(code)) is not None]
    extra = period_of(chosen)
    if extra is not None and extra not in found:
        found.append(extra)
    return [(period.code, period.label) for period in found]


def days_left(due_on: date, today: date) -> int:
    """Days until the due date, negative once it has passed."""
    return (due_on - today).days


SOON = 5
"""Days before the due date from which a duty is marked as urgent."""


@dataclass(frozen=True, slots=True)
class Due:
    """A due date as seen from today."""

    on: date
    today: date

    @property
    def days(self) -> int:
        """Days left, negative once it has passed."""
        return days_left(self.on, self.today)

    @property
    def late_days(self) -> int:
        """Days since it passed; 0 while it has not."""
        return max(-self.days, 0)

    @property
    def soon(self) -> bool:
        """Whether the day is near."""
        return 0 <= self.days <= SOON
