"""The cadence of §6.2.1 as data, and when each period's duty is due."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from yihu.customers.rules import Klass
from yihu.duties.choices import CLAUSES, CYCLES, DueRule, DutyKind, PeriodKind
from yihu.kit.calendar import Span, WorkingDays, spans

MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF_YEAR: 6}
NEAR_DAYS = 10
"""An event due so many days around a cycle's duty of the same file is done with it (§6.2.1)."""


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


def _review(klass: Klass, period: PeriodKind) -> Line:
    return Line(DutyKind.REVIEW, klass, period, DueRule.LAST_WORKING_DAY, 0, "6.2.1")


def _event(kind: DutyKind, days: int, rule: DueRule = DueRule.AFTER_EVENT) -> Line:
    return Line(kind, "", PeriodKind.EVENT, rule, days, CLAUSES[kind])


POLICY = (  # DESIGN.md §4; the clause gives the cycle, 及时 is a published number of days
    Line(DutyKind.OFFTAKE, "", PeriodKind.MONTH, DueRule.NTH_WORKING_DAY_AFTER, 10, "6.2.1"),
    _review(Klass.STRATEGIC, PeriodKind.MONTH),
    _review(Klass.VIP, PeriodKind.QUARTER),
    _review(Klass.INTERNAL, PeriodKind.HALF_YEAR),
    _review(Klass.GENERAL, PeriodKind.HALF_YEAR),
    _event(DutyKind.NEW_CUSTOMER, 10),
    _event(DutyKind.NEW_CONTRACT, 5),
    _event(DutyKind.RATING, 5),
    _event(DutyKind.VISIT, 5),
    _event(DutyKind.BASIC_CHANGE, 5),
    _event(DutyKind.RISK, 20, DueRule.OWN_DATE),
    _event(DutyKind.GUIDE, 20, DueRule.OWN_DATE),
    _event(DutyKind.RECTIFICATION, 10, DueRule.OWN_DATE),
)


@dataclass(frozen=True, slots=True)
class PolicyEdition:
    """An edition of the policy: in force from its day until the next one's."""

    effective_on: date
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Stricter:
    """A unit's own rule for one line, from a day until another; None or "" leaves the group's."""

    kind: DutyKind
    klass: str
    period: str
    due_days: int | None
    since: date
    until: date | None = None

    def holds(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class Slot:
    """A period that some class owes something for, and when it is due."""

    kind: DutyKind
    klass: str
    start: date
    end: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Term:
    """The working days that an event of the kind leaves, happening from one day until another."""

    kind: DutyKind
    since: date
    until: date
    days: int


def is_stricter(line: Line, *, period: str, due_days: int | None) -> bool:
    """Whether the unit's rule asks for more than the group's line, and for less in nothing."""
    tighter = False
    if period:
        if line.period == PeriodKind.EVENT or period == PeriodKind.EVENT:
            return False
        months, groups = MONTHS[PeriodKind(period)], MONTHS[line.period]
        if months > groups:
            return False
        tighter = months < groups
    if due_days is not None:
        if line.due_rule == DueRule.LAST_WORKING_DAY or not 1 <= due_days <= line.due_days:
            return False
        tighter = tighter or due_days < line.due_days
    return tighter


def tightened(line: Line, own: Iterable[Stricter]) -> Line:
    """The line with the strictest of the unit's own rules for it (§4.3a)."""
    for rule in own:
        if (rule.kind, rule.klass) != (line.kind, line.klass):
            continue
        if rule.period and MONTHS[PeriodKind(rule.period)] < MONTHS[line.period]:
            line = replace(line, period=PeriodKind(rule.period))
        if rule.due_days is not None and line.due_rule != DueRule.LAST_WORKING_DAY:
            line = replace(line, due_days=min(line.due_days, rule.due_days))
    return line


def combined(editions: Iterable[PolicyEdition], own: Sequence[Stricter]) -> list[PolicyEdition]:
    """The policy of a unit: the group's editions, each line by the stricter rule of its day."""
    ordered = sorted(editions, key=lambda edition: edition.effective_on)
    if not ordered:
        return []
    days = {edition.effective_on for edition in ordered}
    days |= {rule.since for rule in own if rule.since > ordered[0].effective_on}
    days |= {rule.until for rule in own if rule.until and rule.until > ordered[0].effective_on}
    found = []
    for day in sorted(days):
        group = [edition for edition in ordered if edition.effective_on <= day][-1]
        rules = [rule for rule in own if rule.holds(day)]
        found.append(PolicyEdition(day, [tightened(line, rules) for line in group.lines]))
    return found


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
            if line.kind not in CYCLES:
                continue
            for span in spans(MONTHS[line.period], max(first, edition.effective_on), as_of):
                began = edition.effective_on <= span.start or place == 0
                in_force = began and (until is None or span.start < until)
                over = line.kind != DutyKind.OFFTAKE or span.end < as_of
                if in_force and over and span.start <= as_of:
                    found.append(
                        Slot(line.kind, line.klass, span.start, span.end, due_on(line, span, days))
                    )
    return found


def terms(editions: Iterable[PolicyEdition]) -> Iterator[Term]:
    """What events leave, by the day on which they happened; before the first edition, by it."""
    ordered = sorted(editions, key=lambda edition: edition.effective_on)
    if not ordered:
        return
    bounds = [date.min, *(edition.effective_on for edition in ordered[1:]), date.max]
    for edition, (since, until) in zip(ordered, pairwise(bounds), strict=True):
        for line in edition.lines:
            if line.kind not in CYCLES:
                yield Term(line.kind, since, until, line.due_days)


# What a change of the policy would do ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """A unit's part in a change: the files that owe it (the occasions of an event), and how many
    duties of them fall in a year, before and after.
    """

    unit_id: int
    files: int
    a_year_before: int
    a_year_after: int

    @property
    def more(self) -> int:
        """Duties a year more; negative for fewer."""
        return self.a_year_after - self.a_year_before


@dataclass(frozen=True, slots=True)
class Change:
    """A line before and after, and what it does to each unit that it concerns, the most first.

    `spared`: the files of units whose own rule is as strict before and after (§4.3a).
    """

    before: Line
    after: Line
    shares: Sequence[Share]
    spared: int

    @property
    def files(self) -> int:
        """The files, or occasions, that it concerns."""
        return sum(share.files for share in self.shares)

    @property
    def a_year_before(self) -> int:
        """Duties of those files in a year until now."""
        return sum(share.a_year_before for share in self.shares)

    @property
    def a_year_after(self) -> int:
        """Duties of those files in a year from then on."""
        return sum(share.a_year_after for share in self.shares)

    @property
    def more(self) -> int:
        """Duties a year more; negative for fewer."""
        return self.a_year_after - self.a_year_before


def changes(
    before: Iterable[Line],
    after: Iterable[Line],
    counted: Mapping[tuple[str, str], Mapping[int, int]],
    own: Mapping[int, Sequence[Stricter]],
    *,
    on: date,
) -> list[Change]:
    """The lines that differ, for each unit by the stricter of the group's and its rules of `on`.

    `counted`: of a cycle, the files of each unit that owe it; of an event, how often it happened
    there in the last twelve months; by kind and class. `own`: each unit's own rules.
    """
    known = {(line.kind, line.klass): line for line in before}
    rules = {unit: [rule for rule in found if rule.holds(on)] for unit, found in own.items()}
    found = []
    for line in after:
        old = known[line.kind, line.klass]
        if old != line:
            by_unit = counted.get((line.kind, line.klass), {})
            found.append(_change(old, line, by_unit, rules))
    return found


def _change(
    old: Line, new: Line, counted: Mapping[int, int], own: Mapping[int, Sequence[Stricter]]
) -> Change:
    shares, spared = [], 0
    for unit, files in counted.items():
        rules = own.get(unit, ())
        was, becomes = tightened(old, rules), tightened(new, rules)
        if was == becomes:
            spared += files
        else:
            shares.append(Share(unit, files, files * _a_year(was), files * _a_year(becomes)))
    shares.sort(key=lambda share: (-share.files, share.unit_id))
    return Change(old, new, shares, spared)


def _a_year(line: Line) -> int:
    return 1 if line.period == PeriodKind.EVENT else 12 // MONTHS[line.period]
