"""Versions over HTTP: the list, one, two compared, and every file as it stood on a day."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.dossiers.editions import renamed, taken_up
from tests.dossiers.files import Desk, approved, complete_dossier, desk, moment
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier

pytestmark = [pytest.mark.django_db, pytest.mark.clause("3c")]


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-20")


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def three(at: Desk) -> Dossier:
    """A file with three versions: of the 3rd, 6th and 9th; its contract came with the third."""
    dossier = complete_dossier(at)
    approved(at, dossier, at_time=moment(3))
    approved(at, dossier, at_time=moment(6), legal_rep="王五")
    plant.month(plant.contract(dossier), date(2026, 10, 1))
    approved(at, dossier, at_time=moment(9), name_full="广州新名燃气有限公司")
    return dossier


def test_every_version_is_listed_and_opens_as_it_stood() -> None:
    gd = desk()
    dossier = three(gd)
    client = entered(gd.filler)
    page = client.get(reverse("desk:versions", args=[dossier.pk])).text
    assert page.count("第 1 版</a>") == 1
    first = client.get(reverse("desk:version", args=[dossier.pk, 1])).text
    assert "李明" in first
    assert "王五" not in first
    assert "与内容相符" in first
    assert "现行为第 3 版" in first
    third = client.get(reverse("desk:version", args=[dossier.pk, 3])).text
    assert "管道气" in third  # the contract of that day, its codes in words
    assert "只供查阅" not in third
    assert client.get(reverse("desk:version", args=[dossier.pk, 4])).status_code == 404


def test_two_versions_are_compared_old_beside_new() -> None:
    gd = desk()
    dossier = three(gd)
    client = entered(gd.filler)
    compare = reverse("desk:compare", args=[dossier.pk])
    page = client.get(compare, {"old": "1", "new": "2"}).text
    for said in ("李明", "王五", "法定代表人"):
        assert said in page
    ledger = client.get(compare, {"old": "3", "new": "2"}).text  # either way round
    assert "新增 1 行" in ledger
    assert client.get(compare, {"old": "1", "new": "1"}).status_code == 400
    assert client.get(compare, {"old": "x", "new": "1"}).status_code == 400
    assert client.get(compare, {"old": "1", "new": "9"}).status_code == 404


def test_versions_of_two_editions_are_compared_by_their_mapping() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    approved(gd, dossier, at_time=moment(3))
    boss = plant.person(Role.SUPERVISOR)
    taken_up(boss, renamed("legal_rep", "legal_person"), on=moment().date(), at=moment(4))
    dossier.refresh_from_db()
    approved(gd, dossier, at_time=moment(6), reg_addr="广州市天河区 2 号")
    page = (
        entered(gd.filler)
        .get(reverse("desk:compare", args=[dossier.pk]), {"old": "1", "new": "2"})
        .text
    )
    assert "广州市天河区 2 号" in page
    assert "所依的填报指南不同" in page
    assert "李明" not in page


@pytest.mark.parametrize(
    ("on", "said"),
    [("2026-11-03", "第 1 版"), ("2026-11-05", "第 1 版"), ("2026-11-06", "第 2 版")],
)
def test_the_file_as_of_a_day(on: str, said: str) -> None:
    gd = desk()
    dossier = three(gd)
    client = entered(gd.filler)
    address = reverse("desk:as-of", args=[dossier.pk])
    page = client.get(address, {"on": on})
    assert f"截至 {on}：{said}" in page.text
    assert client.get(address, {"on": "2026-11-02"}).status_code == 404
    assert client.get(address, {"on": "昨天"}).status_code == 400
    assert client.get(address, {"on": "2026-11-20"}).status_code == 302


def test_the_list_as_of_a_day_says_what_held_then() -> None:
    gd = desk()
    dossier = three(gd)
    old = dossier.former_names[0]
    client = entered(gd.filler)
    held = reverse("desk:held")
    then = client.get(held, {"on": "2026-11-06"}).text
    assert old in then
    assert "现名 广州新名燃气有限公司" in then
    none = client.get(held, {"on": "2026-11-02"}).text
    assert "尚无审核版本" in none
    assert old not in client.get(held, {"on": "2026-11-06", "klass": "vip"}).text
    assert client.get(held, {"on": "x"}).status_code == 400
    assert client.get(held).status_code == 302


def test_another_unit_finds_none_of_it() -> None:
    gd, fj = desk("GD"), desk("FJ")
    dossier = three(gd)
    client = entered(fj.filler)
    for name, args in (
        ("versions", [dossier.pk]),
        ("version", [dossier.pk, 1]),
        ("as-of", [dossier.pk]),
    ):
        assert client.get(reverse(f"desk:{name}", args=args)).status_code == 404
    assert "新名" not in client.get(reverse("desk:held"), {"on": "2026-11-20"}).text


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_the_same_for_any_number_of_rows(rows: int) -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    for number in range(rows):
        approved(gd, dossier, at_time=moment(3 + number), legal_rep=f"王{number}")
        if number:
            approved(gd, complete_dossier(gd), at_time=moment(3))
    client = entered(gd.filler)
    for address, count in (
        (reverse("desk:versions", args=[dossier.pk]), 6),
        (f"{reverse('desk:held')}?on=2026-11-20", 5),
    ):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == count
