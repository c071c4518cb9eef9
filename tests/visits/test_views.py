"""The pages of visits: lists under filters, the form by page and by script, papers, the log."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import icalendar
import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from tests import plant
from tests.dossiers.files import TODAY, Desk, complete_dossier, desk, moment
from tests.exports.taking import take
from tests.visits.held import SUMMARY, planned, staff_of, written
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.exports.models import Takeout
from yihu.grants.models import Grant
from yihu.visits.actions import Guest
from yihu.visits.models import Followup, Need, Visit

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def at() -> Desk:
    return desk()


@pytest.fixture
def dossier(at: Desk) -> Dossier:
    return complete_dossier(at)


def inside(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sent(at: Desk, **more: Any) -> dict[str, Any]:
    """What the form of minutes sends."""
    me = str(staff_of(at.filler).pk)
    return {
        "held_on": "2026-11-03", "kind": "paid", "level": "business", "place": "客户办公楼",
        "lead": me, "purpose": "冬季保供沟通", "topics": ["demand"], "ours": [me],
        "theirs": ["王芳/经理"], "summary": SUMMARY, "seen": "0",
        "guests-TOTAL_FORMS": "1", "guests-INITIAL_FORMS": "0",
        "guests-0-name": "赵新", "guests-0-post": "副总经理",
        "promises-TOTAL_FORMS": "2", "promises-INITIAL_FORMS": "0",
        "promises-0-side": "ours", "promises-0-text": "测算气量", "promises-0-due_on": "2026-11-20",
        "promises-1-side": "theirs", "promises-1-text": "",
        "wishes-TOTAL_FORMS": "1", "wishes-INITIAL_FORMS": "0",
        "wishes-0-category": "supply", "wishes-0-text": "增供", "wishes-0-priority": "high",
        **more,
    }  # fmt: skip


@pytest.mark.clause("6.2.1d")
def test_minutes_are_sent_by_the_page_and_shown(at: Desk, dossier: Dossier) -> None:
    client = inside(at.filler)
    answer = client.post(reverse("visits:write-new", args=[dossier.pk]), sent(at))
    visit = Visit.objects.get()
    assert answer["Location"] == reverse("visits:show", args=[visit.pk])
    page = client.get(answer["Location"]).content.decode()
    for said in ("访2026-0001", "测算气量", "增供", "王芳（经理）", "赵新（副总经理）"):
        assert said in page
    assert "不在档案联系人名单中" in page
    assert Event.objects.filter(verb="visit.read", dossier_id=dossier.pk).count() == 1
    fragment = client.get(reverse("visits:of", args=[dossier.pk])).content.decode()
    assert [said in fragment for said in ("访2026-0001", "测算气量", "增供")] == [True] * 3


def test_a_script_is_told_where_to_go_and_what_is_wrong(at: Desk, dossier: Dossier) -> None:
    client, path = inside(at.filler), reverse("visits:write-new", args=[dossier.pk])
    wrong = client.post(path, sent(at, summary="短", held_on="5 号"), **JSON)
    assert wrong.status_code == 422
    assert [one["field"] for one in wrong.json()["problems"]] == ["id_held_on"]
    short = client.post(path, sent(at, summary="短"), **JSON)
    assert "至少 50 字" in short.json()["problems"][0]["text"]
    assert Visit.objects.count() == 0
    key = "8a6e0804-2bd0-4672-b79d-d97027f9071a"
    first = client.post(path, sent(at, client_id=key), **JSON)
    again = client.post(path, sent(at, client_id=key), **JSON)
    assert (first.status_code, again.json()) == (200, first.json())
    assert Visit.objects.count() == 1


def test_a_conflict_shows_both_texts(at: Desk, dossier: Dossier) -> None:
    visit = planned(at, dossier)
    written(at, dossier, visit, summary=SUMMARY + "先到。")
    client, path = inside(at.filler), reverse("visits:write", args=[visit.pk])
    answer = client.post(path, sent(at, summary=SUMMARY + "后到。"), **JSON)
    said = answer.json()
    assert (answer.status_code, said["seen"]) == (409, 1)
    assert said["correct"] == reverse("visits:correct", args=[visit.pk])
    assert said["both"] == [
        {"label": "纪要", "theirs": SUMMARY + "先到。", "mine": SUMMARY + "后到。"}
    ]
    page = client.post(path, sent(at, summary=SUMMARY + "后到。"))
    assert page.status_code == 409
    assert "先到。" in page.content.decode()


def test_a_correction_keeps_the_words_before(at: Desk, dossier: Dossier) -> None:
    visit = written(at, dossier)
    client = inside(at.filler)
    path = reverse("visits:correct", args=[visit.pk])
    assert client.get(path).status_code == 200
    given = sent(at, summary=SUMMARY + "改。", reason="补记", seen=str(visit.revision))
    assert client.post(path, given).status_code == 302
    page = client.get(reverse("visits:show", args=[visit.pk])).content.decode()
    assert "更正记录" in page
    assert "补记" in page


def test_a_plan_is_made_invited_to_and_cancelled(at: Desk, dossier: Dossier) -> None:
    client = inside(at.filler)
    given = sent(at, planned_on="2026-11-12", moment="09:30", minutes="90")
    assert client.get(reverse("visits:new", args=[dossier.pk])).status_code == 200
    assert client.post(reverse("visits:new", args=[dossier.pk]), given).status_code == 302
    visit = Visit.objects.get()
    page = client.get(reverse("visits:show", args=[visit.pk])).text
    assert f'href="{reverse("visits:invite", args=[visit.pk])}" data-takeout' in page
    dialog = client.get(reverse("visits:invite", args=[visit.pk])).text
    assert "其上有追溯码，不注明导出人" in dialog
    answer = take(client, "visits:invite", visit.pk)
    event = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")[0]
    assert event["x-yihu-trace"] == answer["X-Yihu-Trace"]
    assert Event.objects.get(verb="visit.invited").data["trace"] == answer["X-Yihu-Trace"]
    assert not Takeout.objects.get().counted
    assert event["summary"] == f"拜访：{dossier.name_full}"
    assert event.decoded("dtstart").isoformat() == "2026-11-12T09:30:00+08:00"
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=90)
    assert "冬季保供" not in answer.content.decode()
    moved = {**given, "planned_on": "2026-11-13", "seen": "0"}
    assert client.post(reverse("visits:replan", args=[visit.pk]), moved).status_code == 302
    client.post(reverse("visits:cancel", args=[visit.pk]), {"reason": "客户改期"})
    visit.refresh_from_db()
    assert (visit.state, visit.planned_on) == ("cancelled", date(2026, 11, 13))
    late = take(client, "visits:invite", visit.pk)
    assert (late.status_code, "尚未进行的访谈" in late.text) == (409, True)


@pytest.mark.clause("6.2.1d")
def test_a_follow_up_is_worked_on_from_its_page(at: Desk, dossier: Dossier) -> None:
    visit = written(at, dossier)
    row, client = Followup.objects.get(), inside(at.filler)
    for act in ("progress", "result", "close"):
        path = reverse("visits:followup-act", args=[row.pk, act])
        assert client.post(path, {"text": f"做了{act}"})["Location"].endswith(f"{visit.pk}/")
    row.refresh_from_db()
    assert (row.state, row.result) == ("closed", "做了result")
    assert client.post(reverse("visits:followup-act", args=[row.pk, "eat"])).status_code == 404


@pytest.mark.clause("3a")
def test_a_need_changes_its_state_in_place(at: Desk, dossier: Dossier) -> None:
    written(at, dossier)
    need, client = Need.objects.get(), inside(at.filler)
    path = reverse("visits:need-act", args=[need.pk, "answer"])
    refused = client.post(path, {"text": ""}, HTTP_HX_REQUEST="true").content.decode()
    assert "请填写答复" in refused
    row = client.post(path, {"text": "按月确认"}, HTTP_HX_REQUEST="true").content.decode()
    assert ("已答复" in row, "登记落实" in row) == (True, True)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("state=planned", 1),
        ("kind=paid", 3),
        ("level=top", 0),
        ("topic=price", 3),
        ("topic=safety", 0),
        ("followups=open", 2),
        ("since=2026-11-10", 1),
        ("until=2026-11-03", 2),
        ("q=采暖季", 3),
        ("q=没有这句", 0),
        ("customer=没有这家", 0),
    ],
)
def test_the_register_is_filtered(at: Desk, dossier: Dossier, query: str, count: int) -> None:
    written(at, dossier)
    written(at, dossier, theirs=[Guest("孙丽")])
    planned(at, dossier)
    answer = inside(at.filler).get(f"{reverse('visits:register')}?{query}")
    assert answer.context["count"] == count
    searched = Event.objects.filter(verb="searched", subject_type="visits.visit").count()
    assert searched == query.startswith("q=")


@pytest.mark.parametrize("query", ["state=gone", "nothing=1", "after=x", "sort=name"])
def test_a_question_that_makes_no_sense_is_refused(at: Desk, query: str) -> None:
    for name in ("register", "followups", "needs"):
        answer = inside(at.filler).get(f"{reverse(f'visits:{name}')}?{query}")
        assert answer.status_code == 400, name


@pytest.mark.parametrize("name", ["register", "followups", "needs", "plan"])
def test_a_list_asks_as_much_for_three_as_for_one(at: Desk, name: str) -> None:
    def queries() -> int:
        client = inside(at.filler)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(f"visits:{name}")).status_code == 200
        return len(seen)

    written(at, complete_dossier(at))
    one = queries()
    for _number in range(2):
        written(at, complete_dossier(at))
    assert queries() == one


@pytest.mark.clause("5.5")
def test_what_leaves_the_house_is_written_down(at: Desk, dossier: Dossier) -> None:
    visit = written(at, dossier, place="=1+1")
    client = inside(at.filler)
    for name, page in (("xlsx", "register"), ("csv", "register"), ("needs-xlsx", "needs")):
        there = f'href="{reverse(f"visits:{name}")}" data-takeout'
        assert there in client.get(reverse(f"visits:{page}")).text
    answers = {name: take(client, f"visits:{name}") for name in ("xlsx", "csv", "needs-xlsx")}
    answers["minutes"] = take(client, "visits:minutes", visit.pk)
    book = openpyxl.load_workbook(io.BytesIO(answers["xlsx"].content)).active
    assert book is not None
    assert [book["A2"].value, book["I2"].value] == ["访2026-0001", str(staff_of(at.filler).name)]
    said = answers["csv"].content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(said)))
    assert rows[1][10] == "'=1+1"
    for part in (
        at.filler.name,
        "密级：普通商密★3年（知悉范围：本单位档案管理及获准查询人员）　共 1 行",
        answers["csv"]["X-Yihu-Trace"],
    ):
        assert part in rows[-1][0]
    needs = openpyxl.load_workbook(io.BytesIO(answers["needs-xlsx"].content))
    assert needs.active is not None
    assert needs.active["F2"].value == "采暖季增供"
    paper = PdfReader(io.BytesIO(answers["minutes"].content))
    words = "".join(page.extract_text() for page in paper.pages)
    trace = answers["minutes"]["X-Yihu-Trace"]
    for part in ("访2026-0001", "采暖季增供", "测算可增供气量", "普通商密★3年", trace):
        assert part in words
    told = Event.objects.filter(verb__in=["visits.exported", "needs.exported", "visit.printed"])
    traces = {answer["X-Yihu-Trace"] for answer in answers.values()}
    assert ({event.data["trace"] for event in told}, len(told)) == (traces, 4)
    reader = inside(plant.person(Role.READER, at.unit))
    for name in ("xlsx", "csv", "needs-xlsx"):
        assert take(reader, f"visits:{name}").status_code == 403
    assert take(reader, "visits:minutes", visit.pk).status_code == 403


@pytest.mark.clause("5.5")
def test_a_guest_reads_minutes_and_takes_none(at: Desk, dossier: Dossier) -> None:
    visit = written(at, dossier)
    guest = desk("FJ").filler
    Grant.objects.create(
        unit=at.unit, person=guest, purpose="核对", sections=["interviews"], level=3,
        since=date(2026, 1, 1), until=date(2099, 1, 1), state="opened", within=True,
        asked_at=moment(), approved_by=plant.person(Role.STEWARD, at.unit),
        opened_by=plant.person(Role.ITC), confirmed_until=date(2099, 1, 1),
    )  # fmt: skip
    page = inside(guest).get(reverse("visits:show", args=[visit.pk]))
    assert (page.status_code, "打印纪要" in page.text) == (200, False)
    assert take(inside(guest), "visits:minutes", visit.pk).status_code == 403
    for name in ("xlsx", "csv", "needs-xlsx"):
        assert take(inside(guest), f"visits:{name}").status_code == 200
    assert [row.rows for row in Takeout.objects.all()] == [0, 0, 0]


@pytest.mark.clause("6.3.1")
def test_a_reader_sees_visits_of_open_regions_only(at: Desk) -> None:
    near, far = complete_dossier(at), plant.dossier(at.unit, region="110000")
    written(at, near)
    hidden = written(at, far)
    filler, reader = inside(at.filler), inside(plant.person(Role.READER, at.unit))
    for name, number in (("register", 2), ("followups", 2), ("needs", 2)):
        path = reverse(f"visits:{name}")
        assert filler.get(path).context["count"] == number
        assert reader.get(path).context["count"] == number - 1
    assert reader.get(reverse("visits:show", args=[hidden.pk])).status_code == 404


def test_the_steward_sets_the_plan_and_sees_who_lags(at: Desk, dossier: Dossier) -> None:
    steward = inside(plant.person(Role.STEWARD, at.unit))
    path = reverse("visits:plan")
    given = {"unit": at.unit.pk, "year": "2026", "strategic": "4", "vip": "2", "internal": "1"}
    assert steward.post(path, {**given, "general": "many"}).status_code == 302
    assert steward.get(path).context["count"] == 0
    steward.post(path, {**given, "general": "2"})
    page = steward.get(path)
    assert (page.context["count"], page.context["page"].rows) == (1, [dossier])
    assert steward.get(f"{path}?unit=0").status_code == 400
    assert steward.get(f"{path}?year=abc").status_code == 400


def test_home_tells_what_waits(at: Desk, dossier: Dossier) -> None:
    written(at, dossier)
    Followup.objects.update(due_on=TODAY - timedelta(days=2))

    def said(user: Any) -> str:
        return inside(user).get("/").content.decode()

    assert "您负责的 1 项已逾期" in said(at.filler)
    assert "1 项逾期已上报给您" in said(at.reviewer)


def test_the_customer_is_looked_up_first(at: Desk, dossier: Dossier) -> None:
    answer = inside(at.filler).get(reverse("visits:begin"), {"q": dossier.name_full[:6]})
    assert list(answer.context["files"]) == [dossier]


@pytest.mark.parametrize(("name", "link"), [("register", "xlsx"), ("needs", "needs-xlsx")])
def test_what_is_taken_follows_the_filters_of_the_page(at: Desk, name: str, link: str) -> None:
    path = reverse(f"visits:{name}")
    part = inside(at.filler).get(f"{path}?customer=黄埔", HTTP_HX_REQUEST="true").text
    assert f'href="{reverse(f"visits:{link}")}?customer=%E9%BB%84%E5%9F%94" data-takeout' in part
