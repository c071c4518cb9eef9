"""Schemes, rounds, judges and classes over HTTP."""

import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tests import plant
from tests.exports.taking import take, take_agreed
from tests.ratings.rated import Head, again, buyer, computed, final, head, moment, score
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.exports.models import TakeoutFile
from yihu.ratings import actions, schemes
from yihu.ratings.models import (
    RatingJudgement,
    RatingResult,
    RatingRound,
    RatingScheme,
    RoundState,
)  # fmt: skip
from yihu.ratings.rules import parse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, rating: RatingRound, *more: object) -> str:
    return reverse(f"ratings:{name}", args=[rating.pk, *more])


def names(client: Client, rating: RatingRound, **query: str) -> list[str]:
    answer = client.get(url("scores", rating), query)
    assert answer.status_code == 200, answer.text
    return [row.dossier.name_full for row in answer.context["page"].rows]


def rated() -> tuple[Head, RatingRound, Client]:
    """Three files of two units: one rose, one fell, one is new."""
    hq, gd = head(), plant.unit("GD")
    up, down = buyer(gd, taken="900", name="广州上升燃气"), buyer(gd, name="广州下降燃气")
    buyer(plant.unit("FJ", region="350000"), taken="1", name="福州新来燃气")
    for file, points, grade in ((up, 30, "C"), (down, 99, "AAA")):
        RatingResult.objects.create(
            unit_id=file.unit_id, dossier=file, year=2025, score=points, grade=grade, state="final"
        )
    return hq, computed(hq), entered(hq.maker)


# Rounds ------------------------------------------------------------------------------------------


@pytest.mark.clause("6.1.3")
def test_a_round_from_the_form_to_classes_decided() -> None:
    hq, gd = head(), plant.unit("GD")
    file = buyer(gd, taken="900")
    maker, checker = entered(hq.maker), entered(hq.checker)
    form = {"year": "2026", "cut_off_on": "2026-10-31"}
    wrong = maker.post(reverse("ratings:new"), {**form, "cut_off_on": "2026-11-30"})
    assert wrong.status_code == 422
    assert "不能晚于今天" in wrong.text
    answer = maker.post(reverse("ratings:new"), form)
    rating = RatingRound.objects.get()
    assert answer["Location"] == url("round", rating)
    waiting = maker.get(url("round", rating)).text
    assert url("progress", rating) in waiting
    assert maker.get(url("progress", rating)).status_code == 200
    actions.compute(rating.pk, at=moment(5))
    assert maker.get(url("progress", rating))["HX-Redirect"] == url("round", rating)
    page = maker.get(url("round", rating))
    assert page.context["whole"]["files"] == 1
    for client, act, state in (
        (maker, "hand-in", RoundState.HANDED),
        (maker, "accept", RoundState.HANDED),
        (checker, "accept", RoundState.REVIEWED),
        (maker, "final", RoundState.FINAL),
    ):
        assert client.post(url("act", rating, act)).status_code == 302
        rating.refresh_from_db()
        assert rating.state == state, act
    listed = maker.get(url("classes", rating))
    (row,) = listed.context["page"].rows
    kept = maker.post(url("decide", rating), {"proposal": str(row.pk), "verdict": "keep"})
    assert "请写明维持原分类的理由" in maker.get(kept["Location"]).text
    maker.post(url("decide", rating), {"proposal": str(row.pk), "verdict": "accept"})
    file.refresh_from_db()
    assert file.klass == "vip"
    assert "按建议认定" in maker.get(url("classes", rating)).text


@pytest.mark.clause("6.1.3")
def test_filters_find_who_moved_and_say_why() -> None:
    _hq, rating, client = rated()
    expected: dict[tuple[tuple[str, str], ...], set[str]] = {
        (("moved", "up"),): {"广州上升燃气"},
        (("moved", "down"),): {"广州下降燃气"},
        (("moved", "new"),): {"福州新来燃气"},
        (("moved", "same"),): set(),
        (("was", "none"),): {"福州新来燃气"},
        (("was", "AAA"),): {"广州下降燃气"},
        (("q", "上升"),): {"广州上升燃气"},
        (("unit", str(plant.unit("FJ").pk)),): {"福州新来燃气"},
        (("crossing", "yes"), ("klass", "vip")): {"广州上升燃气"},
    }
    assert {query: set(names(client, rating, **dict(query))) for query in expected} == expected
    assert names(client, rating, sort="-rise")[0] == "广州上升燃气"
    assert names(client, rating)[-1] == "福州新来燃气"
    assert client.get(url("scores", rating), {"grade": "Z"}).status_code == 400
    matrix = client.get(url("round", rating)).context["matrix"]
    assert [before for before, _cells in matrix] == ["AAA", "AA", "A", "B", "C", ""]
    assert sum(cell.number for _before, cells in matrix for cell in cells) == 3


def test_a_list_asks_the_same_of_the_database_for_one_row_and_for_three() -> None:
    hq, gd = head(), plant.unit("GD")
    client = entered(hq.maker)
    steward = entered(plant.person(Role.STEWARD, gd))
    buyer(gd)
    rating = computed(hq)
    seen: list[list[int]] = []
    for _round in range(2):
        counts = []
        for who, path in (
            (client, url("scores", rating)),
            (client, url("judge", rating)),
            (steward, url("judge", rating)),
            (client, reverse("ratings:home")),
            (client, url("round", rating)),
        ):
            who.get(path)
            with CaptureQueriesContext(
                connection,
            ) as found:
                assert who.get(path).status_code == 200
            counts.append(len(found))
        seen.append(counts)
        for _more in range(2):
            buyer(gd)
        again(hq, rating, 9)
    assert seen[0] == seen[1]


@pytest.mark.clause("5.5")
def test_the_scores_leave_the_house_with_a_trace_and_are_written_down() -> None:
    hq, rating, client = rated()
    assert f'href="{url("xlsx", rating)}" data-takeout' in client.get(url("scores", rating)).text
    made = take_agreed(hq.maker, hq.checker, "ratings:xlsx", rating.pk, query={"moved": "up"})
    assert (made.rows, made.level, made.waits_why) == (1, "core", "含核心商密内容")
    content = bytes(TakeoutFile.objects.get(takeout=made).content)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[1][0] == "广州上升燃气"
    assert (
        Decimal(str(rows[1][3]))
        == score(rating, Dossier.objects.get(name_full="广州上升燃气")).score
    )
    for said in (hq.maker.name, "密级：核心商密", made.trace):
        assert said in str(rows[-1][0])
    event = Event.objects.get(verb="rating_scores.exported")
    assert event.data == {"rows": 1, "conditions": {"moved": "up"}, "trace": made.trace}
    steward = entered(plant.person(Role.STEWARD, plant.unit("FJ", region="350000")))
    assert take(steward, "ratings:xlsx", rating.pk).status_code == 403


@pytest.mark.clause("6.1.3")
def test_a_score_is_told_down_to_its_figures() -> None:
    hq, rating, client = rated()
    file = Dossier.objects.get(name_full="广州上升燃气")
    row = score(rating, file)
    answer = client.get(reverse("ratings:score", args=[row.pk]))
    told = {line.name: line for line in answer.context["lines"]}
    assert told["年提气量"].input == "10,800 万立方米"
    assert told["年提气量"].evidence == [
        ("有数据的合同月数", "12"),
        ("管道气（万立方米）", "10,800"),
    ]
    assert told["战略价值"].points == "不计"
    total = sum(Decimal(line.gives) for line in answer.context["lines"] if line.gives != "—")
    assert abs(total - row.score) <= Decimal("0.05")
    assert "达到 VIP 客户的等级" in answer.text
    assert Event.objects.filter(verb="dossier.read", dossier_id=file.pk).count() == 1
    own = entered(plant.person(Role.FILLER, plant.unit("GD")))
    assert own.get(reverse("ratings:score", args=[row.pk])).status_code == 404
    final(hq, rating)
    page = own.get(reverse("ratings:score", args=[row.pk]))
    assert page.status_code == 200
    assert "客户得分" not in page.text
    part = own.get(reverse("ratings:of", args=[file.pk]))
    assert [(result.year, bool(key)) for result, key in part.context["results"]] == [
        (2026, True), (2025, False),
    ]  # fmt: skip


@pytest.mark.clause("6.3.1")
def test_rounds_are_for_headquarters_and_schemes_for_who_reads_customers() -> None:
    hq, rating, _client = rated()
    schemes.draft(hq.maker, at=moment())
    expected = {Role.FILLER: (200, 200, 404, 403), Role.ITC: (403, 403, 403, 403)}
    for role, statuses in expected.items():
        unit = plant.unit("GD") if role == Role.FILLER else None
        client = entered(plant.person(role, unit))
        assert (
            tuple(
                client.get(path).status_code
                for path in (
                    reverse("ratings:home"),
                    reverse("ratings:scheme", args=[1]),
                    reverse("ratings:scheme", args=[2]),
                    url("round", rating),
                )
            )
            == statuses
        ), role


# Judges ------------------------------------------------------------------------------------------


@pytest.mark.clause("6.1.3")
def test_each_field_of_the_grid_saves_itself_or_says_why_not() -> None:
    hq, gd = head(), plant.unit("GD")
    file, other = buyer(gd), buyer(plant.unit("FJ", region="350000"))
    rating = computed(hq)
    client = entered(plant.person(Role.STEWARD, gd))
    grid = client.get(url("judge", rating))
    assert [row.pk for row, _cells in grid.context["lines"]] == [file.pk]
    assert [line.code for line in grid.context["indicators"]] == ["cooperation"]
    mine = url("judge-one", rating, file.pk, "cooperation")
    saved = client.post(mine, {"points": "85.5"})
    assert (saved.status_code, "已存" in saved.text) == (200, True)
    for typed, said in (("abc", "0 至 100 的数字"), ("101", "0 至 100 之间"), ("NaN", "的数字")):
        refused = client.post(mine, {"points": typed})
        assert said in refused.text, typed
        assert "已存" not in refused.text
        assert f'value="{typed}"' in refused.text
    assert RatingJudgement.objects.get().points == Decimal("85.50")
    assert client.get(url("judge", rating), {"left": "yes"}).context["count"] == 0
    client.post(mine, {"points": ""})
    assert RatingJudgement.objects.get().points is None
    assert client.post(url("judge-one", rating, other.pk, "cooperation")).status_code == 404
    strategic = url("judge-one", rating, file.pk, "strategic_value")
    assert client.post(strategic, {"points": "9"}).status_code == 403


# Schemes -----------------------------------------------------------------------------------------


def sent(client: Client, number: int, **changed: str) -> dict[str, str]:
    """What the editor's form sends as it stands, with some fields changed."""
    forms = client.get(reverse("ratings:scheme-edit", args=[number])).context["forms"]
    found: dict[str, Any] = {}
    for form in (forms.head, *forms.lines, *forms.judged):
        for field in form:
            value = field.value()
            found[field.html_name] = "" if value is None else str(value)
    return {**found, **changed}


@pytest.mark.clause("6.1.3")
def test_the_editor_checks_while_one_types_saves_and_publishes() -> None:
    hq = head()
    client = entered(hq.maker)
    client.post(reverse("ratings:scheme-draft"))
    check, edit = (reverse(f"ratings:scheme-{name}", args=[2]) for name in ("check", "edit"))
    whole = client.post(check, sent(client, 2)).text
    assert "没有问题，可以试算和发布" in whole
    short = client.post(check, sent(client, 2, **{"volume-weight": "10"})).text
    assert "权重合计应为 100，现为 90" in short
    garbled = sent(client, 2, **{"volume-steps": "六百 → 40", "bands": "AAA"})
    assert "看不懂“六百 → 40”" in client.post(check, garbled).text
    refused = client.post(edit, garbled)
    assert (refused.status_code, "看不懂“AAA”" in refused.text) == (422, True)
    changed = {"volume-weight": "10", "term_left-weight": "10",
               "term_left-steps": "0 = 0\n1: 60\n3，100"}  # fmt: skip
    saved = client.post(edit, sent(client, 2, **changed))
    assert saved["Location"] == reverse("ratings:scheme", args=[2])
    scheme = parse(RatingScheme.objects.get(number=2).definition)
    line = scheme.indicator("term_left")
    assert line is not None
    assert line.steps == (
        (Decimal(0), Decimal(0)), (Decimal(1), Decimal(60)), (Decimal(3), Decimal(100)),
    )  # fmt: skip
    stale = client.post(edit, sent(client, 2, version="1"))
    assert (stale.status_code, "他人保存过" in stale.text) == (422, True)
    client.post(reverse("ratings:scheme-publish", args=[2]), {"version": "2"})
    assert RatingScheme.objects.get(number=2).published_by == hq.maker
    assert client.get(edit).status_code == 404


@pytest.mark.clause("6.1.3")
def test_a_trial_is_a_page_of_old_beside_new() -> None:
    hq, gd = head(), plant.unit("GD")
    buyer(gd, taken="100", paid="0.6", name="广州试算燃气")
    client = entered(hq.maker)
    client.post(reverse("ratings:scheme-draft"))
    changed = sent(client, 2, **{"volume-weight": "0", "punctuality-weight": "40"})
    client.post(reverse("ratings:scheme-edit", args=[2]), changed)
    answer = client.post(reverse("ratings:scheme-try", args=[2]))
    made = RatingRound.objects.get(beside__isnull=False)
    assert answer["Location"] == url("round", made)
    actions.compute(made.pk, at=moment(5))
    page = client.get(url("round", made))
    assert "现行方案 → 新方案" in page.text
    (line,) = client.get(url("scores", made)).context["lines"]
    row, why = line
    assert row.rise < 0
    assert "年提气量 -" in why
    told = client.get(reverse("ratings:score", args=[row.pk]))
    assert told.context["compared"].round_id == made.beside_id
    client.post(reverse("ratings:scheme-discard", args=[2]))
    assert not RatingScheme.objects.filter(number=2).exists()
