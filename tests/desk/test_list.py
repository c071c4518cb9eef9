"""The lists: filters, sorts, pages by key, and what may leave the house."""

import csv
import io
from datetime import date
from functools import partial
from typing import Any

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
from yihu.audit.models import Event
from yihu.customers.rules import Klass
from yihu.desk import queries
from yihu.desk.desks import desk_of
from yihu.desk.filters import DossierFilter
from yihu.dossiers.models import Dossier
from yihu.duties.choices import DutyKind
from yihu.kit.paging import BadCursor, Order, page_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 5)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def names(client: Client, query: str = "") -> list[str]:
    """The customers of the list, in the order of the page."""
    answer = client.get(f"/dossiers/?{query}")
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return [line.file.name_full for line in answer.context["lines"]]


@pytest.fixture
def filler() -> User:
    """Three files of Guangdong that differ in everything a filter asks for."""
    gd = plant.unit("GD")
    user = plant.person(Role.FILLER, gd)
    first = plant.dossier(gd, name="爱能燃气有限公司", klass=Klass.VIP, filler=user.staff)
    second = plant.dossier(gd, name="佛山陶瓷有限公司", klass=Klass.STRATEGIC, region="440600")
    third = plant.dossier(gd, name="中山热电有限公司", region="442000", filler=user.staff)
    Dossier.objects.filter(pk=second.pk).update(gas_uses=["02", "03"], opened_on=date(2025, 1, 1))
    Dossier.objects.filter(pk=third.pk).update(klass="", state="dormant")
    plant.contract(first)
    plant.contract(second)
    duty(first, due_on=date(2026, 11, 2))
    duty(second, due_on=date(2026, 11, 13))
    plant.dossier(plant.unit("FJ", region="350000"), name="福州他户燃气有限公司")
    return user


def test_a_clerk_sees_the_units_files_by_pinyin(filler: User) -> None:
    assert names(signed_in(filler)) == ["爱能燃气有限公司", "佛山陶瓷有限公司", "中山热电有限公司"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("klass=vip", ["爱能"]),
        ("klass=none", ["中山"]),
        ("region=440600", ["佛山"]),
        ("region=440000", ["爱能", "佛山", "中山"]),
        ("region=110000", []),
        ("use=03", ["佛山"]),
        ("overdue=yes", ["爱能"]),
        ("overdue=no", ["佛山", "中山"]),
        ("filler=none", ["佛山"]),
        ("state=dormant", ["中山"]),
        ("gap=no_filler", ["佛山"]),
        ("gap=no_contract", ["中山"]),
        ("gap=no_class", ["中山"]),
        ("q=陶瓷", ["佛山"]),
        ("q=anrq", ["爱能"]),
        ("q=ANRQ", ["爱能"]),
        ("q=zsrd", ["中山"]),
        ("klass=vip&overdue=no", []),
        ("sort=-name", ["中山", "佛山", "爱能"]),
        ("sort=class", ["佛山", "爱能", "中山"]),
        ("sort=due", ["爱能", "佛山", "中山"]),
        ("sort=-due", ["中山", "佛山", "爱能"]),
        ("sort=number", ["爱能", "佛山", "中山"]),
    ],
)
def test_filters_and_sorts(filler: User, query: str, expected: list[str]) -> None:
    assert [name[:2] for name in names(signed_in(filler), query)] == expected


def test_the_responsible_filler_is_a_filter(filler: User) -> None:
    found = names(signed_in(filler), f"filler={filler.staff_id}")
    assert [name[:2] for name in found] == ["爱能", "中山"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("klass=gold", "客户分类：没有“gold”这个选项。"),
        ("region=999999", "区域：没有“999999”这个选项。"),
        ("sort=price", "没有“price”这种排序。"),
        ("q=陶", "客户：至少写两个字。"),
        ("filler=me", "填报人：没有“me”这个选项。"),
        ("page=2", "不认识条件“page”。"),
        ("unit=1", "不认识条件“unit”。"),
        ("after=xyz", "翻页位置无法识别。"),
        ("after=WyJ4Il0&sort=due", "翻页位置无法识别。"),
        ("after=a&before=b", "翻页位置只能有一个。"),
    ],
)
def test_a_bad_condition_is_refused_in_a_sentence(filler: User, query: str, sentence: str) -> None:
    answer = signed_in(filler).get(f"/dossiers/?{query}")
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert "爱能" not in answer.content.decode()


@pytest.mark.clause("6.3.1")
def test_another_units_filler_is_no_option(filler: User) -> None:
    fj = plant.unit("FJ", region="350000")
    stranger = plant.person(Role.FILLER, fj)
    plant.dossier(fj, filler=stranger.staff)
    answer = signed_in(filler).get(f"/dossiers/?filler={stranger.staff_id}")
    assert answer.status_code == 400


def test_headquarters_filters_by_unit(filler: User) -> None:
    client = signed_in(plant.person(Role.SUPERVISOR))
    assert len(names(client)) == 4
    assert names(client, f"unit={plant.unit('FJ').pk}") == ["福州他户燃气有限公司"]


@pytest.mark.parametrize("sort", list(DossierFilter.orders))
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_by_key_lose_and_repeat_nothing(sort: str, sign: str) -> None:
    gd = plant.unit("GD")
    user = plant.person(Role.FILLER, gd)
    for place in range(7):
        made = plant.dossier(gd, name=f"同名{place // 3}有限公司", klass=list(Klass)[place % 3])
        if place % 2:
            duty(made, due_on=date(2026, 11, 10 + place // 4))
    chosen = DossierFilter(QueryDict(f"sort={sign}{sort}"), user=user, desk=desk_of(user))
    assert chosen.is_valid()
    rows = queries.dossiers(user, chosen.cleaned_data, TODAY)
    whole = [row.pk for row in page_of(rows, chosen.order).rows]
    assert len(whole) == 7
    forward: list[Any] = []
    after, cursors = "", []
    while True:
        page = page_of(rows, chosen.order, after=after, size=2)
        forward += [row.pk for row in page.rows]
        cursors.append(page)
        if not page.after:
            break
        after = page.after
    assert forward == whole
    backward = [row.pk for row in cursors[-1].rows]
    before = cursors[-1].before
    while before:
        page = page_of(rows, chosen.order, before=before, size=2)
        backward = [row.pk for row in page.rows] + backward
        before = page.before
    assert backward == whole


@pytest.mark.parametrize("role", [Role.FILLER, Role.READER, Role.SUPERVISOR])
def test_words_alone_lead_through_all_that_they_find(
    role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    gd = plant.unit("GD")
    user = plant.person(role, None if role is Role.SUPERVISOR else gd)
    for place in range(5):
        plant.dossier(gd, name=f"同名{place // 2}燃气有限公司")
    plant.dossier(gd, name="佛山陶瓷有限公司")
    plant.dossier(plant.unit("FJ", region="350000"), name="福州他户燃气有限公司")
    monkeypatch.setattr(queries, "SIZE", 2)
    monkeypatch.setattr("yihu.desk.views.page_of", partial(page_of, size=2))
    client = signed_in(user)
    liked = Dossier.objects.visible_to(user).filter(name_full__contains="燃气")
    expected = [row.name_full for row in liked.order_by("pinyin", "pk")]
    assert len(expected) == (6 if role is Role.SUPERVISOR else 5)
    found: list[str] = []
    after = ""
    while True:
        answer = client.get("/dossiers/", {"q": "燃气"} | ({"after": after} if after else {}))
        assert answer.context["count"] == len(expected)
        found += [line.file.name_full for line in answer.context["lines"]]
        after = answer.context["page"].after
        if not after:
            break
    assert found == expected


def test_a_cursor_of_another_sort_is_refused(filler: User) -> None:
    rows = Dossier.objects.visible_to(filler)
    cursor = page_of(rows, Order("pinyin"), size=1).after
    assert cursor
    with pytest.raises(BadCursor):
        page_of(rows, Order("next_due_on", date.fromisoformat), after=cursor)


def test_under_htmx_only_the_list_comes_back(filler: User) -> None:
    client = signed_in(filler)
    whole = client.get("/dossiers/?klass=vip").content.decode()
    part = client.get("/dossiers/?klass=vip", headers={"HX-Request": "true"})
    assert "<html" in whole
    assert "<html" not in part.content.decode()
    assert 'id="list"' in part.content.decode()
    assert "HX-Request" in part["Vary"]
    assert "klass=vip" in part.content.decode()  # the export follows the filter


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/dossiers/", Role.FILLER),
        ("/dossiers/?sort=due", Role.FILLER),
        ("/duties/", Role.FILLER),
        ("/dossiers/", Role.SUPERVISOR),
        ("/customers/", Role.SUPERVISOR),
        ("/events/", Role.AUDITOR),
        ("/search/?q=燃气", Role.READER),
        ("/search/live/?q=燃气", Role.READER),
    ],
)
def test_three_rows_cost_as_many_queries_as_one(path: str, role: Role) -> None:
    gd = plant.unit("GD")
    user = plant.person(role, gd if role in {Role.FILLER, Role.READER} else None)
    client = signed_in(user)

    def add() -> None:
        of = plant.dossier(gd, filler=plant.staff(gd))
        duty(of)
        duty(of, kind=DutyKind.REVIEW, done_on=date(2026, 11, 1))

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    add()
    client.get(path)
    one = cost()
    add()
    add()
    assert cost() == one


# What leaves the house -----------------------------------------------------------------------


@pytest.mark.clause("5.5")
def test_the_filtered_list_leaves_as_a_workbook_that_holds_no_formula(filler: User) -> None:
    Dossier.objects.filter(name_full="爱能燃气有限公司").update(name_full="=cmd|' /C calc'!A0")
    answer = signed_in(filler).post("/dossiers.xlsx?klass=vip", PURPOSE)
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]][:3] == ["档案编号", "客户名称", "统一社会信用代码"]
    assert rows[1][1].value == "=cmd|' /C calc'!A0"
    assert rows[1][1].data_type == "s"
    assert rows[1][3].value == "VIP客户"
    assert rows[1][10].value.date() == date(2026, 11, 2)
    assert rows[2][0].value is None
    last = rows[3][0].value
    assert filler.staff is not None
    for said in (
        filler.name,
        filler.staff.employee_no,
        answer["X-Yihu-Trace"],
        "核心商密★长期",
        "共 1 行",
    ):
        assert said in last, said
    event = Event.objects.get(verb="dossiers.exported")
    assert (event.actor_id, event.data["rows"], event.data["conditions"]) == (
        filler.pk,
        1,
        {"klass": "vip"},
    )


@pytest.mark.clause("5.5")
def test_text_of_a_csv_is_never_a_formula(filler: User) -> None:
    Dossier.objects.filter(name_full="爱能燃气有限公司").update(name_full="＝1+1")
    answer = signed_in(filler).post("/dossiers.csv", PURPOSE)
    body = answer.content
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:4]] == ["'＝1+1", "佛山陶瓷有限公司", "中山热电有限公司"]
    assert len(rows) == 5


def test_an_export_reads_its_rows_in_one_query_however_many(filler: User) -> None:
    client = signed_in(filler)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            answer = client.post("/dossiers.csv", PURPOSE)
            assert answer.status_code == 200
        return len(captured)

    client.post("/dossiers.csv", PURPOSE)
    three = cost()
    plant.dossier(plant.unit("GD"))
    assert cost() == three


@pytest.mark.clause("5.5")
@pytest.mark.parametrize("role", [Role.READER, Role.CUSTODIAN])
def test_who_only_looks_takes_nothing_away(filler: User, role: Role) -> None:
    client = signed_in(plant.person(role, plant.unit("GD")))
    assert client.get("/dossiers/").status_code == 200
    for path in ("/dossiers.xlsx", "/dossiers.csv"):
        assert client.get(path).status_code == 403
    assert not Event.objects.filter(verb="dossiers.exported").exists()


# Duties --------------------------------------------------------------------------------------


@pytest.fixture
def keeper() -> User:
    """A unit with one duty in each standing."""
    gd = plant.unit("GD")
    user = plant.person(Role.FILLER, gd)
    mine = plant.dossier(gd, name="甲燃气有限公司", klass=Klass.VIP, filler=user.staff)
    other = plant.dossier(gd, name="乙陶瓷有限公司")
    duty(mine, due_on=date(2026, 11, 13))
    duty(other, due_on=date(2026, 11, 4))
    duty(mine, start=date(2026, 9, 1), due_on=date(2026, 10, 22), done_on=date(2026, 10, 22))
    duty(other, start=date(2026, 9, 1), due_on=date(2026, 10, 22), done_on=date(2026, 10, 23))
    duty(
        mine,
        kind=DutyKind.REVIEW,
        start=date(2026, 10, 1),
        end=date(2026, 12, 31),
        due_on=date(2026, 12, 31),
    )
    dropped = duty(other, kind=DutyKind.REVIEW)
    type(dropped).objects.filter(pk=dropped.pk).update(dropped_at=dropped.planned_at)
    return user


@pytest.mark.clause("6.2.1")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["甲", "乙", "乙", "甲", "甲"]),
        ("state=todo", ["乙", "甲", "甲"]),
        ("state=overdue", ["乙"]),
        ("state=open", ["甲", "甲"]),
        ("state=done", ["甲", "乙"]),
        ("state=on_time", ["甲"]),
        ("state=late", ["乙"]),
        ("kind=review", ["甲"]),
        ("period=2026-10", ["乙", "甲"]),
        ("period=2026-Q4", ["甲"]),
        ("month=2026-11", ["乙", "甲"]),
        ("klass=vip&state=todo", ["甲", "甲"]),
        ("filler=none&state=todo", ["乙"]),
        ("q=陶瓷&state=late", ["乙"]),
        ("sort=-due", ["甲", "甲", "乙", "甲", "乙"]),
    ],
)
def test_duties_under_filters(keeper: User, query: str, expected: list[str]) -> None:
    answer = signed_in(keeper).get(f"/duties/?{query}")
    assert answer.status_code == 200, answer.content.decode()[:2000]
    found = [line.duty.dossier.name_full[0] for line in answer.context["lines"]]
    # equal dates stand in the order of their random keys
    assert (sorted(found) if query in {"", "sort=-due", "state=done"} else found) == (
        sorted(expected) if query in {"", "sort=-due", "state=done"} else expected
    )


@pytest.mark.parametrize("query", ["state=soon", "month=2026-13", "month=November", "period=2026"])
def test_a_bad_condition_on_duties_is_refused(keeper: User, query: str) -> None:
    assert signed_in(keeper).get(f"/duties/?{query}").status_code == 400


def test_of_many_hits_the_first_by_name_are_met_on_the_way(
    filler: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(filler)
    for words in ("有限公司", "公司", "热电 有", "FOSHAN", "没有"):
        few = names(client, f"q={words}")
        for far in (1, 2, 3):
            monkeypatch.setattr(queries, "FOUND", far)
            assert names(client, f"q={words}") == few, (words, far)
            hits = Event.objects.filter(verb="searched").latest("id").data["hits"]
            assert hits == min(far, len(few))
            answer = client.get(f"/dossiers/?q={words}")
            assert answer.context["and_more"] == (len(few) >= far)
            assert client.get(f"/dossiers/?q={words}&count=all").context["count"] == len(few)
        monkeypatch.undo()
        monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())


def test_files_are_counted_so_far_and_to_the_end_when_asked(
    filler: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(filler)
    assert "共 <strong>3</strong> 户" in client.get("/dossiers/").content.decode()
    monkeypatch.setattr(queries, "COUNTED", 2)
    for query in ("", "sort=-opened", "region=440000"):
        said = client.get(f"/dossiers/?{query}").content.decode()
        assert "<strong>2</strong> 户以上" in said, query
        assert len(names(client, query)) == 3
        said = client.get(f"/dossiers/?{query}&count=all").content.decode()
        assert "共 <strong>3</strong> 户" in said, query
        assert "户以上" not in said
    assert "共 <strong>1</strong> 户" in client.get("/dossiers/?klass=vip").content.decode()
    assert client.get("/dossiers/?count=some").status_code == 400
