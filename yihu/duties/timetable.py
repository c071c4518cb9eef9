"""The policy as the statements take it: every period, what events leave, the working days.

Read from the tables each time, reckoned once for what they say: a deed plans its file in a few
milliseconds, of which the calendar alone would take ten.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from yihu.duties.choices import DutyKind
from yihu.duties.models import CalendarCorrection
from yihu.duties.queries import editions, stricter_by_unit
from yihu.duties.rules import PolicyEdition, Stricter, combined, slots, terms
from yihu.kit.calendar import WorkingDays, ledger

AHEAD = timedelta(days=180)
"""The longest that an event may leave, and every holiday in it."""
GROUP = 0
"""Whose the slots and terms are that hold for every unit without rules of its own."""
Own = tuple[tuple[int, tuple[Stricter, ...]], ...]
"""Units that have rules of their own, and these."""
Arrays = Mapping[str, str]
"""Parameters of a statement, each an array as PostgreSQL writes it."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """Parameters: of each cycle's periods, of what events leave, of the working days; `special`
    says which units have rules of their own.
    """

    special: str
    offtake: Arrays
    review: Arrays
    events: Arrays


def timetable(first: date, as_of: date, units: Collection[int] | None) -> Timetable | None:
    """From the first day that anything is owed for until `as_of`, for these units or all.

    None without a policy.
    """
    published = tuple(editions())
    if not published:
        return None
    own = tuple(
        (unit, tuple(rules))
        for unit, rules in sorted(stricter_by_unit().items())
        if units is None or unit in units
    )
    corrections = frozenset(CalendarCorrection.objects.values_list("day", "working"))
    return _reckoned(published, own, corrections, first, as_of)


@lru_cache(maxsize=64)
def _reckoned(
    published: tuple[PolicyEdition, ...],
    own: Own,
    corrections: frozenset[tuple[date, bool]],
    first: date,
    as_of: date,
) -> Timetable:
    policies = {GROUP: list(published)} | {unit: combined(published, rules) for unit, rules in own}
    days = WorkingDays(dict(corrections))
    periods = [
        (of, slot)
        for of, policy in policies.items()
        for slot in slots(policy, days, first=first, as_of=as_of)
    ]

    def slots_of(kind: DutyKind) -> Arrays:
        mine = [(of, slot) for of, slot in periods if slot.kind == kind]
        return {
            "of": _array(of for of, _ in mine),
            "klass": _array(slot.klass for _, slot in mine),
            "start": _array(slot.start for _, slot in mine),
            "end": _array(slot.end for _, slot in mine),
            "due": _array(slot.due_on for _, slot in mine),
        }

    left = [(of, term) for of, policy in policies.items() for term in terms(policy)]
    known = ledger(first, as_of + AHEAD, corrections)
    return Timetable(
        special=_array(unit for unit, _ in own),
        offtake=slots_of(DutyKind.OFFTAKE),
        review=slots_of(DutyKind.REVIEW),
        events={
            "term_of": _array(of for of, _ in left),
            "term_kind": _array(term.kind.value for _, term in left),
            "term_since": _array(term.since for _, term in left),
            "term_until": _array(term.until for _, term in left),
            "term_days": _array(term.days for _, term in left),
            "calendar_from": str(known.first),
            "ranks": _array(known.ranks),
            "worked": _array(known.worked),
        },
    )


def _array(values: Iterable[object]) -> str:
    """Numbers, days and codes as PostgreSQL writes an array of them."""
    return "{" + ",".join(f'"{value}"' for value in values) + "}"
