"""Planning and settling what files owe: a few statements over sets, whenever and however often."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from yihu.audit import actions as audit
from yihu.duties.choices import DueRule, DutyKind, PeriodKind
from yihu.duties.models import CadenceEdition, CadenceLine, CalendarCorrection
from yihu.duties.rules import POLICY, POLICY_FROM, Line, PolicyEdition, Slot, slots
from yihu.kit.calendar import WorkingDays
from yihu.org.models import OrgUnit

SQL = Path(__file__).parent / "sql"


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
    edition = CadenceEdition.objects.create(
        number=1, effective_on=POLICY_FROM, published_at=timezone.now()
    )
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
    audit.record(by, "policy.published", edition, data={"number": 1})
    return edition


@transaction.atomic
def refresh(as_of: date, *, unit_id: int | None = None) -> Refreshed:
    """Plan, replan and settle every duty of the unit (of all units) as of the day.

    Idempotent: run twice, or after a week down, it leaves the same duties. What is done and
    what is past stays as it was judged. Two at once wait for each other, unit by unit.
    """
    units = OrgUnit.objects.filter(live_from__isnull=False)
    if unit_id is not None:
        units = units.filter(pk=unit_id)
    first = units.aggregate(first=Min("live_from"))["first"]
    if first is None:
        return Refreshed(0, 0, 0)
    given: dict[str, Any] = {"units": None if unit_id is None else [unit_id], "as_of": as_of}
    planned = slots(_editions(), _working_days(), first=first, as_of=as_of)
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
        cursor.execute("SET LOCAL enable_nestloop = off")
        dropped = run("drop_review.sql") + run("drop_offtake.sql")
        new = run("plan_review.sql", **_columns(planned, DutyKind.REVIEW))
        new += run("plan_offtake.sql", **_columns(planned, DutyKind.OFFTAKE))
        done = run("settle_offtake.sql") + run("settle_review.sql")
        run("next_due.sql")
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
    return Refreshed(new, dropped, done)


def _columns(planned: Sequence[Slot], kind: DutyKind) -> dict[str, list[Any]]:
    mine = [slot for slot in planned if slot.kind == kind]
    return {
        "klass": [slot.klass for slot in mine],
        "start": [slot.start for slot in mine],
        "end": [slot.end for slot in mine],
        "due": [slot.due_on for slot in mine],
    }


def _editions() -> list[PolicyEdition]:
    published = CadenceEdition.objects.filter(published_at__isnull=False).prefetch_related("lines")
    return [
        PolicyEdition(
            edition.effective_on,
            [
                Line(
                    DutyKind(line.kind),
                    line.klass,
                    PeriodKind(line.period),
                    DueRule(line.due_rule),
                    line.due_days,
                    line.clause,
                )
                for line in edition.lines.all()
            ],
        )
        for edition in published
    ]


def _working_days() -> WorkingDays:
    return WorkingDays(dict(CalendarCorrection.objects.values_list("day", "working")))
