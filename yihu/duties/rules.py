"""The cadence of §6.2.1 as data, and when each period's duty is due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from yihu.customers.rules import Klass
from yihu.duties.choices import DueRule, DutyKind, PeriodKind
from yihu.kit.calendar import Span, WorkingDays, spans

MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF_YEAR: 6}


@dataclass(frozen=True, slots=True)
class Line:
    """One rule of the policy; an empty class means every class."""

    kind: DutyKind
    klass: str
    period: PeriodKind
    due_rule: DueRule
    due_days: int
    clause: str


POLICY_FROM = date(2024, 1, 1)
"""RPSM-01-16-02 is of 2024."""

POLICY = (  # DESIGN.md §4; the clause gives the cycle, 及时 is a published number of days
    Line(DutyKind.OFFTAKE, "", PeriodKind.MONTH, DueRule.NTH_WORKING_DAY_AFTER, 10, "6.2.1"),
    Line(DutyKind.REVIEW, Klass.STRATEGIC, PeriodKind.MONTH, DueRule.LAST_WORKING_DAY, 0, "6.2.1"),
    Line(DutyKind.REVIEW, Klass.VIP, PeriodKind.QUARTER, DueRule.LAST_WORKING_DAY, 0, "6.2.1"),
    Line(
        DutyKind.REVIEW, Klass.INTERNAL, PeriodKind.HALF_YEAR, DueRule.LAST_WORKING_DAY, 0, "6.2.1"
    ),
    Line(
        DutyKind.REVIEW, Klass.GENERAL, PeriodKind.HALF_YEAR, DueRule.LAST_WORKING_DAY, 0, "6.2.1"
    ),
)


@dataclass(frozen=True, slots=True)
class PolicyEdition:
    """An edition of the policy: in force from its day until the next one's."""

    effective_on: date
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Slot:
    """A period that some class owes something for, and when it is due."""

    kind: DutyKind
    klass: str
    start: date
    end: date
    due_on: date


def due_on(line: Line, span: Span, days: WorkingDays) -> date:
    """When the period's duty is due by this line."""
    if line.due_rule == DueRule.LAST_WORKING_DAY:
        return days.on_or_before(span.end)
    return days.nth_after(span.end, line.due_days)


def slots(
    editions: Iterable[PolicyEdition], days: WorkingDays, *, first: date, as_of: date
) -> list[Slot]:
    """Every period from `first` through `as_of`, each by the edition in force when it began.

    A review is owed as soon as its period has begun, a month's offtake once the month is over.
    """
    ordered = sorted(editions, key=lambda edition: edition.effective_on)
    found: list[Slot] = []
    for place, edition in enumerate(ordered):
        until = ordered[place + 1].effective_on if place + 1 < len(ordered) else None
        for line in edition.lines:
            for span in spans(MONTHS[line.period], max(first, edition.effective_on), as_of):
                began = edition.effective_on <= span.start or place == 0
                in_force = began and (until is None or span.start < until)
                over = line.kind != DutyKind.OFFTAKE or span.end < as_of
                if in_force and over and span.start <= as_of:
                    found.append(
                        Slot(line.kind, line.klass, span.start, span.end, due_on(line, span, days))
                    )
    return found
