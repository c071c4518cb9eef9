"""Planning and settling what files owe: a few statements over sets, whenever and however often."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from yihu.access.entering import for_group
from yihu.audit import actions as audit
from yihu.duties.models import CadenceEdition, CadenceLine
from yihu.duties.rules import POLICY, POLICY_FROM
from yihu.duties.sources import Source
from yihu.duties.sources import sources as every_source
from yihu.duties.timetable import Timetable, timetable
from yihu.kit.sets import by_sets

SQL = Path(__file__).parent / "sql"
FEW = 20
"""Up to so many files the planner goes from row to row."""
Files = Collection[tuple[int, UUID]]
"""Unit and file of each."""
Given = Mapping[str, Any]
LOCK = """
SELECT live_from, pg_advisory_xact_lock(6021, id::int) FROM (
    SELECT id, live_from FROM org_orgunit
    WHERE live_from IS NOT NULL
      AND (%(units)s::int[] IS NULL OR id = ANY (%(units)s::int[]))
    ORDER BY id) AS u
"""


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


@dataclass(frozen=True, slots=True)
class Touched:
    """What a deed can have changed: the months of contracts, the reviews, occasions of sources.

    `sources` None: of every source there is, those that slices above hand in too.
    """

    offtake: bool = False
    review: bool = False
    sources: tuple[Source, ...] | None = ()

    @property
    def occasions(self) -> tuple[Source, ...]:
        """The sources to look at."""
        return every_source() if self.sources is None else self.sources

    @property
    def by_version(self) -> bool:
        """Whether a version can fulfil any of it."""
        return self.review or any(source.by_version for source in self.occasions)

    def apart(self) -> list[str]:
        """The sources whose duties stay as they are."""
        touched = {source.name for source in self.occasions}
        return [source.name for source in every_source() if source.name not in touched]


EVERYTHING = Touched(offtake=True, review=True, sources=None)


@transaction.atomic
@for_group()
def refresh(
    as_of: date,
    *,
    unit_id: int | None = None,
    files: Files | None = None,
    touched: Touched = EVERYTHING,
) -> Refreshed:
    """Plan, replan and settle every duty of the unit (of some files, of all units) as of the day.

    Idempotent: run twice, or after a week down, it leaves the same duties. What is done and
    what is past stays as it was judged. Two at once wait for each other, unit by unit. What a
    deed cannot have touched need not be looked at; the sweep looks at everything. It is the
    group's own work, whosever deed it follows: a customer is rated for all its files (§6.2.1c).
    """
    only = None if unit_id is None else [unit_id]
    if files is not None:
        only = sorted({of for of, _ in files})
    given = _given(as_of, only, files)
    with connection.cursor() as cursor, _joining(files):
        cursor.execute(LOCK, given)
        live = [since for since, _ in cursor.fetchall()]
        if not live or min(live) > as_of:
            return Refreshed(0, 0, 0)
        known = timetable(min(live), as_of, only)
        planned, dropped = (0, 0) if known is None else _plan(cursor, given, known, touched)
        done = 0
        if touched.offtake:
            done += _run(cursor, "settle_offtake.sql", given)
        if touched.by_version:
            done += _run(cursor, "settle_versions.sql", given)
        _run(cursor, "next_due.sql", given)
    return Refreshed(planned, dropped, done)


def _plan(
    cursor: CursorWrapper, given: Given, known: Timetable, touched: Touched
) -> tuple[int, int]:
    """How many duties were planned, and how many dropped."""
    given = {**given, "special": known.special}
    planned = dropped = 0
    if touched.offtake:
        dropped = _run(cursor, "drop_offtake.sql", given)
        planned = _run(cursor, "plan_offtake.sql", {**given, **known.offtake})
    statements: list[tuple[str, Given]] = []
    if touched.review:
        statements.append((_sql("reviews.sql"), known.review))
    if touched.occasions:
        statements.append((_events(touched.occasions), {**known.events, "apart": touched.apart()}))
    for statement, more in statements:
        cursor.execute(statement, {**given, **more})
        new, gone = cursor.fetchone()
        planned, dropped = planned + new, dropped + gone
    return planned, dropped


@transaction.atomic
def settle(as_of: date, *, unit_id: int, dossier_id: UUID | None = None) -> int:
    """What an approval fulfils, at once: it brings no duty, so that nothing is planned."""
    files = None if dossier_id is None else [(unit_id, dossier_id)]
    given = _given(as_of, [unit_id], files)
    with connection.cursor() as cursor, _joining(files):
        done = _run(cursor, "settle_versions.sql", given)
        _run(cursor, "next_due.sql", given)
    return done


def _joining(files: Files | None) -> AbstractContextManager[None]:
    """Of a few files the planner goes from row to row, of many by sets."""
    return nullcontext() if files is not None and len(files) <= FEW else by_sets()


def _given(as_of: date, units: list[int] | None, files: Files | None) -> Given:
    return {
        "units": units,
        "dossiers": None if files is None else sorted(file for _, file in files),
        "as_of": as_of,
    }


def _run(cursor: CursorWrapper, name: str, given: Given) -> int:
    cursor.execute(_sql(name), given)
    return int(cursor.rowcount)


@cache
def _sql(name: str) -> str:
    return (SQL / name).read_text("utf-8")


@cache
def _events(sources: tuple[Source, ...]) -> str:
    """The statement of event duties; a source says what happened, here it gets its name."""
    union = " UNION ALL ".join(
        f"SELECT s.*, '{source.kind.value}' AS kind, '{source.name}' AS source "
        f"FROM ({source.sql}) AS s"
        for source in sources
    )
    return _sql("events.sql").replace("{sources}", union)
