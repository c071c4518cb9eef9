"""The board and the lists behind it: who reads them, what is masked, how many queries (§6.4.1)."""

import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode
from python_calamine import CalamineWorkbook

from tests import plant
from tests.boards.world import World, world
from tests.exports.taking import take_however
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


@pytest.mark.clause("5.5")
def test_the_list_behind_a_figure_is_taken_out_as_it_is_read(at: World) -> None:
    def taken(user: User, **query: str) -> list[list[str]]:
        path = f"{reverse('boards:export')}?{urlencode(query)}"
        answer = take_however(browser(user), user, path, plant.person(Role.STEWARD, at.gd))
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
        rows = book.get_sheet_by_index(0).to_python()
        return [[str(cell) for cell in row] for row in rows[1:] if row[1]]

    boss, steward = plant.person(Role.SUPERVISOR), plant.person(Role.STEWARD, at.gd)
    head, *lines = taken(boss, measure="wan_m3", year="")
    assert (head[-1], [line[-1] for line in lines]) == (
        "本年提气量（管道气）（万立方米）",
        ["220.0", "30.0"],
    )
    head, *lines = taken(boss, measure="wan_m3", year="2025", supply="pipeline")
    assert (head[-1], [line[-1] for line in lines]) == (
        "上年提气量（管道气）（万立方米）",
        ["160.0"],
    )
    head, *lines = taken(boss, measure="owed")  # what one customer owes is not headquarters'
    assert (head[-1], len(lines)) == ("气源", 1)
    head, *lines = taken(steward, measure="owed")
    assert (lines[0][1], lines[0][-1]) == (at.a.name_full, "2720000.0")
    reader = browser(plant.person(Role.READER, at.gd))
    assert reader.get(reverse("boards:export")).status_code == 403


def test_the_board_of_last_year_by_gas(at: World) -> None:
    client = browser(plant.person(Role.SUPERVISOR))
    page = client.get(reverse("boards:home"), {"year": "2025", "supply": "pipeline"})
    charts = {chart.code: chart for chart in page.context["charts"]}
    assert charts["wan_m3"].total == "160.00"
    assert "year=2025" in charts["wan_m3"].url
    listed = client.get(charts["wan_m3"].url)
    assert (listed.context["count"], listed.context["sum"]) == (1, "160.00")
    assert "2025 年全年" in page.content.decode()
    assert client.get(reverse("boards:home"), {"year": "2019"}).status_code == 400
    english = client.get(
        reverse("boards:home"), {"year": "2025"}, headers={"Accept-Language": "en"}
    ).content.decode()
    assert "The whole of 2025" in english


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
