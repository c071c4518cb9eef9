"""The pages: what one was told, the month, settings, the ladder; and the private calendar."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from tests import plant
from tests.desk.duties import duty
from tests.dossiers.files import desk, moment
from yihu.access.ending import end_all
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.duties.choices import DutyKind
from yihu.notices import actions, queries
from yihu.notices.models import Notice, ReminderEdition

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)
NOW = moment(18, 9)


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_notice_leads_to_its_list_and_is_read_then() -> None:
    gd = desk()
    duty(plant.dossier(gd.unit, filler=gd.filler.staff))
    actions.remind(TODAY, at=NOW)
    client = entered(gd.filler)
    page = client.get(reverse("notices:list"))
    assert "月度提气量、价：1 户已逾期" in page.text
    assert ">1<" in client.get(reverse("notices:badge")).text
    told = Notice.objects.get(user=gd.filler)
    answer = client.get(reverse("notices:follow", kwargs={"pk": told.pk}))
    assert answer.status_code == 302
    listed = client.get(answer["Location"])
    assert listed.status_code == 200
    assert listed.context["page"].rows[0].dossier.unit_id == gd.unit.pk
    assert ">1<" not in client.get(reverse("notices:badge")).text
    assert client.get(reverse("notices:list"), {"state": "unread"}).context["lines"] == []


def test_anothers_notice_is_not_found() -> None:
    gd = desk()
    duty(plant.dossier(gd.unit, filler=gd.filler.staff))
    actions.remind(TODAY, at=NOW)
    told = Notice.objects.get(user=gd.filler)
    for other in (gd.reviewer, plant.person(Role.SUPERVISOR)):
        path = reverse("notices:follow", kwargs={"pk": told.pk})
        assert entered(other).get(path).status_code == 404
    assert Notice.objects.get(pk=told.pk).read_at is None


def test_the_list_takes_as_many_queries_for_three_as_for_one() -> None:
    gd = desk()
    client = entered(gd.filler)
    counts = []
    for number in (1, 2):
        for month in range(number):
            duty(plant.dossier(gd.unit, filler=gd.filler.staff), due_on=date(2026, 9 + month, 30))
        actions.remind(TODAY, at=NOW)
        client.get(reverse("notices:list"))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("notices:list"))
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.clause("6.2.1")
def test_the_month_shows_each_day_with_what_falls_due() -> None:
    gd = desk()
    duty(plant.dossier(gd.unit, filler=gd.filler.staff))
    duty(plant.dossier(gd.unit), done_on=date(2026, 11, 12))
    page = entered(gd.filler).get(reverse("notices:calendar"), {"month": "2026-11"})
    days = {day.day: day for week in page.context["weeks"] for day in week if day.inside}
    assert len(days) == 30
    [due] = days[date(2026, 11, 13)].due
    assert (due.label, due.group.open, due.group.total, due.state) == (
        "月度提气量、价", 1, 2, "late",
    )  # fmt: skip
    assert due.url == "/duties/?kind=offtake&month=2026-11&state=todo"
    mine = entered(gd.filler).get(reverse("notices:calendar"), {"whose": "mine"})
    assert mine.context["total"] == 1
    october = entered(gd.filler).get(reverse("notices:calendar"), {"month": "2026-10"})
    marked = {day.day.day: day.rest for week in october.context["weeks"] for day in week if day.odd}
    assert marked[1]
    assert not marked[10]
    for bad in ("2026-13", "x", "1999-01"):
        answer = entered(gd.filler).get(reverse("notices:calendar"), {"month": bad})
        assert answer.status_code == 400


@pytest.mark.clause("5.5")
def test_the_private_calendar_tells_counts_to_whoever_has_its_address() -> None:
    gd = desk()
    file = plant.dossier(gd.unit, name="广州凯能陶瓷有限公司", filler=gd.filler.staff)
    duty(file)
    duty(
        plant.dossier(gd.unit, filler=gd.filler.staff),
        kind=DutyKind.REVIEW,
        end=date(2026, 12, 31),
        due_on=date(2026, 12, 31),
    )
    duty(plant.dossier(gd.unit), due_on=date(2026, 11, 20))  # nobody's, so not the filler's
    secret = actions.make_feed(gd.filler, at=NOW)
    path = reverse("notices:feed", kwargs={"secret": secret})
    answer = Client().get(path)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "凯能" not in answer.text
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [(event.decoded("dtstart"), str(event["summary"])) for event in events] == [
        (date(2026, 11, 13), "月度提气量、价：1 户"),
        (date(2026, 12, 31), "一般客户档案更新：1 户"),
    ]
    assert Client().get(path).text.count("UID") == 2
    answer = Client(enforce_csrf_checks=True).post(path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET")
    again = actions.make_feed(gd.filler, at=NOW)
    assert Client().get(path).status_code == 404
    path = reverse("notices:feed", kwargs={"secret": again})
    assert Client().get(path).status_code == 200
    end_all([gd.filler.pk], NOW)
    assert Client().get(path).status_code == 404
    assert Client().get(reverse("notices:feed", kwargs={"secret": "none"})).status_code == 404


def test_the_address_is_shown_once_and_can_be_stopped() -> None:
    gd = desk()
    client = entered(gd.filler)
    page = client.post(reverse("notices:feed-act", kwargs={"act": "make"}))
    address = page.context["feed_url"]
    assert address in page.text
    path = address.split("8000", 1)[1]
    assert Client().get(path).status_code == 200
    assert address not in client.get(reverse("notices:settings")).text
    client.post(reverse("notices:feed-act", kwargs={"act": "end"}))
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    ("way", "address", "problem"),
    [
        ("mail", "li", "这不像一个邮箱"),
        ("wecom", "https://127.0.0.1/x", "只能是企业微信、钉钉、飞书机器人的 https 地址"),
        ("wecom", "http://qyapi.weixin.qq.com/x", "只能是企业微信"),
        ("wecom", "https://qyapi.weixin.qq.com@127.0.0.1/x", "只能是企业微信"),
        ("feishu", "https://169.254.169.254/latest/meta-data", "只能是企业微信"),
        ("feishu", "file:///etc/passwd", "只能是企业微信"),
    ],
)
def test_an_address_that_could_reach_inside_is_refused(
    way: str, address: str, problem: str
) -> None:
    client = entered(desk().filler)
    answer = client.post(
        reverse("notices:channel-add"),
        {"way": way, "address": address, "pace": "single", "topics": ["duty"]},
    )
    assert answer.status_code == 422
    assert problem in answer.text


def test_hours_are_both_or_none() -> None:
    gd = desk()
    client = entered(gd.filler)
    path = reverse("notices:hours")
    answer = client.post(path, {"digest_at": "09:00", "quiet_from": "20:00"})
    assert answer.status_code == 422
    assert "免打扰时段要同时填写起止" in answer.text
    answer = client.post(
        path, {"digest_at": "09:00", "quiet_from": "20:00", "quiet_until": "07:30"}
    )
    assert answer.status_code == 302
    assert f"{queries.preference_of(gd.filler).quiet_until:%H:%M}" == "07:30"


LADDER = {
    "ahead": "3、1",
    "again": "5",
    "reviewer": "2",
    "steward": "4",
    "supervisor": "8",
    "effective_on": "2026-12-01",
    "basis": "2026 年监督例会",
}


@pytest.mark.clause("4.1c")
def test_a_supervisor_publishes_the_ladder_from_a_day_on() -> None:
    client = entered(plant.person(Role.SUPERVISOR))
    path = reverse("notices:ladder")
    assert client.post(path, LADDER).status_code == 302
    made = ReminderEdition.objects.get()
    assert (made.ahead, made.reviewer) == ([3, 1], 2)
    assert queries.ladder_on(date(2026, 11, 30)).reviewer == 3
    assert queries.ladder_on(date(2026, 12, 1)).reviewer == 2
    assert Event.objects.filter(verb="reminders.published").count() == 1
    for change, problem in (
        ({"effective_on": "2026-11-17"}, "生效日期不能早于今天"),
        ({"steward": "1"}, "逾期后应先提醒审核人"),
        ({"ahead": "五"}, "应是 1 至 30 的整数"),
        ({"basis": ""}, "请写明调整提醒规则的依据"),
    ):
        answer = client.post(path, {**LADDER, **change})
        assert answer.status_code == 422
        assert problem in answer.text
    assert ReminderEdition.objects.count() == 1


def test_nobody_else_publishes_it() -> None:
    gd = desk()
    for user in (gd.filler, plant.person(Role.STEWARD, gd.unit), plant.person(Role.ITC)):
        client = entered(user)
        assert client.get(reverse("notices:ladder")).status_code == 200
        assert client.post(reverse("notices:ladder"), LADDER).status_code == 403
    assert not ReminderEdition.objects.exists()
