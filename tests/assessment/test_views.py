"""The pages of assessments by client: who sees what, the figures and the lists behind them, the
interface, what leaves the house (§6.4.2)."""

import json
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tests import plant
from tests.assessment.world import TODAY, computed, line, moment, published, world
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.assessment import actions, jobs
from yihu.assessment.choices import State, Verdict
from yihu.assessment.models import Assessment, Entry, Objection, Scheme
from yihu.audit.models import Event
from yihu.notices.models import Notice

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.2")]


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, name: str, *args: Any, status: int = 200, query: str = "") -> str:
    answer = client.get(reverse(f"assessment:{name}", args=args) + query)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def test_headquarters_goes_from_a_period_to_final_by_the_pages() -> None:
    w = world()
    hq = client_of(w.first)
    assert "2026 年 10 月" in page(hq, "home")
    answer = hq.post(reverse("assessment:new"), {"period": "2026-M10"})
    row = Assessment.objects.get()
    assert answer["Location"] == reverse("assessment:show", args=[row.pk])
    assert row.state == State.COMPUTING
    assert 'id="progress"' in page(hq, "show", row.pk)
    jobs.compute(str(row.pk))
    done = hq.get(reverse("assessment:progress", args=[row.pk]))
    assert done["HX-Redirect"] == reverse("assessment:show", args=[row.pk])
    assert Notice.objects.filter(user=w.first, verb="assessment.computed").exists()
    hq.post(reverse("assessment:act", args=[row.pk, "publish"]))
    assert Notice.objects.filter(verb="assessment.published").count() == 3
    steward = client_of(w.stewards["FJ"])
    own = line(row, "timeliness", w.units["FJ"])
    steward.post(reverse("assessment:object", args=[own.pk]), {"words": "客户停产，已报备"})
    made = Objection.objects.get()
    assert "客户停产" in page(hq, "line", own.pk)
    hq.post(
        reverse("assessment:decide", args=[made.pk]),
        {"verdict": "granted", "reason": "属实", "by_how_much": "2"},
    )
    made.refresh_from_db()
    assert (made.verdict, made.by_how_much) == (Verdict.GRANTED, Decimal(2))
    assert Notice.objects.filter(user=w.stewards["FJ"], verb="objection.decided").exists()
    hq.post(reverse("assessment:act", args=[row.pk, "final"]))
    row.refresh_from_db()
    assert row.state == State.PUBLISHED  # the days for objections are not over
    Assessment.objects.filter(pk=row.pk).update(objections_until=date(2026, 11, 20))
    hq.post(reverse("assessment:act", args=[row.pk, "final"]))
    row.refresh_from_db()
    assert row.state == State.FINAL
    assert "已定案" in page(steward, "show", row.pk)


def test_a_unit_sees_its_lines_and_of_others_the_score_alone() -> None:
    w = world()
    row = computed(w)
    steward = client_of(w.stewards["GD"])
    page(steward, "show", row.pk, status=404)
    assert "还没有公布的考核" in page(steward, "home")
    actions.publish(w.first, row.pk, at=moment(10), today=TODAY)
    said = page(steward, "show", row.pk)
    assert "55.00" in said or "50.00" in said
    assert said.count("assessment/" + str(row.pk) + "/units/") == 1
    mine = page(steward, "unit", row.pk, w.units["GD"].pk)
    assert "9 / 10" in mine
    page(steward, "unit", row.pk, w.units["FJ"].pk, status=404)
    page(steward, "line", line(row, "timeliness", w.units["FJ"]).pk, status=404)
    for role in (Role.READER, Role.ITC, Role.AUDITOR):
        nobody = client_of(plant.person(role, w.units["GD"] if role == Role.READER else None))
        page(nobody, "home", status=403)


def test_each_figure_leads_to_what_was_counted() -> None:
    w = world()
    actions.enter(
        w.first, w.units["FJ"], kind="breach", happened_on=date(2026, 10, 9), points=Decimal(5),
        words="微信外发客户名单", basis="通报〔2026〕3 号", at=moment(), today=TODAY,
    )  # fmt: skip
    row = published(w)
    steward = client_of(w.stewards["FJ"])
    own = line(row, "timeliness", w.units["FJ"])
    misses = page(steward, "line", own.pk)
    assert misses.count("FJ的试验有限公司") == 3
    assert page(steward, "line", own.pk, query="?side=hits").count("FJ的试验有限公司") == 7
    assert reverse("desk:dossier", args=[w.files["FJ"].pk]) in misses
    assert "微信外发客户名单" in page(
        steward, "line", line(row, "confidentiality", w.units["FJ"]).pk
    )
    assert "FJ的试验有限公司" in page(steward, "line", line(row, "completeness", w.units["FJ"]).pk)
    for query in ("?side=x", "?from=x", "?from=99999999"):
        page(steward, "line", own.pk, query=query, status=400)
    assert "这一侧没有" in page(steward, "line", own.pk, query="?from=50")


def test_pages_ask_as_much_for_three_units_as_for_one(django_assert_max_num_queries: Any) -> None:
    w = world()
    row = published(w)
    hq = client_of(w.first)
    page(hq, "home")
    for name, args, most in (
        ("home", [], 14), ("show", [row.pk], 16), ("unit", [row.pk, w.units["GD"].pk], 20),
        ("line", [line(row, "timeliness", w.units["FJ"]).pk], 18), ("scheme", [1], 10),
        ("what-if", [1], 14), ("entries", [], 14),
    ):  # fmt: skip
        with django_assert_max_num_queries(most):
            page(hq, name, *args)


def test_other_weights_move_the_ranking_on_the_page() -> None:
    w = world()
    row = computed(w)
    hq = client_of(w.first)
    assert "权重合计 100" in page(hq, "what-if", 1)
    url = reverse("assessment:what-if", args=[1])
    said = hq.post(url, {"assessment": row.pk, "timeliness": "100"}).content.decode()
    # timeliness alone: 80, 30, 100 points
    assert said.startswith('\n<div id="moved"')
    for score in ("80.00", "30.00", "100.00"):
        assert score in said
    assert "应是数字" in hq.post(url, {"timeliness": "许多"}).content.decode()
    assert "请至少给一项指标填上权重" in hq.post(url, {"assessment": row.pk}).content.decode()
    assert client_of(w.stewards["GD"]).get(url).status_code == 403


def test_a_scheme_is_written_checked_and_published_by_the_pages() -> None:
    w = world()
    hq = client_of(w.first)
    hq.post(reverse("assessment:scheme-draft"))
    edit = reverse("assessment:scheme-edit", args=[2])
    form = hq.get(edit).context["forms"]
    sent = {"version": 1}
    for one in (form.head, *form.lines):
        for name, field in one.fields.items():
            value = one.get_initial_for_field(field, name)
            sent[one.add_prefix(name)] = "" if value is None else str(value)
    assert (
        "没有问题" in hq.post(reverse("assessment:scheme-check", args=[2]), sent).content.decode()
    )
    light = {**sent, "timeliness-weight": "20"}
    assert (
        "现为 95" in hq.post(reverse("assessment:scheme-check", args=[2]), light).content.decode()
    )
    assert hq.post(edit, {**sent, "timeliness-weight": "许多"}).status_code == 422
    saved = hq.post(edit, {**light, "effective_on": "2026-10-01"})
    assert saved.status_code == 302, saved.content.decode()
    hq.post(reverse("assessment:scheme-publish", args=[2]), {"version": 2})
    assert Scheme.objects.get(number=2).published_at is None
    hq.post(edit, {**sent, "version": 2, "effective_on": "2026-10-01"})
    hq.post(reverse("assessment:scheme-publish", args=[2]), {"version": 3})
    assert Scheme.objects.get(number=2).published_at is not None
    assert hq.get(edit).status_code == 404
    steward = client_of(w.stewards["GD"])
    assert "第 2 版" in page(steward, "scheme", 2)
    hq.post(reverse("assessment:scheme-draft"))
    page(steward, "scheme", 3, status=404)


def test_points_are_written_down_on_their_page() -> None:
    w = world()
    hq = client_of(w.first)
    sent = {
        "unit": w.units["GD"].pk, "kind": "bonus", "happened_on": "2026-10-09", "points": "2",
        "words": "经验交流", "basis": "简报 8 期",
    }  # fmt: skip
    url = reverse("assessment:entries")
    assert hq.post(url, {**sent, "points": "很多"}).status_code == 422
    assert hq.post(url, {**sent, "happened_on": "2027-01-01"}).status_code == 422
    assert hq.post(url, sent).status_code == 302
    assert client_of(w.stewards["GD"]).post(url, sent).status_code == 403
    assert "经验交流" in page(client_of(w.stewards["GD"]), "entries")
    assert "经验交流" not in page(client_of(w.stewards["FJ"]), "entries")
    hq.post(reverse("assessment:entry-withdraw", args=[Entry.objects.get().pk]), {"reason": "重复"})
    assert Entry.objects.get().withdrawn_why == "重复"


# Out of the house --------------------------------------------------------------------------------


def taken(client: Client, row: Assessment, name: str) -> Any:
    url = reverse(f"assessment:{name}", args=[row.pk])
    return client.post(url, {"purpose": "report"})


def test_places_leave_as_a_workbook_and_csv() -> None:
    w = world()
    row = computed(w)
    hq, steward = client_of(w.first), client_of(w.stewards["GD"])
    assert taken(hq, row, "xlsx").status_code == 409
    actions.publish(w.first, row.pk, at=moment(10), today=TODAY)
    answer = taken(hq, row, "xlsx")
    assert answer.status_code == 200, answer.content.decode()[:400]
    sheet = load_workbook(BytesIO(answer.content)).active
    assert [cell.value for cell in sheet[1]][:8] == [
        "名次", "单位代码", "单位", "得分", "比上期", "状态", "及时性", "完整性",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[2]][:8] == [
        1, "ZJ", "ZJ销售分公司", 58.33, None, "已公布", 100, 0,
    ]  # fmt: skip
    said = taken(steward, row, "csv").content.decode("utf-8-sig").splitlines()
    assert said[:2] == ["名次,单位代码,单位,得分,比上期,状态", "1,ZJ,ZJ销售分公司,58.33,,已公布"]
    assert Event.objects.filter(verb="assessment.exported").count() == 2


def test_the_interface_gives_places_to_all_and_lines_to_whose_they_are() -> None:
    w = world()
    row = computed(w)
    hq, steward = client_of(w.first), client_of(w.stewards["GD"])
    one = reverse("api-assessment", args=[2026, "M10"])
    assert hq.get(one).status_code == 404
    assert json.loads(hq.get(reverse("api-assessments")).content) == {"assessments": []}
    actions.publish(w.first, row.pk, at=moment(10), today=TODAY)
    (period,) = json.loads(steward.get(reverse("api-assessments")).content)["assessments"]
    assert (period["period"], period["label"]) == ("M10", "2026 年 10 月")
    all_of_it, own = (json.loads(client.get(one).content) for client in (hq, steward))
    assert own["places"] == all_of_it["places"]
    assert own["places"][0] == {
        "rank": 1, "unit": "ZJ", "name": "ZJ销售分公司", "score": "58.33", "change": None,
    }  # fmt: skip
    assert {said["unit"] for said in own["lines"]} == {"GD"}
    assert len(all_of_it["lines"]) == 30
    assert hq.get(reverse("api-assessment", args=[2026, "M13"])).status_code == 404
    assert client_of(plant.person(Role.ITC)).get(one).status_code == 403
    assert Client().get(one).status_code == 401
    assert Event.objects.filter(verb="assessment.exported", data__kind="api").count() == 2
