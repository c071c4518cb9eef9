"""The board and the lists behind it: who reads them, what is masked, how many queries (§6.4.1)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.boards.world import World, world
from yihu.access.models import User
from yihu.access.rules import UNIT_ROLES, Role
from yihu.boards.actions import reckon
from yihu.kit.clock import now, today

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.1")]


@pytest.fixture
def at() -> World:
    return world()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_headquarters_sees_all_and_drills_to_the_files(
    at: World, django_assert_max_num_queries: Any
) -> None:
    client = browser(plant.person(Role.SUPERVISOR))
    with django_assert_max_num_queries(26):
        page = client.get(reverse("boards:home"))
    tiles = {tile.label: tile for tile in page.context["tiles"]}
    assert tiles["建档覆盖率"].note == "0 / 4 签有合同的客户"
    assert tiles["未付清的应收"].value is None  # one customer owes: its amount would be told
    charts = {chart.code: chart for chart in page.context["charts"]}
    assert set(charts) == {"wan_m3", "tonne"} | {
        code for code in charts if code.startswith("band-")
    }  # a month's revenue is of one or two customers
    assert charts["wan_m3"].total == "250.00"
    assert dict(charts["wan_m3"].table)["10"] == ["80.00", "120.00"]
    assert dict(charts["wan_m3"].table)["11"] == ["—", "—"]
    units = {bar.label: bar for r in page.context["rankings"] if r.code == "unit" for bar in r.bars}
    assert list(units["GD销售分公司"].cells) == [
        "2", "220.00", "+37.5%", "50.00", "—", None,
    ]  # fmt: skip
    gd = client.get(units["GD销售分公司"].url)
    assert {t.label: t.note for t in gd.context["tiles"]}["建档覆盖率"] == "0 / 2 签有合同的客户"
    listed = client.get(tiles["未付清的应收"].url)
    assert "2,720,000" not in listed.content.decode()
    assert (listed.context["count"], listed.context["sum"]) == (1, "")
    assert client.get(reverse("boards:home"), {"unit": "0"}).status_code == 400


@pytest.mark.clause("5.5")
def test_a_units_keepers_see_their_money(at: World) -> None:
    client = browser(plant.person(Role.STEWARD, at.gd))
    page = client.get(reverse("boards:home"))
    tiles = {tile.label: tile for tile in page.context["tiles"]}
    assert tiles["未付清的应收"].value == "2,720,000.00"
    assert {"amount", "ages"} < {chart.code for chart in page.context["charts"]}
    listed = client.get(tiles["未付清的应收"].url)
    assert (listed.context["count"], listed.context["sum"]) == (1, "2,720,000.00")
    assert at.a.name_full in listed.content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_no_more_for_more_rows(
    at: World, number: int, django_assert_max_num_queries: Any
) -> None:
    for _place in range(number):
        plant.dossier(at.zj, region="330100")
    reckon([at.zj.pk], today=today(), at=now())
    client = browser(plant.person(Role.FILLER, at.zj))
    with django_assert_max_num_queries(12):
        page = client.get(reverse("boards:files"))
    assert page.context["count"] == number + 1


@pytest.mark.parametrize("role", [Role.ITC, Role.AUDITOR, Role.READER, Role.CUSTODIAN])
def test_who_neither_keeps_nor_supervises_files_reads_no_board(role: Role, at: World) -> None:
    client = browser(plant.person(role, at.gd if role in UNIT_ROLES else None))
    for name in ("boards:home", "boards:files"):
        assert client.get(reverse(name)).status_code == 403
