"""The policy as the statements take it: every period, what events leave, the working days.

Read from the tables each time, reckoned once for what they say: a deed plans its file in a few
milliseconds, of which the calendar alone would take ten.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from yihu.duties.choices import DueRule, DutyKind, PeriodKind
from yihu.duties.rules import Line, PolicyEdition, Stricter, combined, slots, terms
from yihu.kit.calendar import WorkingDays, ledger

AHEAD = timedelta(days=180)
"""The longest that an event may leave, and every holiday in it."""
GROUP = 0
"""Whose the slots and terms are that hold for every unit without rules of its own."""
SAID = """
SELECT
    (SELECT coalesce(json_agg(json_build_array(e.effective_on, l.kind, l.klass, l.period,
        l.due_rule, l.due_days, l.clause) ORDER BY e.effective_on, l.id), '[]')::text
     FROM duties_cadenceline l JOIN duties_cadenceedition e ON e.id = l.edition_id
     WHERE e.published_at IS NOT NULL),
    (SELECT coalesce(json_agg(json_build_array(unit_id, kind, klass, period, due_days, since,
        until) ORDER BY unit_id, id), '[]')::text
     FROM duties_strictercycle
     WHERE %(units)s::int[] IS NULL OR unit_id = ANY (%(units)s::int[])),
    (SELECT coalesce(json_agg(json_build_array(day, working) ORDER BY day), '[]')::text
     FROM duties_calendarcorrection)
"""
"""All that the timetable is reckoned from, word for word, as one moment saw it."""
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

    def arrays(self, part: str) -> Arrays:
        """Those of a part by its name; none of none."""
        return getattr(self, part) if part else {}


@lru_cache(maxsize=64)
def timetable(
    lines: str, cycles: str, days_corrected: str, *, first: date, as_of: date
) -> Timetable | None:
    """What `SAID` answered, from the first day that anything is owed for until `as_of`.

    None without a policy.
    """
    published = _editions(json.loads(lines))
    if not published:
        return None
    own = _stricter(json.loads(cycles))
    corrections = frozenset(
        (date.fromisoformat(day), working) for day, working in json.loads(days_corrected)
    )
    policies = {GROUP: list(published)} | {
        unit: combined(published, rules) for unit, rules in own.items()
    }
    days = WorkingDays(dict(corrections))
    periods = [
        (of, slot)
        for of, policy in policies.items()
        for slot in slots(policy, days, first=first, as_of=as_of)
    ]

    def slots_of(kind: DutyKind) -> Arrays:
        mine = [(of, slot) for of, slot in periods if slot.kind == kind]
        return {
            "of": array(of for of, _ in mine),
            "klass": array(slot.klass for _, slot in mine),
            "start": array(slot.start for _, slot in mine),
            "end": array(slot.end for _, slot in mine),
            "due": array(slot.due_on for _, slot in mine),
        }

    left = [(of, term) for of, policy in policies.items() for term in terms(policy)]
    known = ledger(first, as_of + AHEAD, corrections)
    return Timetable(
        special=array(own),
        offtake=slots_of(DutyKind.OFFTAKE),
        review=slots_of(DutyKind.REVIEW),
        events={
            "term_of": array(of for of, _ in left),
            "term_kind": array(term.kind.value for _, term in left),
            "term_since": array(term.since for _, term in left),
            "term_until": array(term.until for _, term in left),
            "term_days": array(term.days for _, term in left),
            "calendar_from": str(known.first),
            "worked": array(known.worked),
        },
    )


def _editions(lines: Iterable[list[Any]]) -> tuple[PolicyEdition, ...]:
    found: dict[str, list[Line]] = defaultdict(list)
    for since, kind, klass, period, due_rule, due_days, clause in lines:
        line = Line(DutyKind(kind), klass, PeriodKind(period), DueRule(due_rule), due_days, clause)
        found[since].append(line)
    return tuple(PolicyEdition(date.fromisoformat(since), tuple(of)) for since, of in found.items())


def _stricter(cycles: Iterable[list[Any]]) -> dict[int, tuple[Stricter, ...]]:
    found: dict[int, tuple[Stricter, ...]] = {}
    for unit, kind, klass, period, due_days, since, until in cycles:
        ends = until and date.fromisoformat(until)
        rule = Stricter(DutyKind(kind), klass, period, due_days, date.fromisoformat(since), ends)
        found[unit] = (*found.get(unit, ()), rule)
    return found


def array(values: Iterable[object]) -> str:
    """Numbers, days, keys and codes as PostgreSQL writes an array of them."""
    return "{" + ",".join(f'"{value}"' for value in values) + "}"
