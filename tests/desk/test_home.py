"""Home by role: what this person can do next, and nothing of what is not theirs."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import plant
from tests.desk.duties import duty
from tests.dossiers.files import moment
from tests.originals.shelf import room, shelved
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.customers.rules import Klass
from yihu.duties.choices import DutyKind
from yihu.duties.models import Duty
from yihu.grants.actions import ask
from yihu.originals.models import Loan

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 5)
SECRET = "只有广东知道的陶瓷有限公司"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())


def home(user: User, query: str = "") -> tuple[str, dict[str, object]]:
    client = Client()
    client.force_login(user)
    answer = client.get(f"/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split()), answer.context


@pytest.mark.clause("6.2.1")
def test_a_filler_sees_what_is_due_soonest_first_in_groups() -> None:
    gd = plant.unit("GD")
    user = plant.person(Role.FILLER, gd)
    vip = plant.dossier(gd, klass=Klass.VIP)
    general = plant.dossier(gd)
    for of in (vip, general):
        duty(of)
        duty(of, start=date(2026, 9, 1), due_on=date(2026, 10, 22), done_on=date(2026, 10, 20))
    duty(general, start=date(2026, 8, 1), due_on=date(2026, 11, 2))
    quarter = {"start": date(2026, 10, 1), "end": date(2026, 12, 31), "due_on": date(2026, 12, 31)}
    duty(vip, kind=DutyKind.REVIEW, **quarter)
    body, context = home(user)
    groups = [(group.kind, group.klass, group.open, group.total) for group in context["groups"]]
    assert groups == [("offtake", "", 1, 1), ("offtake", "", 2, 2), ("review", "vip", 1, 1)]
    assert [group.due.late_days for group in context["groups"]] == [3, 0, 0]
    assert "逾期 3 天" in body
    assert "/imports/templates/month.xlsx?month=2026-10" in body
    client = Client()
    client.force_login(user)
    for group in context["groups"]:
        assert client.get(group.url).context["count"] == group.open
    assert (context["tally"].due, context["tally"].done, context["overdue"]) == (3, 0, 1)
    assert client.get(context["overdue_url"]).context["count"] == 1


@pytest.mark.clause("6.2.1")
def test_a_done_duty_leaves_the_list_and_counts_as_done() -> None:
    gd = plant.unit("GD")
    user = plant.person(Role.FILLER, gd)
    first = duty(plant.dossier(gd))
    duty(plant.dossier(gd))
    assert home(user)[1]["groups"][0].open == 2
    Duty.objects.filter(pk=first.pk).update(done_at=first.planned_at)
    _, context = home(user)
    assert [(group.open, group.done) for group in context["groups"]] == [(1, 1)]
    assert (context["tally"].due, context["tally"].done) == (2, 1)


def test_my_own_files_by_themselves() -> None:
    gd = plant.unit("GD")
    user = plant.person(Role.FILLER, gd)
    duty(plant.dossier(gd, filler=user.staff))
    duty(plant.dossier(gd))
    assert home(user)[1]["groups"][0].open == 2
    assert home(user, "?mine=1")[1]["groups"][0].open == 1


def test_an_empty_unit_is_told_where_to_begin() -> None:
    body, _ = home(plant.person(Role.FILLER, plant.unit("GD")))
    assert "从导入台账开始" in body
    assert "/imports/new/?kind=customers" in body


@pytest.mark.clause("5.2")
@pytest.mark.parametrize("role", [Role.REVIEWER, Role.STEWARD])
def test_who_checks_sees_the_split_by_person_and_the_gaps(role: Role) -> None:
    gd = plant.unit("GD")
    worker = plant.staff(gd, "张三")
    mine = plant.dossier(gd, filler=worker)
    plant.contract(mine)
    duty(mine)
    duty(plant.dossier(gd, klass=Klass.VIP))
    plant.dossier(gd, klass="")  # type: ignore[arg-type]  # a file without a class
    _, context = home(plant.person(role, gd))
    assert [(line.name, line.tally.due) for line in context["people"]] == [("张三", 1), ("", 1)]
    assert context["gaps"] == {
        "no_file": 1, "no_filler": 2, "no_class": 1, "stray": 0, "ended": 0, "no_contract": 2,
    }  # fmt: skip


@pytest.mark.clause("6.4.1")
def test_a_supervisor_sees_every_unit_and_comes_down_to_the_files() -> None:
    supervisor = plant.person(Role.SUPERVISOR)
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    duty(plant.dossier(gd), due_on=date(2026, 11, 3), done_on=date(2026, 11, 3))
    late = duty(plant.dossier(gd, name="迟办陶瓷有限公司"), due_on=date(2026, 11, 3))
    duty(plant.dossier(fj), due_on=date(2026, 11, 13))
    Duty.objects.filter(pk=late.pk).update(done_at="2026-11-04T10:00:00+08:00")
    body, context = home(supervisor)
    found = {
        line.unit.code: (line.last.due, line.last.on_time, line.last.late, line.last.percent)
        for line in context["board"].lines
    }
    assert found["GD"] == (2, 1, 1, 50)
    assert found["FJ"] == (1, 0, 0, None)
    client = Client()
    client.force_login(supervisor)
    line = next(line for line in context["board"].lines if line.unit.code == "GD")
    listed = client.get(line.last.late_url)
    assert [entry.duty.dossier.name_full for entry in listed.context["lines"]] == [
        "迟办陶瓷有限公司"
    ]
    assert (line.last.level, line.last.state) == ("bad", "late")
    assert "及时率" in body


@pytest.mark.clause("4.2b")
@pytest.mark.parametrize("role", [Role.ITC, Role.AUDITOR])
def test_who_runs_or_audits_the_platform_sees_no_customer(role: Role) -> None:
    gd = plant.unit("GD")
    duty(plant.dossier(gd, name=SECRET))
    user = plant.person(role)
    client = Client()
    client.force_login(user)
    body, _ = home(user)
    assert SECRET not in body
    assert "找客户" not in body
    for path in (
        "/dossiers/",
        "/duties/",
        "/search/?q=陶瓷",
        "/search/live/?q=陶瓷",
        "/customers/",
    ):
        answer = client.get(path)
        assert answer.status_code == 403
        assert SECRET not in answer.content.decode()
    control = Client()
    control.force_login(plant.person(Role.FILLER, gd))
    assert SECRET in control.get("/dossiers/").content.decode()


def test_the_auditor_reads_the_log_and_only_the_auditor() -> None:
    auditor = plant.person(Role.AUDITOR)
    client = Client()
    client.force_login(auditor)
    answer = client.get("/events/")
    assert answer.status_code == 200
    assert [line.act for line in answer.context["lines"]] == ["开通账号"]
    assert client.get("/events/?verb=signed_in").context["lines"] == []
    assert client.get("/events/?verb=nothing").status_code == 400
    for role in (Role.SUPERVISOR, Role.ITC):
        other = Client()
        other.force_login(plant.person(role))
        assert other.get("/events/").status_code == 403


def test_who_looks_begins_with_the_search() -> None:
    gd = plant.unit("GD")
    plant.dossier(gd)
    plant.dossier(gd, region="110000")
    body, context = home(plant.person(Role.READER, gd))
    assert context["standing"].total == 1
    assert 'role="search"' in body
    assert "/duties/" not in body


@pytest.mark.parametrize("role", [Role.FILLER, Role.STEWARD, Role.SUPERVISOR, Role.READER])
def test_three_rows_cost_as_many_queries_as_one(role: Role) -> None:
    gd = plant.unit("GD")
    user = plant.person(role, None if role == Role.SUPERVISOR else gd)
    client = Client()
    client.force_login(user)

    def add(place: int) -> None:
        at = plant.unit(f"U{place}", region="350000") if role == Role.SUPERVISOR else gd
        of = plant.dossier(at, filler=plant.staff(at))
        duty(of, start=date(2026, 8 + place, 1), due_on=date(2026, 11, 10 + place))

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/").status_code == 200
        return len(captured)

    add(0)
    client.get("/")
    one = cost()
    add(1)
    add(2)
    assert cost() == one


def test_in_english() -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    client = Client()
    client.force_login(user)
    client.post("/language/", {"language": "en", "next": "/"})
    body = client.get("/").content.decode()
    assert '<html lang="en">' in body
    assert "Customer dossiers" in body


@pytest.mark.clause("6.3.3")
def test_borrowers_and_custodians_hear_of_loans_that_end() -> None:
    gd = room("GD")
    first, second, third = (shelved(gd, title=f"合同{n}") for n in range(3))
    for original, due_on, borrower in (
        (first, date(2026, 11, 1), gd.filler),
        (second, date(2026, 11, 7), gd.reader),
        (third, date(2026, 12, 9), gd.steward),
    ):
        Loan.objects.create(
            unit=gd.unit, original=original, state="out", purpose="核对", due_on=due_on,
            borrower=borrower.staff, requested_by=borrower.staff, requested_at=moment(),
            decided_by=gd.custodian.staff, decided_at=moment(),
            handed_by=gd.custodian.staff, handed_at=moment(),
            received_by=borrower.staff, received_at=moment(),
        )  # fmt: skip
    assert "您有 1 件原件逾期未还" in home(gd.filler)[0]
    assert "您有 1 件原件即将到期" in home(gd.reader)[0]
    assert "借出的 1 件原件逾期未还" in home(gd.custodian)[0]
    assert "原件借阅" not in home(plant.person(Role.FILLER, gd.unit))[0]


@pytest.mark.clause("6.3.2")
def test_stewards_and_itc_hear_of_requests_that_wait_for_them() -> None:
    gd = plant.unit("GD")
    asker = plant.person(Role.FILLER, plant.unit("FJ", region="350000"))
    steward, itc = plant.person(Role.STEWARD, gd), plant.person(Role.ITC)
    ask(
        asker, gd, purpose="核对", sections=["basic"], regions=[], level=1,
        since=TODAY, until=TODAY, at=moment(), today=TODAY,
    )  # fmt: skip
    assert "1 项申请等您办理" in home(steward)[0]
    assert "申请等您办理" not in home(itc)[0]
    assert "申请等您办理" not in home(asker)[0]
