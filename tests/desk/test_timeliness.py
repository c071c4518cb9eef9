"""Timeliness: every figure counts exactly the duties that its link lists (§6.4.2, DESIGN 8.7)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import BytesIO
from random import Random
from urllib.parse import urlsplit

import openpyxl
import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import plant
from tests.desk.duties import duty
from tests.exports.taking import PURPOSE
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import ScopedQuerySet
from yihu.customers.rules import Klass
from yihu.desk import boards
from yihu.desk.boards import Tally
from yihu.desk.choices import month_end
from yihu.desk.desks import desk_of
from yihu.desk.filters import DutyFilter
from yihu.desk.timeliness.filters import TimelinessFilter
from yihu.desk.timeliness.queries import Board, board
from yihu.duties.choices import DutyKind
from yihu.duties.models import Duty
from yihu.kit.clock import SHANGHAI

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.2")]
TODAY = date(2026, 11, 5)
FIGURES = (
    "due", "on_time", "late", "few", "some", "many", "overdue", "open", "waived", "done", "fallen",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())


def moment(day: date, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SHANGHAI)


def world() -> None:
    """Two units, people with and without work, duties of every kind, class and standing."""
    rng = Random(6)
    kinds = [DutyKind.OFFTAKE, DutyKind.REVIEW, DutyKind.VISIT, DutyKind.RATING]
    for code in ("GD", "FJ"):
        unit = plant.unit(code, region="440000" if code == "GD" else "350000")
        keepers = [plant.staff(unit, "甲"), plant.staff(unit, "乙"), None]
        for place, klass in enumerate((Klass.VIP, Klass.GENERAL, Klass.STRATEGIC)):
            of = plant.dossier(
                unit,
                klass=klass,
                filler=keepers[place],
                region="440100" if code == "GD" else "350100",
            )
            for number in range(14):
                due_on = date(2026, 8, 15) + timedelta(days=rng.randint(0, 130))
                made = duty(
                    of,
                    kind=kinds[number % 4],
                    start=date(2025, 1 + number % 12, 1 + number // 12),
                    end=date(2026, 12, 31),
                    due_on=due_on,
                )
                ends = rng.choice(("late", "late", "on time", "open", "waived", "dropped"))
                late_by = rng.choice((1, 3, 4, 10, 11, 40))
                changes = {
                    "late": {"done_at": moment(due_on + timedelta(days=late_by), 0, 0)},
                    "on time": {"done_at": moment(due_on, 23, 59)},
                    "open": {},
                    "waived": {"waived_at": moment(TODAY)},
                    "dropped": {"dropped_at": moment(TODAY), "dropped_why": "class"},
                }[ends]
                klass_then = "" if number == 13 else klass
                Duty.objects.filter(pk=made.pk).update(klass=klass_then, **changes)


def asked(user: User, query: str) -> Board:
    desk = desk_of(user)
    chosen = TimelinessFilter(QueryDict(query), user=user, desk=desk, today=TODAY)
    assert chosen.is_valid(), chosen.problems()
    return board(user, desk, chosen.cleaned_data, TODAY)


class Lists:
    """The list of duties at an address, found as its view finds it."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.filters: dict[tuple[bool, str], DutyFilter] = {}

    def __call__(self, url: str) -> ScopedQuerySet:
        path, query = urlsplit(url).path, QueryDict(urlsplit(url).query)
        assert path == "/duties/"
        kind = "since" in query, query.get("unit", "")  # what its options hang on; they cost most
        chosen = self.filters.get(kind) or DutyFilter(
            query, user=self.user, desk=desk_of(self.user), today=TODAY
        )
        self.filters[kind] = chosen
        chosen.data = query
        chosen.full_clean()
        assert chosen.is_valid(), (url, chosen.problems())
        return boards.duties(self.user, chosen.cleaned_data, TODAY)


def tallies(found: Board) -> Iterator[Tally]:
    for line in (*found.lines, found.whole):
        yield from line.months
        yield line.whole


def by_hand(rows: list[Duty]) -> dict[str, int]:
    """The figures from the stored moments, counted here once more and otherwise."""
    late = [
        (row.done_at.astimezone(SHANGHAI).date() - row.due_on).days
        for row in rows
        if row.done_at is not None
    ]
    waived = sum(row.waived_at is not None for row in rows)
    undone = [row for row in rows if row.done_at is None and row.waived_at is None]
    overdue = sum(row.due_on < TODAY for row in undone)
    return {
        "due": len(rows) - waived,
        "on_time": sum(days <= 0 for days in late),
        "late": sum(days > 0 for days in late),
        "few": sum(1 <= days <= 3 for days in late),
        "some": sum(4 <= days <= 10 for days in late),
        "many": sum(days > 10 for days in late),
        "overdue": overdue,
        "open": len(undone) - overdue,
        "waived": waived,
        "done": len(late),
        "fallen": len(late) + overdue,
    }


MONTHS = "&since=2026-10&until=2026-11"
QUERIES = ("by=unit", "by=filler", "by=klass&kind=event", "by=kind&filler=none")


def test_every_figure_of_every_cell_is_the_count_of_its_list() -> None:
    world()
    boss = plant.person(Role.SUPERVISOR)
    steward = plant.person(Role.STEWARD, plant.unit("GD"))
    seen = 0
    for user, queries in ((boss, QUERIES), (steward, ("by=filler",))):
        listed = Lists(user)
        for query in queries:
            found = asked(user, query + MONTHS)
            assert found.lines
            for tally in tallies(found):
                everything = list(listed(tally.url("")))
                figures = by_hand(everything)
                assert {name: getattr(tally, name) for name in FIGURES} == figures
                for name in filter(figures.get, FIGURES):
                    count = listed(getattr(tally, f"{name}_url")).count()
                    assert count == figures[name], (query, name, tally.conditions)
                    seen += 1
                late = [row.late_days for row in everything if (row.late_days or 0) > 0]
                assert tally.late_most == max(late, default=0)
                if late:
                    assert abs(float(tally.late_mean or 0) - sum(late) / len(late)) <= 0.051
                    assert tally.late_most in {row.late_days for row in listed(tally.most_url)}
                if tally.state is not None:
                    assert listed(tally.state_url).count() == tally.state_count > 0
    assert seen > 150


def test_rows_and_months_add_up_to_the_whole_whatever_the_breakdown() -> None:
    world()
    boss = plant.person(Role.SUPERVISOR)
    span = "&since=2026-01&until=2026-12"
    standing = Duty.objects.filter(dropped_at=None, due_on__range=("2026-01-01", "2026-12-31"))
    wanted = by_hand(list(standing))
    assert wanted["waived"] > 0 < wanted["open"]
    for by in ("unit", "filler", "klass", "kind"):
        found = asked(boss, f"by={by}{span}")
        assert {name: getattr(found.whole.whole, name) for name in FIGURES} == wanted
        for name in FIGURES:
            assert sum(getattr(line.whole, name) for line in found.lines) == wanted[name]
            assert sum(getattr(cell, name) for cell in found.whole.months) == wanted[name]


def test_the_day_is_shanghai_s_and_ends_at_midnight() -> None:
    unit = plant.unit("GD")
    of, due_on = plant.dossier(unit), date(2026, 10, 30)
    for start, done_at in (
        (date(2026, 1, 1), moment(due_on, 23, 59, 59)),
        (date(2026, 2, 1), moment(due_on + timedelta(days=1), 0, 0, 0)),
        (date(2026, 3, 1), moment(due_on + timedelta(days=1), 7, 59, 59)),  # still 30 October UTC
    ):
        made = duty(of, start=start, due_on=due_on)
        Duty.objects.filter(pk=made.pk).update(done_at=done_at)
    whole = asked(plant.person(Role.SUPERVISOR), "since=2026-10&until=2026-10").whole.whole
    assert (whole.on_time, whole.late, whole.few, whole.late_most) == (1, 2, 2, 1)
    assert (whole.percent, whole.on_time, whole.fallen) == (33, 1, 3)


def test_a_unit_sees_itself_and_nobody_of_another() -> None:
    world()
    gd = plant.unit("GD")
    for role in (Role.STEWARD, Role.REVIEWER, Role.FILLER):
        user = plant.person(role, gd)
        found = asked(user, "")
        own = Duty.objects.filter(unit=gd, dropped_at=None)
        shown = own.filter(due_on__range=(date(2026, 1, 1), month_end(date(2026, 12, 1))))
        assert sum(row.whole.due + row.whole.waived for row in found.lines) == shown.count()
        assert {line.beneath for line in found.lines} == {"GD"}
        client = Client()
        client.force_login(user)
        assert client.get("/timeliness/?by=unit").status_code == 400
        assert client.get("/timeliness/").status_code == 200
    for role in (Role.READER, Role.ITC, Role.AUDITOR):
        client = Client()
        client.force_login(plant.person(role, gd))
        assert client.get("/timeliness/").status_code == 403


@pytest.mark.parametrize(
    "query",
    ["by=colour", "since=2026-13", "since=2026-05&until=2026-04", "since=2020-01", "unit=9999"],
)
def test_a_condition_that_makes_no_sense_is_refused(query: str) -> None:
    client = Client()
    client.force_login(plant.person(Role.SUPERVISOR))
    assert client.get(f"/timeliness/?{query}").status_code == 400


def test_the_page_says_how_it_counts_and_costs_the_same_for_one_and_three() -> None:
    client = Client()
    client.force_login(plant.person(Role.SUPERVISOR))
    costs = []
    for more in (1, 2):
        for _ in range(more):
            duty(plant.dossier(plant.unit("GD"), filler=plant.staff(plant.unit("GD"))))
        client.get("/timeliness/?by=filler")
        with CaptureQueriesContext(connection) as captured:
            answer = client.get("/timeliness/?by=filler")
        costs.append(len(captured))
        counting = [q for q in captured if "date_trunc" in q["sql"].lower()]
        assert len(counting) == 1  # one statement for the whole board
    assert len(answer.context["board"].lines) == 3
    assert costs[0] == costs[1]
    body = answer.content.decode()
    for said in ("按时 ÷（按时 + 迟办 + 逾期）", "§6.4.2", "北京时间"):
        assert said in body


def test_a_workbook_holds_the_same_figures() -> None:
    world()
    client = Client()
    boss = plant.person(Role.SUPERVISOR)
    client.force_login(boss)
    query = "by=kind&since=2026-01&until=2026-12"
    answer = client.post(f"/timeliness.xlsx?{query}", PURPOSE)
    assert answer.status_code == 200, answer.content.decode()[:600]
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    sums = {row[0]: row for row in sheet.iter_rows(values_only=True) if row[2] == "合计"}
    found = asked(boss, query)
    assert set(sums) == {line.label for line in found.lines}
    for line in found.lines:
        whole, told = line.whole, sums[line.label]
        assert told[3:9] == (
            whole.due, whole.on_time, whole.late, whole.few, whole.some, whole.many,
        )  # fmt: skip
        assert told[14:17] == (whole.on_time, whole.fallen, whole.percent)
    plain = client.post(found.whole.whole.late_url.replace("/duties/", "/duties.csv"), PURPOSE)
    head, *lines, _stamp = plain.content.decode("utf-8-sig").splitlines()
    assert head.startswith("客户名称,档案编号,任务,周期")
    assert len(lines) == found.whole.whole.late > 0
