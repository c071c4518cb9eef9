"""Planning and settling what files owe: a few statements over sets, whenever and however often."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from yihu.audit import actions as audit
from yihu.duties.choices import DutyKind
from yihu.duties.models import CadenceEdition, CadenceLine, CalendarCorrection
from yihu.duties.queries import editions, stricter_by_unit
from yihu.duties.rules import POLICY, POLICY_FROM, PolicyEdition, combined, slots, terms
from yihu.duties.sources import Source
from yihu.duties.sources import sources as every_source
from yihu.kit.calendar import Ledger, WorkingDays, ledger
from yihu.org.models import OrgUnit

SQL = Path(__file__).parent / "sql"
AHEAD = timedelta(days=180)
"""The longest that an event may leave, and every holiday in it."""
GROUP = 0
"""Whose the slots and terms are that hold for every unit without rules of its own."""
Given = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many duties a refresh planned (or took up again, or moved), dropped, and found done."""

    planned: int
    dropped: int
    done: int


@transaction.atomic
def load_first_policy(by: audit.Actor | None = None) -> CadenceEdition:
    """Publish edition 1, the default of §6.2.1, unless an edition is there."""
    known = CadenceEdition.objects.order_by("number").first()
    if known is not None:
        return known
    edition = CadenceEdition.objects.create(number=1, effective_on=POLICY_FROM)
    CadenceLine.objects.bulk_create(
        CadenceLine(
            edition=edition,
            kind=line.kind,
            klass=line.klass,
            period=line.period,
            due_rule=line.due_rule,
            due_days=line.due_days,
            clause=line.clause,
        )
        for line in POLICY
    )
    edition.published_at = timezone.now()
    edition.save(update_fields=["published_at"])
    audit.record(by, "policy.published", edition, data={"number": 1})
    return edition


@transaction.atomic
def refresh(
    as_of: date,
    *,
    unit_id: int | None = None,
    dossier_id: UUID | None = None,
    sources: Sequence[Source] | None = None,
) -> Refreshed:
    """Plan, replan and settle every duty of the unit (of one file, of all units) as of the day.

    Idempotent: run twice, or after a week down, it leaves the same duties. What is done and
    what is past stays as it was judged. Two at once wait for each other, unit by unit.
    """
    units = OrgUnit.objects.filter(live_from__isnull=False)
    if unit_id is not None:
        units = units.filter(pk=unit_id)
    first = units.aggregate(first=Min("live_from"))["first"]
    if first is None or first > as_of:
        return Refreshed(0, 0, 0)
    given = _given(as_of, unit_id, dossier_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(6021, id::int) FROM ("
            "SELECT id FROM org_orgunit WHERE live_from IS NOT NULL "
            "AND (%(units)s::int[] IS NULL OR id = ANY (%(units)s::int[])) ORDER BY id) AS u",
            given,
        )

        def run(name: str, **more: Any) -> int:
            cursor.execute((SQL / name).read_text("utf-8"), {**given, **more})
            return int(cursor.rowcount)

        # Tables that were filled a moment ago have no statistics yet, and under row security the
        # planner then expects next to nothing: it would walk the whole of one table for each
        # row of another.
        if dossier_id is None:
            cursor.execute("SET LOCAL enable_nestloop = off")
        policy = _Policy(first, as_of, unit_id)
        given["special"] = policy.special
        planned = dropped = 0
        if policy.published:
            dropped = run("drop_offtake.sql")
            planned = run("plan_offtake.sql", **policy.slots_of(DutyKind.OFFTAKE))
            every = every_source() if sources is None else sources
            reviews = (SQL / "reviews.sql").read_text("utf-8")
            for statement, more in (
                (reviews, policy.slots_of(DutyKind.REVIEW)),
                (_events(every), {**policy.terms(), **policy.calendar()}),
            ):
                cursor.execute(statement, {**given, **more})
                new, gone = cursor.fetchone()
                planned, dropped = planned + new, dropped + gone
        done = run("settle_offtake.sql") + run("settle_versions.sql")
        run("next_due.sql")
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
    return Refreshed(planned, dropped, done)


@transaction.atomic
def settle(as_of: date, *, unit_id: int, dossier_id: UUID | None = None) -> int:
    """What an approval fulfils, at once: it brings no duty, so that nothing is planned."""
    given = _given(as_of, unit_id, dossier_id)
    with connection.cursor() as cursor:
        if dossier_id is None:
            cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute((SQL / "settle_versions.sql").read_text("utf-8"), given)
        done = int(cursor.rowcount)
        cursor.execute((SQL / "next_due.sql").read_text("utf-8"), given)
        if dossier_id is None:
            cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
    return done


def _given(as_of: date, unit_id: int | None, dossier_id: UUID | None) -> Given:
    return {
        "units": None if unit_id is None else [unit_id],
        "dossiers": None if dossier_id is None else [dossier_id],
        "as_of": as_of,
    }


def _events(sources: Iterable[Source]) -> str:
    """The statement of all event duties; a source says what happened, here it gets its name."""
    union = " UNION ALL ".join(
        f"SELECT s.*, '{source.kind.value}' AS kind, '{source.name}' AS source "
        f"FROM ({source.sql}) AS s"
        for source in sources
    )
    return (SQL / "events.sql").read_text("utf-8").replace("{sources}", union)


class _Policy:
    """The policy as arrays for the statements: the group's, and each unit's that has its own."""

    def __init__(self, first: date, as_of: date, unit_id: int | None) -> None:
        self.first, self.as_of = first, as_of
        self.published = editions()
        own = stricter_by_unit(unit_id)
        self.special = sorted(own)
        self._of: dict[int, list[PolicyEdition]] = {GROUP: self.published} | {
            unit: combined(self.published, rules) for unit, rules in own.items()
        }
        self._corrections = frozenset(CalendarCorrection.objects.values_list("day", "working"))
        self._days = WorkingDays(dict(self._corrections))

    def slots_of(self, kind: DutyKind) -> Given:
        """Every period of the kind, each with whose it is."""
        mine = [
            (of, slot)
            for of, policy in self._of.items()
            for slot in slots(policy, self._days, first=self.first, as_of=self.as_of)
            if slot.kind == kind
        ]
        return {
            "of": [of for of, _ in mine],
            "klass": [slot.klass for _, slot in mine],
            "start": [slot.start for _, slot in mine],
            "end": [slot.end for _, slot in mine],
            "due": [slot.due_on for _, slot in mine],
        }

    def terms(self) -> Given:
        """How many working days events leave."""
        mine = [(of, term) for of, policy in self._of.items() for term in terms(policy)]
        return {
            "term_of": [of for of, _ in mine],
            "term_kind": [term.kind.value for _, term in mine],
            "term_since": [term.since for _, term in mine],
            "term_until": [term.until for _, term in mine],
            "term_days": [term.days for _, term in mine],
        }

    def calendar(self) -> Given:
        """The working days from the first day that can be owed for."""
        known: Ledger = ledger(self.first, self.as_of + AHEAD, self._corrections)
        return {
            "calendar_from": known.first,
            "ranks": list(known.ranks),
            "worked": list(known.worked),
        }
