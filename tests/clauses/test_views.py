"""The map, one clause, two editions, the paper: what each person finds there (§4.1c, 6.4.2)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.clauses import editions as shelf
from yihu.clauses.actions import reckon
from yihu.clauses.editions.e2024_1 import EDITION
from yihu.clauses.rules import Chapter, Clause, Kind
from yihu.kit.clock import SHANGHAI, today

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.2")]
NOW = datetime(2026, 11, 25, 3, 50, tzinfo=SHANGHAI)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def boss() -> User:
    for code, region in (("GD", "440000"), ("FJ", "350000")):
        plant.dossier(plant.unit(code, region=region))
    reckon(today=today(), at=NOW)
    return plant.person(Role.SUPERVISOR)


def test_the_map_has_every_clause_in_at_most_ten_queries(
    boss: User, django_assert_max_num_queries: Any
) -> None:
    client = browser(boss)
    with django_assert_max_num_queries(10):
        page = client.get(reverse("clauses:home"))
    lines = [line for _chapter, shown in page.context["chapters"] for line in shown]
    assert len(lines) == page.context["total"] == 53
    assert page.context["proven"] == page.context["binding"]
    text = page.content.decode()
    assert all(said in text for said in ("§6.2.1d", "附件 2.8", "数据截至 2026-11-25 03:50"))
    one = {line.clause.number: line for line in lines}
    assert (one["1"].live.now.top, one["1"].live.now.bottom) == (0, 2)
    low = client.get(reverse("clauses:home"), {"level": "low", "risk": "3a"})
    assert all(
        line.live.level in {"poor", "bad"} and "3a" in line.clause.risks
        for _chapter, shown in low.context["chapters"]
        for line in shown
    )
    assert client.get(reverse("clauses:home"), {"risk": "9"}).status_code == 400


def test_a_clause_tells_definition_numerator_denominator_units_and_tests(boss: User) -> None:
    client = browser(boss)
    page = client.get(reverse("clauses:show", args=["1"]))
    text = page.content.decode()
    assert "其中已有审核通过的版本的 ÷ 未关闭的客户档案" in text
    assert [(line.unit.code, line.point.bottom) for line in page.context["by_unit"]] == [
        ("GD", 1), ("FJ", 1),
    ]  # fmt: skip
    fujian = client.get(reverse("clauses:show", args=["1"]), {"unit": plant.unit("FJ").pk})
    assert fujian.context["live"].now.bottom == 1
    assert (
        "tests/clauses/test_views.py"
        in client.get(reverse("clauses:show", args=["6.4.2"])).content.decode()
    )
    assert client.get(reverse("clauses:show", args=["9.9"])).status_code == 404


@pytest.mark.clause("5.5")
@pytest.mark.parametrize("role", [Role.ITC, Role.AUDITOR])
def test_who_reads_no_customers_reads_the_clauses_without_figures(role: Role, boss: User) -> None:
    client = browser(plant.person(role))
    page = client.get(reverse("clauses:home"))
    assert page.status_code == 200
    assert "§6.3.4" in page.content.decode()
    assert not any(
        line.live and line.live.now for _c, shown in page.context["chapters"] for line in shown
    )
    assert "分子" not in client.get(reverse("clauses:show", args=["1"])).content.decode()


def test_the_table_is_printed_on_paper_and_recorded(boss: User) -> None:
    answer = browser(boss).post(reverse("clauses:pdf"), {"purpose": "report"})
    assert answer.status_code == 200, answer.content.decode()[:500]
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "§6.2.1d" in text
    assert "附件 2.8" in text
    event = Event.objects.get(verb="clauses.printed")
    assert event.data["rows"] == 53


@pytest.fixture
def later() -> Iterator[None]:
    """A made-up second edition beside the first."""
    added = Chapter("9", "新", (Clause("9.9", "新增的一条要求", Kind.BINDING),))
    first, *rest = EDITION.chapters
    shelf.contribute(
        replace(
            EDITION, code="2025-1",
            chapters=(replace(first, clauses=first.clauses[1:]), *rest, added),
        )
    )  # fmt: skip
    yield
    del shelf._editions["2025-1"]


@pytest.mark.clause("7.3")
def test_two_editions_stand_side_by_side(boss: User, later: None) -> None:
    client = browser(boss)
    page = client.get(reverse("clauses:compare"))
    assert [(change.number, change.verdict) for change in page.context["changes"]] == [
        ("9.9", "added"), ("1", "dropped"),
    ]  # fmt: skip
    assert client.get(reverse("clauses:home")).context["edition"].code == "2025-1"
    old = client.get(reverse("clauses:home"), {"edition": "2024-1"})
    assert old.context["edition"].code == "2024-1"
    assert client.get(reverse("clauses:compare"), {"after": "1999"}).status_code == 404


def test_with_one_edition_there_is_nothing_to_compare(boss: User) -> None:
    assert "目前只有 2024-1 一版" in browser(boss).get(reverse("clauses:compare")).content.decode()
