"""Lists and one file for programs: the pages' reach, filters and masks, page by page (§6.3.1)."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from pytest_django import DjangoAssertNumQueries, Settings

from tests import plant
from tests.desk.duties import duty
from tests.dossiers.files import Desk, desk
from tests.flows.routes import ROUTES
from tests.interface.calling import Program
from tests.risks.remarked import remark
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.tokens.rules import Use
from yihu.audit.models import Event
from yihu.desk.desks import desk_of
from yihu.desk.filters import CustomerFilter, DossierFilter, DutyFilter
from yihu.desk.queries import dossier_lines, dossiers
from yihu.dossiers.models import Dossier
from yihu.duties.models import Duty
from yihu.interface import parts
from yihu.interface.asking import OF_PAGES
from yihu.interface.filters import ContractFilter, OfftakeFilter
from yihu.interface.lists import LISTS
from yihu.interface.urls import urlpatterns
from yihu.kit.clock import now
from yihu.risks.choices import STANDING, Level, State
from yihu.risks.filters import RemarkFilter
from yihu.risks.models import Remark

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.1")]
OCTOBER = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def _november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


@pytest.fixture
def at() -> Desk:
    return desk()


@pytest.fixture
def file(at: Desk) -> Dossier:
    file = plant.dossier(at.unit, name="广州甲陶瓷有限公司")
    Dossier.objects.filter(pk=file.pk).update(
        document={"legal_rep": "张三", "contacts": [{"name": "李四", "mobile": "13800000000"}]}
    )
    plant.month(plant.contract(file), OCTOBER)
    duty(file)
    remark(at, file)
    return file


@pytest.fixture
def filler(at: Desk) -> User:
    return at.filler


def codes(answer: Any) -> set[str]:
    return {one["code"] for section in answer.json()["sections"] for one in section["fields"]}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_tells_what_is_in_reach_and_nothing_else(
    name: str, file: Dossier, filler: User
) -> None:
    if name == "customers":
        filler = plant.person(Role.SUPERVISOR)
    found = Program(filler, Use.READ).get(name)
    assert found.status_code == 200, found.json()
    (row,) = found.json()["items"]
    assert set(row) == set(LISTS[name].parts) - (
        set(parts.MASKED) if name in {"contracts", "offtake"} else set()
    )
    assert found.json()["next"] is None
    other = plant.person(Role.FILLER, plant.unit("FJ", region="350000"))
    hidden = Program(other, Use.READ).get(name)
    assert "广州甲" not in hidden.text
    assert hidden.status_code == (403 if name == "customers" else 200)
    assert Program(plant.person(Role.ITC), Use.READ).get(name).status_code == 403
    assert Event.objects.filter(verb="refused").exists()


def test_a_file_bears_its_soonest_open_duty_and_its_highest_remark(at: Desk, filler: User) -> None:
    file, free = plant.dossier(at.unit), plant.dossier(at.unit)
    on = [date(2026, month, 13) for month in range(5, 10)]
    done, dropped, waived, soonest, _later = (
        duty(file, start=day.replace(day=1), due_on=day) for day in on
    )
    for one, field in ((done, "done_at"), (dropped, "dropped_at"), (waived, "waived_at")):
        assert Duty.objects.filter(pk=one.pk).update(**{field: now()}) == 1
    for level in (Level.WATCH, Level.SEVERE):
        remark(at, file, level=level)
    program = Program(filler, Use.READ)
    told = {row["id"]: row for row in program.get("dossiers").json()["items"]}
    named = ("next_due_on", "risk_level")
    assert [told[str(file.pk)][name] for name in named] == [soonest.due_on.isoformat(), 3]
    assert [told[str(free.pk)][name] for name in named] == [None, None]
    of_the_row = told[str(file.pk)].pop("etag")
    alone = program.get(f"dossiers/{file.pk}", fields=",".join(told[str(file.pk)]))
    assert alone.json() == told[str(file.pk)]
    assert alone["ETag"] != of_the_row
    listed = {line.file.pk: line.due for line in dossier_lines(
        dossiers(filler, {}, date(2026, 11, 5)), date(2026, 11, 5)
    )}  # fmt: skip
    assert (listed[file.pk].on, listed[free.pk]) == (soonest.due_on, None)


@pytest.mark.parametrize("state", State)
def test_a_remark_counts_in_a_list_while_it_stands(state: State, at: Desk, filler: User) -> None:
    raised = remark(at, plant.dossier(at.unit), level=Level.SEVERE)
    asked = {"lift_asked_by": at.filler.staff, "lift_asked_at": now(), "lift_reason": "已付清"}
    agreed = {"lifted_by": at.reviewer.staff, "lifted_at": now(), "next_check_on": None}
    more = asked | agreed if state == State.LIFTED else {}
    Remark.objects.filter(pk=raised.pk).update(state=state, **more)
    (told,) = Program(filler, Use.READ).get("dossiers", fields="risk_level").json()["items"]
    assert told == {"risk_level": 3 if state in STANDING else None}


def test_files_come_in_the_order_that_is_asked(at: Desk, filler: User) -> None:
    for number in ("B-2", "B-1", "B-3"):
        Dossier.objects.filter(pk=plant.dossier(at.unit).pk).update(number=number)
    program = Program(filler, Use.READ)
    for sort, numbers in (("number", ["B-1", "B-2", "B-3"]), ("-number", ["B-3", "B-2", "B-1"])):
        told = program.get("dossiers", sort=sort).json()["items"]
        assert [row["number"] for row in told] == numbers


def test_pages_follow_one_another_to_the_end(file: Dossier, filler: User) -> None:
    plant.contract(file)
    for month in (8, 9):
        plant.month(file.contracts.earliest("number"), date(2026, month, 1))
    program = Program(filler, Use.READ)
    for name, number in (("offtake", 3), ("contracts", 2)):
        seen, after = [], ""
        while True:
            page = program.get(name, limit=1, **({"after": after} if after else {}))
            seen += page.json()["items"]
            after = page.json()["next"] or ""
            assert ("Link" in page) == bool(after)
            if not after:
                break
            following = page["Link"].removeprefix("<").partition(">")[0]
            assert "limit=1" in following
            assert f"after={after}" in following
        key = "month" if name == "offtake" else "id"
        assert len({row[key] for row in seen}) == number == len(seen)


def test_fields_are_those_that_were_asked_for(file: Dossier, filler: User) -> None:
    program = Program(filler, Use.READ)
    found = program.get("offtake", fields="month,actual,quantity_unit")
    assert found.json()["items"] == [
        {"month": "2026-10", "actual": "100.0000", "quantity_unit": "wan_m3"}
    ]
    wrong = program.get("offtake", fields="month,price")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_field")
    assert "price_yuan" in wrong.json()["known"]


def test_prices_are_told_of_one_file_to_whom_its_page_tells_them(
    file: Dossier, filler: User
) -> None:
    supervisor = plant.person(Role.SUPERVISOR)
    of_it = {"dossier": str(file.pk)}
    told = Program(filler, Use.READ).get("offtake", **of_it).json()["items"][0]
    assert (told["price_yuan"], told["price_unit"]) == ("3.1000", "元/立方米")
    masked = Program(supervisor, Use.READ).get("offtake", **of_it).json()["items"][0]
    assert not set(masked) & parts.MASKED
    assert masked["actual"] == "100.0000"
    read = Event.objects.filter(verb="dossier.read", dossier_id=file.pk)
    assert {line.actor_id for line in read} == {filler.pk, supervisor.pk}
    assert "3.1" not in str([line.data for line in Event.objects.all()])


@pytest.mark.parametrize(
    ("name", "given", "status", "code"),
    [
        ("dossiers", {"klass": "gold"}, 400, "bad_condition"),
        ("dossiers", {"colour": "red"}, 400, "bad_condition"),
        ("dossiers", {"klass": ""}, 400, "bad_condition"),
        ("dossiers", {"before": "x"}, 400, "bad_condition"),
        ("dossiers", {"limit": "501"}, 400, "bad_limit"),
        ("dossiers", {"limit": "1x"}, 400, "bad_limit"),
        ("dossiers", {"after": "!!"}, 400, "bad_place"),
        ("offtake", {"after": "WyJ4Il0"}, 400, "bad_place"),
        ("offtake", {"month": "2026-13"}, 400, "bad_condition"),
        ("contracts", {"unit": "NOBODY"}, 400, "bad_condition"),
        ("contracts", {"dossier": "5d6c1d2e-0000-4000-8000-000000000000"}, 404, "not_found"),
        ("dossiers/5d6c1d2e-0000-4000-8000-000000000000", {}, 404, "not_found"),
        ("dossiers/no-key", {}, 404, "not_found"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    name: str, given: dict[str, str], status: int, code: str, filler: User
) -> None:
    answer = Program(filler, Use.READ).get(name, **given)
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    english = Program(filler, Use.READ, language="en").get(name, **given)
    assert english.json()["detail"] != answer.json()["detail"]
    assert english.json()["detail"].isascii() or "“" in english.json()["detail"]


@pytest.mark.clause("5.5")
def test_a_file_is_told_as_its_page_tells_it(file: Dossier, filler: User) -> None:
    program = Program(filler, Use.READ)
    found = program.get(f"dossiers/{file.pk}")
    assert {"legal_rep", "contacts", "name_full"} <= codes(found)
    again = program.get(f"dossiers/{file.pk}", headers={"If-None-Match": found["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "Last-Modified" in found
    masked = Program(plant.person(Role.SUPERVISOR), Use.READ).get(f"dossiers/{file.pk}")
    assert "legal_rep" in codes(masked)
    assert "contacts" not in codes(masked)
    assert "13800000000" not in masked.text
    assert masked["ETag"] != found["ETag"]
    assert Event.objects.filter(verb="dossier.read", dossier_id=file.pk).count() == 3


@pytest.mark.usefixtures("one_minute")
def test_single_files_count_as_readings(file: Dossier, filler: User, settings: Settings) -> None:
    settings.READS_A_MINUTE = 1
    program = Program(filler, Use.READ)
    assert program.get(f"dossiers/{file.pk}").status_code == 200
    slow = program.get("contracts", dossier=str(file.pk))
    assert (slow.status_code, slow.json()["code"]) == (429, "too_many_readings")
    assert slow["Retry-After"]
    assert program.get("contracts").status_code == 200


def test_a_token_opens_what_it_was_issued_for_and_a_session_reads(
    file: Dossier, filler: User
) -> None:
    assert Program(filler, Use.RISK_CHECK).get("dossiers").status_code == 401
    client = Client()
    assert client.get("/api/v1/dossiers").status_code == 401
    client.force_login(filler)
    assert client.get("/api/v1/dossiers").json()["items"][0]["name"] == "广州甲陶瓷有限公司"
    wrong = client.delete("/api/v1/offtake")
    assert (wrong.status_code, wrong["Allow"]) == (405, "GET, POST")


def test_the_log_says_which_list_and_how_many_never_the_words(file: Dossier, filler: User) -> None:
    program = Program(filler, Use.READ)
    program.get("dossiers", q="甲陶瓷")
    program.get("dossiers", klass="general")
    searched = Event.objects.get(verb="searched").data
    assert (searched["what"], searched["hits"]) == ("dossiers", 1)
    assert "甲陶瓷" not in str(searched)
    read = Event.objects.get(verb="interface.read").data
    assert (read["conditions"]["klass"], read["rows"]) == ("general", 1)


@pytest.mark.parametrize("name", sorted(set(LISTS) - {"customers"}))
def test_the_description_has_each_filter_of_the_page(name: str, file: Dossier) -> None:
    user = plant.person(Role.SUPERVISOR)
    given: Any = Client().get("/").wsgi_request.GET.copy()
    given.update({"since": "2026-01", "until": "2026-12"} if name == "duties" else {})
    seat = desk_of(user)
    form: Any = {
        "dossiers": lambda: DossierFilter(given, user=user, desk=seat),
        "customers": lambda: CustomerFilter(given),
        "contracts": lambda: ContractFilter(given, user=user, desk=seat),
        "offtake": lambda: OfftakeFilter(given, user=user, desk=seat),
        "duties": lambda: DutyFilter(given, user=user, desk=seat, today=date(2026, 11, 5)),
        "risks": lambda: RemarkFilter(given, user=user, many_units=True),
    }[name]()
    document = Client().get("/api/v1/openapi.json").json()
    described = {one["name"] for one in document["paths"][f"/api/v1/{name}"]["get"]["parameters"]}
    assert described == {*form.fields, "limit", "fields"} - set(OF_PAGES)
    for page_only in OF_PAGES:
        assert Program(user, Use.READ).get(name, **{page_only: "all"}).status_code == 400
    (sorts,) = (
        one["schema"]["enum"]
        for one in document["paths"][f"/api/v1/{name}"]["get"]["parameters"]
        if one["name"] == "sort"
    )
    assert set(sorts) == {*form.orders, *(f"-{order}" for order in form.orders)}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_many_rows_cost_as_many_queries_as_one(
    name: str, at: Desk, file: Dossier, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    program = Program(plant.person(Role.SUPERVISOR), Use.READ)
    program.get(name)
    with django_assert_max_num_queries(60) as one:
        program.get(name)
    for _number in range(2):
        more = plant.dossier(file.unit)
        plant.month(plant.contract(more), OCTOBER)
        duty(more)
        remark(at, more)
    with django_assert_max_num_queries(len(one)):
        assert len(program.get(name).json()["items"]) == 3


def test_the_routes_are_those_of_the_pages_of_programs() -> None:
    own = [one for one in urlpatterns if isinstance(one, URLPattern)]
    named = {pattern.name for pattern in own if pattern.name != "openapi"}
    assert named <= {name for name, _pattern in ROUTES}
    assert named == {"api-docs", "api-dossier", *(f"api-{name}" for name in LISTS)}
    assert reverse("api-offtake") == "/api/v1/offtake"


def test_a_session_that_still_owes_a_second_factor_reads_nothing(
    file: Dossier, settings: Settings
) -> None:
    settings.SECOND_FACTOR = True
    client = Client()
    client.force_login(plant.person(Role.SUPERVISOR))
    answer = client.get("/api/v1/dossiers")
    assert (answer.status_code, answer.json()["code"]) == (403, "owed_first")
    assert "广州甲" not in answer.text
