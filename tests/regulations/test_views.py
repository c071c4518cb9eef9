"""The library over HTTP: who reads what, the form, the work that waits, the file."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.papers import made as files
from tests.regulations.issued import of_group, own
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.regulations.models import Checked, Regulation

pytestmark = pytest.mark.django_db
LIBRARY = reverse("regulations:library")
NEW = reverse("regulations:new")
FORM = {
    "number": "GD-KH-01",
    "title": "广东客户档案实施细则",
    "edition": "1",
    "effective_on": "2024-08-01",
}


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def steward(code: str = "GD") -> User:
    return plant.person(Role.STEWARD, plant.unit(code))


def titles(client: Client, **query: str) -> list[str]:
    answer = client.get(LIBRARY, query)
    assert answer.status_code == 200, answer.text
    return [f"{row.unit.code} {row.edition}" for row in answer.context["page"].rows]


@pytest.mark.clause("4.3a")
def test_the_groups_are_read_by_all_units_and_a_units_own_by_itself() -> None:
    first = of_group()
    gd, fj = steward("GD"), steward("FJ")
    mine = own(gd, carries_out=first)
    everybody = [plant.person(role, plant.unit("GD")) for role in (Role.READER, Role.FILLER)]
    for user in (gd, plant.person(Role.SUPERVISOR), *everybody):
        assert titles(entered(user), sort="number") == ["GD 1", "HQ 2024-1"]
    assert titles(entered(fj)) == ["HQ 2024-1"]
    pages = ("show", "download", "check", "repeal", "amend")
    for name in pages:
        address = reverse(f"regulations:{name}", args=[mine.pk])
        answers = {entered(fj).get(address).status_code, entered(fj).post(address).status_code}
        assert answers <= {404, 405}, name
    shown = entered(fj).get(reverse("regulations:show", args=[first.pk]))
    assert (shown.status_code, "广东客户档案实施细则" in shown.text) == (200, False)
    assert "广东客户档案实施细则" not in entered(fj).get(LIBRARY, {"q": "实施细则"}).text
    for role in (Role.ITC, Role.AUDITOR):
        client = entered(plant.person(role))
        assert client.get(LIBRARY).status_code == 403
        assert client.get(reverse("regulations:show", args=[first.pk])).status_code == 404


def test_filters_and_bad_conditions() -> None:
    former = of_group(edition="2023-1", effective_on=date(2023, 3, 1))
    group = of_group(supersedes=former)
    boss = entered(plant.person(Role.SUPERVISOR))
    own(steward(), carries_out=group)
    of_group(number="X", edition="2027-1", effective_on=date(2027, 1, 1))
    first, *same_day, last = titles(boss)
    assert [first, sorted(same_day), last] == ["HQ 2027-1", ["GD 1", "HQ 2024-1"], "HQ 2023-1"]
    assert titles(boss, level="unit") == ["GD 1"]
    assert titles(boss, state="superseded") == ["HQ 2023-1"]
    assert titles(boss, state="coming") == ["HQ 2027-1"]
    assert titles(boss, state="repealed") == []
    assert titles(boss, state="in_force", level="group") == ["HQ 2024-1"]
    assert titles(boss, unit=str(plant.unit("GD").pk)) == ["GD 1"]
    for query in ({"state": "valid"}, {"q": "一"}, {"unit": "0"}, {"after": "?"}, {"x": "y"}):
        assert boss.get(LIBRARY, query).status_code == 400, query


def test_one_row_and_three_ask_the_same_queries() -> None:
    boss = plant.person(Role.SUPERVISOR)
    client = entered(boss)

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(LIBRARY).status_code == 200
        return len(seen)

    first = of_group(boss, edition="2023-1", effective_on=date(2023, 3, 1))
    own(steward("GD"), carries_out=first)
    second = of_group(boss, supersedes=first)
    asked()
    one = asked()
    for code in ("FJ", "ZJ"):
        own(steward(code), carries_out=first)
    of_group(boss, edition="2026-1", effective_on=date(2026, 1, 1), supersedes=second)
    assert asked() == one


@pytest.mark.clause("7.2")
def test_a_steward_issues_renews_and_checks() -> None:
    first = of_group(edition="2023-1", effective_on=date(2023, 3, 1))
    gd = steward()
    client = entered(gd)
    scan = SimpleUploadedFile("细则.pdf", files.written("Article 1"))
    client.post(NEW, {**FORM, "carries_out": str(first.pk), "file": scan})
    mine = Regulation.objects.get(unit=gd.staff.unit)  # type: ignore[union-attr]
    page = client.get(reverse("regulations:show", args=[mine.pk]))
    assert page.context["drawable"] is True
    assert "待修订" not in page.text
    second = of_group(supersedes=first)
    assert "待修订的单位细则" in client.get(LIBRARY).text
    address = reverse("regulations:show", args=[mine.pk])
    assert "集团新版自 2024-06-01 起施行" in client.get(address).text
    offered = client.get(NEW, {"supersedes": str(mine.pk)}).context["form"].initial
    assert (offered["supersedes"], offered["carries_out"]) == (str(mine.pk), str(second.pk))
    client.post(reverse("regulations:check", args=[mine.pk]), {"basis": "新版未改相关条款"})
    assert Checked.objects.get().against == second
    assert "新版未改相关条款" in client.get(address).text
    assert "待修订的单位细则" not in client.get(LIBRARY).text
    renewed = {"edition": "2", "effective_on": "2024-10-01", "supersedes": str(mine.pk)}
    client.post(NEW, {**FORM, **renewed, "carries_out": str(second.pk)})
    mine.refresh_from_db()
    assert mine.ended_on == date(2024, 10, 1)
    assert "已被替代" in client.get(address).text


def test_only_steward_and_supervisor_see_the_work_and_the_door() -> None:
    first = of_group(edition="2023-1", effective_on=date(2023, 3, 1))
    own(steward(), carries_out=first)
    of_group(supersedes=first)
    for role in (Role.FILLER, Role.READER):
        client = entered(plant.person(role, plant.unit("GD")))
        page = client.get(LIBRARY).text
        assert ["待修订的单位细则" in page, "制度入库" in page] == [False, False]
        assert client.get(NEW).status_code == 403
        assert client.post(NEW, FORM).status_code == 403
    boss = entered(plant.person(Role.SUPERVISOR)).get(LIBRARY).text
    assert "待修订的单位细则" in boss


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"number": ""}, "请填写制度编号。"),
        ({"effective_on": "2024 年"}, "日期应写成 2026-11-05 这样。"),
        ({"supersedes": "x"}, "没有这一项，请从列表中选择。"),
        ({"edition": "0"}, "已有一版有效"),
    ],
)
def test_a_bad_form_says_why(wrong: dict[str, str], sentence: str) -> None:
    gd = steward()
    own(gd)
    answer = entered(gd).post(NEW, {**FORM, "effective_on": "2025-01-01", **wrong})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert Regulation.objects.count() == 1


def test_repealed_and_amended_on_its_page() -> None:
    boss = plant.person(Role.SUPERVISOR)
    client, row = entered(boss), of_group(boss)
    at = reverse("regulations:show", args=[row.pk])
    client.post(
        reverse("regulations:amend", args=[row.pk]),
        {"title": "新名称", "summary": "摘要两句", "reason": "名称录错"},
    )
    assert ["新名称" in client.get(at).text, "摘要两句" in client.get(at).text] == [True, True]
    repeal = reverse("regulations:repeal", args=[row.pk])
    bad = client.post(repeal, {"on": "上周", "reason": "不用了"}, follow=True)
    assert "废止日期应写成 2026-11-05 这样。" in bad.text
    client.post(repeal, {"on": "2026-11-05", "reason": "不用了"})
    assert "已废止" in client.get(at).text


@pytest.mark.clause("5.5")
def test_the_file_is_handed_out_and_logged() -> None:
    boss = plant.person(Role.SUPERVISOR)
    client, row = entered(boss), of_group(boss, text="细则正文".encode())
    answer = client.get(reverse("regulations:download", args=[row.pk]))
    assert b"".join(answer.streaming_content) == "细则正文".encode()
    assert answer["Content-Disposition"].startswith("attachment;")
    assert Event.objects.get(verb="regulation.downloaded").subject_id == str(row.pk)
    bare = of_group(boss, number="X")
    assert client.get(reverse("regulations:download", args=[bare.pk])).status_code == 404
    assert client.get(reverse("regulations:picture", args=[bare.pk, 1])).status_code == 404
