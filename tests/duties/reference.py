"""What one file owes, read aloud from §6.2.1 and DESIGN §4: slow and plain, the planner's judge."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate

from yihu.duties.choices import CYCLES, DueRule
from yihu.duties.rules import MONTHS, Line, PolicyEdition, Stricter, tightened
from yihu.kit.calendar import WorkingDays, span_of
from yihu.kit.clock import SHANGHAI

Owed = tuple[str, date, date, date, datetime | None]
"""Kind, first and last day, due day, done."""


@dataclass
class History:
    """Facts with the moment at which each came to be known; days are those of Shanghai."""

    live: date
    came: date
    classes: list[tuple[date, str]] = field(default_factory=list)
    contracts: list[tuple[datetime, date, date, date]] = field(default_factory=list)
    """Entered, signed, effective, ends."""
    months: list[tuple[int, date, datetime]] = field(default_factory=list)
    """Which contract, month, entered."""
    versions: list[datetime] = field(default_factory=list)
    ratings: list[datetime] = field(default_factory=list)
    changes: list[datetime] = field(default_factory=list)
    visits: list[tuple[date, datetime | None]] = field(default_factory=list)
    """Held on, written up."""
    promises: list[list[tuple[datetime, date, datetime | None]]] = field(default_factory=list)
    """Of each: made or opened again, due by, came to a result."""
    closed: list[tuple[date, datetime, date]] = field(default_factory=list)
    """From which day, decided when, until before which."""


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def day_of(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def owed(
    told: History, policy: list[PolicyEdition], own: list[Stricter], days: WorkingDays, as_of: date
) -> list[Owed]:
    """Every duty of the file as of the day."""

    def lines(on: date) -> list[Line]:
        group = [e for e in policy if e.effective_on <= on] or policy[:1]
        return [tightened(line, [r for r in own if r.holds(on)]) for line in group[-1].lines]

    def first_version(since: datetime) -> datetime | None:
        return min((v for v in told.versions if v >= since), default=None)

    def rests(due: date, since: datetime) -> bool:  # no update is owed while the file is closed
        return any(
            on <= due < until and not any(since <= v < decided for v in told.versions)
            for on, decided, until in told.closed
        )

    def left(kind: str, on: date) -> date:
        (most,) = [line.due_days for line in lines(on) if line.kind == kind]
        return list(accumulate([on, *[1] * most], lambda d, n: days.nth_after(d, n)))[-1]

    found: list[Owed] = []
    day = told.live
    while day <= as_of:  # the cycles: each period on the day it begins, by the rules of that day
        for line in lines(day):
            if line.kind not in CYCLES:
                continue
            span = span_of(MONTHS[line.period], day)
            if day != max(span.start, told.live) or line not in lines(span.start):
                continue
            if line.due_rule == DueRule.LAST_WORKING_DAY:
                done = first_version(midnight(span.start))
                due = days.on_or_before(span.end)
                judged = min([span.end, due, *([day_of(done)] if done else [])])
                by_then = [k for on, k in told.classes if on <= min(judged, as_of)]
                klass = by_then[-1] if by_then else "general"
                here = min(span.end, due) >= told.came and not rests(due, midnight(span.start))
                if klass == line.klass and here:
                    found.append(("review", span.start, span.end, due, done))
            elif span.end < as_of:
                mine = [
                    (entered, min((at for c, month, at in told.months
                                   if (c, month) == (place, span.start)), default=None))
                    for place, (entered, _s, since, until) in enumerate(told.contracts)
                    if since <= span.end and until >= span.start
                ]  # fmt: skip
                rows = sorted(at for _, at in mine if at)
                full = [t for t in rows if all(at and at <= t for known, at in mine if known <= t)]
                due = days.nth_after(span.end, line.due_days)
                if mine:
                    found.append(("offtake", span.start, span.end, due, min(full, default=None)))
        day += timedelta(days=1)
    happened = [
        ("new_contract", signed, max(entered, midnight(signed)))
        if any(v < midnight(signed) for v in told.versions)
        else ("new_customer", signed, midnight(signed))
        for entered, signed, _since, _until in told.contracts
    ]
    happened += [("rating", day_of(at), at) for at in told.ratings]
    happened += [("basic_change", day_of(at), at) for at in told.changes]
    runs = [run for promise in told.promises for run in promise]
    happened += [("visit", day_of(done), done) for _began, _due, done in runs if done]
    for kind, on, since in happened:
        if told.live <= on <= as_of:
            due = left(kind, on)
            if kind.startswith("new_") or not rests(due, since):
                found.append((kind, on, on, due, first_version(since)))
    asked = [(held, left("visit", held), done) for held, done in told.visits if held >= told.live]
    asked += [(day_of(began), due, done) for began, due, done in runs]
    return found + [("visit", on, on, due, done) for on, due, done in asked if on >= told.live]
