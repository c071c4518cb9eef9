"""Whatever happens and whenever the planner runs: the same duties as the rule read aloud."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import plant
from tests.duties.closed import closed, reopened
from tests.duties.reference import History, Owed, owed
from yihu.customers.rules import Klass
from yihu.dossiers.models import ClassChange, Dossier, FileVersion
from yihu.duties.actions import EVERYTHING, Refreshed, Touched, load_first_policy, refresh, settle
from yihu.duties.choices import DutyKind, PeriodKind
from yihu.duties.hearing import APPROVALS, TOUCHES, by_list
from yihu.duties.models import (
    CadenceEdition,
    CalendarCorrection,
    Closure,
    Duty,
    Occasion,
    StricterCycle,
)
from yihu.duties.queries import editions, stricter_by_unit
from yihu.guide.actions import load_first_edition
from yihu.kit.calendar import WorkingDays
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit
from yihu.ratings.models import RatingResult
from yihu.visits.models import Followup, Progress, Visit

pytestmark = pytest.mark.django_db
LIVE, END = date(2026, 1, 1), date(2026, 12, 31)
DAYS = st.integers(0, (END - LIVE).days).map(lambda n: LIVE + timedelta(days=n))
CAME = st.integers(-60, 200).map(lambda n: LIVE + timedelta(days=n))
MOMENTS = st.builds(
    lambda day, at: datetime.combine(day, at, SHANGHAI),
    DAYS,
    st.sampled_from([time(0, 0), time(8, 0), time(23, 59, 59)]),
)


def facts_of(*kinds: str) -> st.SearchStrategy[list[tuple[datetime, str, int]]]:
    """When, what, and a number that says the rest."""
    one = st.tuples(MOMENTS, st.sampled_from(kinds), st.integers(0, 40))
    return st.lists(one, min_size=8, max_size=36)


FACTS = facts_of(
    "class", "class", "contract", "month", "month", "version", "version", "rating",
    "change", "policy", "stricter", "calendar", "closing", "closing", "reopening", "shortening",
    "visit", "promise", "promise", "result", "result", "postponing", "postponing", "again", "run",
    "run", "run",
)  # fmt: skip
DEEDS = facts_of(
    "class", "contract", "contract", "ending", "month", "month", "version", "rating", "change",
    "policy", "stricter", "closing", "closing", "reopening", "shortening", "visit", "promise",
    "result", "postponing", "again",
)  # fmt: skip
HEARD_AS: dict[str, str | Touched] = {
    "change": "dossier.recoded",
    "closing": "dossier.closed",
    "reopening": EVERYTHING,
    "class": by_list(rated=False, classed=True),
    "contract": "contracts.imported",
    "ending": "contracts.imported",
    "shortening": "contracts.imported",
    "visit": "visit.held",
    "promise": "visit.written",
    "result": "followup.resulted",
    "postponing": "followup.postponed",
    "again": "followup.reopened",
    "month": "offtake.imported",
    "rating": by_list(rated=True, classed=False),
    "version": "version.approved",
}
"""By which verb duties hear of a fact; of ratings, what a list of them can have changed."""
HISTORIES = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""A history takes a second, so few are tried, and the one that fails is not made smaller."""
Run = tuple[datetime, date, datetime | None]
"""Of a promise: made or opened again, due by, came to a result."""
_numbers = count(1)


class World:
    """One file whose facts are entered one after the other, in the database and in a History."""

    def __init__(self, came: date) -> None:
        self.unit = plant.unit(f"H{next(_numbers)}", live_from=LIVE)
        OrgUnit.objects.exclude(pk=self.unit.pk).update(live_from=None)
        self.file = plant.dossier(self.unit)
        self.people = plant.staff(self.unit), plant.staff(self.unit)
        self.told = History(LIVE, came)
        self.contracts: list[Any] = []
        self.promises: list[Followup] = []
        self.known_on = LIVE
        self.closure: Closure | None = None
        self.arrived = datetime.combine(came, time(8), SHANGHAI)
        Dossier.objects.filter(pk=self.file.pk).update(opened_on=came, entered_at=self.arrived)

    def enter(self, what: str, at: datetime, n: int) -> None:
        if at >= self.arrived or what in ("policy", "stricter", "calendar", "run"):
            getattr(self, f"enter_{what}")(at, n)
            self.known_on = at.date() if what != "run" else self.known_on

    def enter_class(self, at: datetime, n: int) -> None:
        if ClassChange.objects.filter(dossier=self.file, entered_at=at).exists():
            return  # two at one moment have no order
        klass = list(Klass)[n % 4]
        row = ClassChange.objects.create(
            unit=self.unit, dossier=self.file, klass=klass, effective_on=at.date(), source="rating"
        )
        ClassChange.objects.filter(pk=row.pk).update(entered_at=at)
        self.told.classes.append((at.date(), klass.value))

    def enter_contract(self, at: datetime, n: int) -> None:
        signed = at.date() - timedelta(days=n)
        since, until = signed + timedelta(days=n % 20), signed + timedelta(days=40 + 9 * n)
        row = plant.contract(self.file, effective_on=since, ends_on=until)
        type(row).objects.filter(pk=row.pk).update(signed_on=signed, entered_at=at)
        self.contracts.append(row)
        self.told.contracts.append((at, signed, since, until))
        if self.closure is not None and until >= at.date():
            self.hear("contracts.imported", at.date())
            self.closure.refresh_from_db()
            assert self.closure.until == at.date()
            self.open_again(at)

    def enter_month(self, at: datetime, n: int) -> None:
        if not self.contracts:
            return
        place = n % len(self.contracts)
        month = (at.date().replace(day=1) - timedelta(days=1 + 20 * (n % 3))).replace(day=1)
        if any((c, m) == (place, month) for c, m, _ in self.told.months):
            return
        row = plant.month(self.contracts[place], month)
        type(row).objects.filter(contract=self.contracts[place], month=month).update(entered_at=at)
        self.told.months.append((place, month, at))

    def enter_ending(self, at: datetime, n: int) -> None:
        """A contract ends sooner than it said: no fact of the reference."""
        if self.contracts:
            row = self.contracts[n % len(self.contracts)]
            row.ends_on = max(row.effective_on, row.ends_on - timedelta(days=30 + n))
            row.save(update_fields=["ends_on"])

    def enter_shortening(self, at: datetime, n: int) -> None:
        """A contract is to end sooner than it said, on a day that has not passed yet."""
        running = [place for place, row in enumerate(self.contracts) if row.ends_on > at.date()]
        if running:
            place = running[n % len(running)]
            row = self.contracts[place]
            row.ends_on = max(row.effective_on, at.date(), row.ends_on - timedelta(days=30 + n))
            row.save(update_fields=["ends_on"])
            entered, signed, since, _until = self.told.contracts[place]
            self.told.contracts[place] = (entered, signed, since, row.ends_on)

    def enter_visit(self, at: datetime, n: int) -> None:
        """One that took place, written up where `n` is even."""
        if self.closure is None:
            self.visited(at.date() - timedelta(days=n % 9), None if n % 2 else at, at)

    def visited(self, held: date, written: datetime | None, at: datetime) -> Visit:
        serial = len(self.told.visits) + 1
        self.told.visits.append((held, written))
        return Visit.objects.create(
            unit=self.unit, dossier=self.file, year=2026, serial=serial, number=f"V-{serial}",
            state="written" if written else "held", kind="paid", level="business", held_on=held,
            lead=self.people[0], recorded_by=self.people[0] if written else None,
            written_at=written, entered_by=self.people[0], entered_at=at, changed_at=at,
        )  # fmt: skip

    def enter_promise(self, at: datetime, n: int) -> None:
        if self.closure is None:
            due = at.date() + timedelta(days=n % 11)
            self.promises.append(Followup.objects.create(
                unit=self.unit, dossier=self.file, visit=self.visited(at.date(), at, at),
                side="ours", text="报送用气计划", owner=self.people[0], due_on=due,
                entered_by=self.people[0], entered_at=at,
            ))  # fmt: skip
            self.told.promises.append([(at, due, None)])

    def promise(self, n: int, *, running: bool) -> tuple[Followup, list[Run]] | None:
        """One that runs, or one that came to a result; None while the file is closed."""
        both = zip(self.promises, self.told.promises, strict=True)
        fit = [(row, runs) for row, runs in both if (runs[-1][2] is None) == running]
        return fit[n % len(fit)] if fit and self.closure is None else None

    def noted(self, row: Followup, entry: str, at: datetime, due: date | None = None) -> None:
        row.save()
        Progress.objects.create(
            unit=self.unit, dossier=self.file, followup=row, entry=entry, text="电话", due_on=due,
            by=self.people[0], at=at,
        )  # fmt: skip

    def enter_result(self, at: datetime, n: int) -> None:
        if found := self.promise(n, running=True):
            row, runs = found
            row.state, row.result, row.resulted_at = "resulted", "已报送", at
            runs[-1] = (*runs[-1][:2], at)
            self.noted(row, "result", at)

    def enter_postponing(self, at: datetime, n: int) -> None:
        """Another day; of one that is late already it stays the day that it was due by."""
        if found := self.promise(n, running=True):
            row, runs = found
            before, row.due_on = row.due_on, at.date() + timedelta(days=n)
            began, due, _open = runs[-1]
            runs[-1] = (began, row.due_on if due >= at.date() else due, None)
            self.noted(row, "due", at, before)

    def enter_again(self, at: datetime, n: int) -> None:
        if found := self.promise(n, running=False):
            row, runs = found
            before, row.due_on = row.due_on, at.date() + timedelta(days=n)
            row.state, row.result, row.resulted_at = "doing", "", None
            runs.append((at, row.due_on, None))
            self.noted(row, "reopen", at, before)

    def enter_closing(self, at: datetime, n: int) -> None:
        """Of a file whose contracts have all ended, as far as they are known."""
        ends = [row.ends_on for row in self.contracts]
        if self.closure is None and all(day < at.date() for day in ends):
            self.closure = closed(self.file, at)
            self.told.closed.append((at.date(), at, date.max))
            self.hear("dossier.closed", at.date())

    def enter_reopening(self, at: datetime, n: int) -> None:
        if self.closure is not None:
            reopened(self.closure, at)
            self.open_again(at)

    def open_again(self, at: datetime) -> None:
        self.closure = None
        since, decided, _until = self.told.closed.pop()
        self.told.closed.append((since, decided, at.date()))

    def enter_version(self, at: datetime, n: int) -> None:
        if self.closure is not None:
            return
        FileVersion.objects.create(
            unit=self.unit,
            dossier=self.file,
            number=len(self.told.versions) + 1,
            content={},
            sha256="0" * 64,
            edition=load_first_edition(),
            filled_by=self.people[0],
            approved_by=self.people[1],
            approved_at=at,
        )
        self.told.versions.append(at)

    def enter_rating(self, at: datetime, n: int) -> None:
        row = RatingResult.objects.create(
            unit=self.unit,
            dossier=self.file,
            year=2000 + len(self.told.ratings),
            score=Decimal("80"),
            state="final",
        )
        RatingResult.objects.filter(pk=row.pk).update(entered_at=at)
        self.told.ratings.append(at)

    def enter_change(self, at: datetime, n: int) -> None:
        Occasion.objects.create(
            unit=self.unit,
            dossier=self.file,
            kind="basic_change",
            codes=["legal_rep"],
            happened_at=at,
        )
        self.told.changes.append(at)

    def enter_policy(self, at: datetime, n: int) -> None:
        last = CadenceEdition.objects.order_by("-effective_on").first()
        assert last is not None
        effective_on = at.date() + timedelta(days=n)
        if effective_on <= last.effective_on:
            return
        made = CadenceEdition.objects.create(number=last.number + 1, effective_on=effective_on)
        for line in last.lines.all():
            line.pk, line._state.adding, line.edition = None, True, made
            if line.kind == DutyKind.REVIEW:
                line.period = list(PeriodKind)[(n + len(line.klass)) % 3]
            else:
                line.due_days = 4 + n % 7
            line.save()
        made.published_at = at
        made.save()

    def enter_stricter(self, at: datetime, n: int) -> None:
        since = at.date() + timedelta(days=n)
        edition = [e for e in editions() if e.effective_on <= since][-1]
        line = edition.lines[n % len(edition.lines)]
        period, days = "", None
        if line.kind == DutyKind.REVIEW:
            period = PeriodKind.MONTH
        elif line.due_days > 1:
            days = line.due_days - 1
        if (period or days) and not StricterCycle.objects.filter(
            unit=self.unit, kind=line.kind, klass=line.klass, since=since
        ).exists():
            ends = since + timedelta(days=2 * n) if n % 2 else None
            by = plant.person(plant.Role.STEWARD, self.unit)
            StricterCycle.objects.create(
                unit=self.unit, kind=line.kind, klass=line.klass, period=period, due_days=days,
                since=since, until=ends, ended_by=by if ends else None, basis="本单位细则",
                set_by=by, set_at=at,
            )  # fmt: skip

    def enter_calendar(self, at: datetime, n: int) -> None:
        day = at.date() + timedelta(days=20 + n)
        CalendarCorrection.objects.get_or_create(day=day, defaults={"working": n % 2 == 0})

    def enter_run(self, at: datetime, n: int) -> None:
        """By the sweep, or as a deed of the file does it; one in three by a clock that went back,
        not behind what is known.
        """
        day = at.date() if n % 3 else max(at.date() - timedelta(days=n), self.known_on)
        refresh(day, files=[(self.unit.pk, self.file.pk)] if n % 2 else None)

    def hear(self, told: str | Touched, today: date) -> None:
        """As a deed of that verb makes the planner look at the file."""
        if told in APPROVALS:
            settle(today, unit_id=self.unit.pk, dossier_id=self.file.pk)
        else:
            touched = TOUCHES[told] if isinstance(told, str) else told
            with pytest.MonkeyPatch.context() as clock:  # the planner tells of what it reopened
                clock.setenv("YIHU_TODAY", f"{today}")
                refresh(today, files=[(self.unit.pk, self.file.pk)], touched=touched)

    def expected(self, as_of: date) -> list[Owed]:
        days = WorkingDays(dict(CalendarCorrection.objects.values_list("day", "working")))
        own = stricter_by_unit().get(self.unit.pk, [])
        policy = sorted(editions(), key=lambda e: e.effective_on)
        return owed(self.told, policy, own, days, as_of)

    def standing(self) -> list[Owed]:
        rows = Duty.objects.filter(dossier=self.file, dropped_at=None)
        return [(y.kind, y.period_start, y.period_end, y.due_on, y.done_at) for y in rows]


def begun(came: date) -> World:
    """A file that came on that day, under the first policy and the calendar as it was announced."""
    CalendarCorrection.objects.all().delete()
    load_first_policy()
    return World(came)


@pytest.mark.clause("6.2.1")
@pytest.mark.clause("4.3a")
@HISTORIES
@given(came=CAME, facts=FACTS)
def test_any_history_run_whenever_gives_the_rule_s_duties(
    came: date, facts: list[tuple[datetime, str, int]]
) -> None:
    world = begun(came)
    for at, what, n in sorted(facts, key=lambda fact: fact[0]):
        world.enter(what, at, n)
    refresh(END)
    found = world.standing()
    assert unlike(found, world.expected(END)) == ([], [])
    refresh(END)
    assert unlike(world.standing(), found) == ([], [])
    Duty.objects.filter(dossier=world.file).delete()
    refresh(END)  # as if the machine had been off all year
    assert unlike(world.standing(), found) == ([], [])


@pytest.mark.clause("6.2.1")
@HISTORIES
@given(came=CAME, facts=DEEDS)
def test_what_a_deed_looks_for_is_all_that_it_changed(
    came: date, facts: list[tuple[datetime, str, int]]
) -> None:
    world = begun(came)
    for at, what, n in sorted(facts, key=lambda fact: fact[0]):
        refresh(at.date())
        world.enter(what, at, n)
        if what in HEARD_AS:
            world.hear(HEARD_AS[what], at.date())
            assert refresh(at.date()) == Refreshed(0, 0, 0), what


def unlike(found: Iterable[Owed], wanted: Iterable[Owed]) -> tuple[list[str], list[str]]:
    """What is there and should not be, and what is not there: none is owed twice or not at all."""
    there, due = Counter(map(said, found)), Counter(map(said, wanted))
    return sorted((there - due).elements()), sorted((due - there).elements())


def said(one: Owed) -> str:
    kind, start, end, due, done = one
    at = done.astimezone(SHANGHAI) if done else None
    return (
        f"{kind} {start}..{end} due {due} done {at:%Y-%m-%d %H:%M:%S}"
        if at
        else (f"{kind} {start}..{end} due {due} open")
    )
