"""Planning and settling what files owe: a few statements over sets, whenever and however often."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from yihu.access.entering import for_group
from yihu.audit import actions as audit
from yihu.duties.models import CadenceEdition, CadenceLine, Closure
from yihu.duties.rules import POLICY, POLICY_FROM
from yihu.duties.sources import Source
from yihu.duties.sources import sources as every_source
from yihu.duties.timetable import SAID, array, timetable
from yihu.kit.plans import Given, Run, by_kept_plans, by_text
from yihu.kit.sets import by_sets

SQL = Path(__file__).parent / "sql"
FEW = 20
"""Up to so many files the planner goes from row to row, by a plan that is kept."""
Files = Collection[tuple[int, UUID]]
"""Unit and file of each."""
OR_ALL = re.compile(r"%\((?:units|dossiers)\)s::\w+\[\] IS NULL OR ")
"""What lets a statement run over every unit and file."""
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


class Step(NamedTuple):
    """A statement, and what the rows are that it writes; "" where it says so itself or none is.

    `takes`: the part of the timetable that it plans by.
    """

    what: str
    sql: str
    takes: str = ""


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
    """What a deed can have changed: which months contracts cover, what is in the ledger of months,
    the reviews, occasions of sources, whether the file is dormant or closed.

    `sources` None: of every source there is, those that slices above hand in too. `adds`: it only
    added, so that no month of a contract and no occasion is gone. Then nothing is looked for to be
    dropped, nor a month that is done because it wants fewer rows.
    """

    contracts: bool = False
    months: bool = False
    review: bool = False
    sources: tuple[Source, ...] | None = ()
    adds: bool = False
    rests: bool = False

    @property
    def occasions(self) -> tuple[Source, ...]:
        """The sources to look at."""
        return every_source() if self.sources is None else self.sources

    @property
    def by_month(self) -> bool:
        """Whether a row of a month, or a contract less, can fulfil any of it."""
        return self.months or (self.contracts and not self.adds)

    @property
    def by_version(self) -> bool:
        """Whether a version can fulfil any of it."""
        return self.review or any(source.by_version for source in self.occasions)

    def apart(self) -> list[str]:
        """The sources whose duties stay as they are."""
        touched = {source.name for source in self.occasions}
        return [source.name for source in every_source() if source.name not in touched]


EVERYTHING = Touched(contracts=True, months=True, review=True, sources=None, rests=True)


@transaction.atomic(savepoint=False)
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
    opening = [LOCK, SAID, *([_sql("reopen.sql")] if touched.contracts or touched.rests else ())]
    planning, settling = list(_planning(touched)), list(_settling(touched))
    with _running(files, [*opening, *(step.sql for step in (*planning, *settling))]) as run:
        units, said, *back = run([(sql, given) for sql in opening])
        live = [since for since, _ in units.rows]
        steps: list[tuple[Step, Given]] = []
        if live and min(live) <= as_of:
            known = timetable(*said.rows[0], first=min(live), as_of=as_of)
            if known is not None:  # without a policy nothing is planned
                planned_by = {**given, "special": known.special, "apart": array(touched.apart())}
                steps = [(step, {**planned_by, **known.arrays(step.takes)}) for step in planning]
            steps += [(step, given) for step in settling]
        made = _counted(run, steps) if steps else Refreshed(0, 0, 0)
    for reopened in back:
        _tell(reopened.rows)
    return made


def _tell(reopened: Iterable[tuple[Any, ...]]) -> None:
    """What rested and has a contract again; whoever hears of it looks at the file as a whole."""
    for unit_id, dossier_id, closure in reopened:
        row = Closure(pk=closure, unit_id=unit_id)
        audit.record(None, "dossier.reopened", row, dossier_id=dossier_id, data={"why": "contract"})


def _planning(touched: Touched) -> Iterator[Step]:
    """What plans, in order."""
    if touched.rests:
        yield Step("dropped", _sql("resting.sql"))
    if touched.contracts:
        if not touched.adds:
            yield Step("dropped", _sql("drop_offtake.sql"))
        yield Step("planned", _sql("plan_offtake.sql"), "offtake")
    if touched.review:
        yield Step("", _sql("reviews.sql"), "review")
    if touched.occasions:
        yield Step("", _events(touched.occasions, drop=not touched.adds), "events")


def _settling(touched: Touched) -> Iterator[Step]:
    """What finds done, in order; last, by what lists are sorted."""
    if touched.by_month:
        yield Step("done", _sql("settle_offtake.sql"))
    if touched.by_version:
        yield Step("done", _sql("settle_versions.sql"))
    yield Step("", _sql("next_due.sql"))


def _counted(run: Run, steps: Sequence[tuple[Step, Given]]) -> Refreshed:
    """Take the steps, and count the duties that they wrote or say that they did."""
    counts: Counter[str] = Counter()
    outcomes = run([(step.sql, given) for step, given in steps])
    for (step, _), outcome in zip(steps, outcomes, strict=True):
        if outcome.rows:
            planned, dropped = outcome.rows[0]
            counts.update(planned=planned, dropped=dropped)
        else:
            counts[step.what] += outcome.number
    return Refreshed(counts["planned"], counts["dropped"], counts["done"])


@transaction.atomic(savepoint=False)
def settle(as_of: date, *, unit_id: int, dossier_id: UUID | None = None) -> int:
    """What an approval fulfils, at once: it brings no duty, so that nothing is planned."""
    files = None if dossier_id is None else [(unit_id, dossier_id)]
    given = _given(as_of, [unit_id], files)
    settling = _sql("settle_versions.sql"), _sql("next_due.sql")
    with _running(files, settling) as run:
        done, _ = run([(sql, given) for sql in settling])
    return done.number


@contextmanager
def _running(files: Files | None, sqls: Iterable[str]) -> Iterator[Run]:
    """What runs these statements: of a few files the planner goes from row to row, once a
    connection; of many by sets.
    """
    if files is not None and len(files) <= FEW:
        run = by_kept_plans(_bounded(sql) for sql in sqls)
        yield lambda asked: run([(_bounded(sql), given) for sql, given in asked])
    else:
        with by_sets():
            yield by_text


def _given(as_of: date, units: list[int] | None, files: Files | None) -> Given:
    return {
        "units": None if units is None else array(units),
        "dossiers": None if files is None else array(sorted(file for _, file in files)),
        "as_of": as_of,
    }


@cache
def _bounded(sql: str) -> str:
    """The same statement for some units and files, never for all: one plan then serves them."""
    return OR_ALL.sub("", sql)


@cache
def _sql(name: str) -> str:
    return (SQL / name).read_text("utf-8")


@cache
def _events(sources: tuple[Source, ...], *, drop: bool) -> str:
    """The statement of event duties; a source says what happened, here it gets its name."""
    union = " UNION ALL ".join(
        f"SELECT s.*, '{source.kind.value}' AS kind, '{source.name}' AS source "
        f"FROM ({source.sql}) AS s"
        for source in sources
    )
    statement = _sql("events.sql").replace("{sources}", union)
    gone, dropped = (_sql("gone.sql"), "(SELECT count(*) FROM gone)") if drop else ("", "0")
    return statement.replace("{gone}", gone).replace("{dropped}", dropped)
