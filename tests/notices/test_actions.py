"""Who is told what, once; and what leaves the house, by real servers."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import plant
from tests.desk.duties import duty
from tests.dossiers.files import Desk, complete_dossier, desk, moment, submitted
from tests.notices.receivers import Mailbox, Robot, mail_server, robot
from yihu.access.ending import end_all
from yihu.access.entering import of_person
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers import actions as dossiers
from yihu.kit.scoped import acting
from yihu.notices import actions
from yihu.notices.choices import Pace, Sent, Topic, Way
from yihu.notices.models import Channel, Delivery, Notice, Preference
from yihu.notices.words import say

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)  # three working days after the 13th
NOW = moment(18, 9)


def at_work() -> tuple[Desk, User, User]:
    gd = desk()
    return gd, plant.person(Role.STEWARD, gd.unit), plant.person(Role.SUPERVISOR)


def said(user: User) -> list[str]:
    return [say(row) for row in Notice.objects.filter(user=user).order_by("told_at", "key")]


@pytest.mark.clause("5.1")
def test_each_step_reaches_its_people_with_counts_and_without_names() -> None:
    gd, steward, supervisor = at_work()
    for _ in range(3):
        duty(plant.dossier(gd.unit, filler=gd.filler.staff))
    assert actions.remind(TODAY, at=NOW) == 2
    assert said(gd.filler) == ["月度提气量、价：3 户已逾期，应于 2026-11-13 前完成"]
    assert said(gd.reviewer) == ["请督办：月度提气量、价 3 户逾期，应于 2026-11-13 前完成"]
    assert said(steward) == said(supervisor) == []
    assert actions.remind(date(2026, 11, 27), at=moment(27)) == 3
    assert said(steward) == ["本单位（GD）月度提气量、价 3 户逾期，应于 2026-11-13 前完成"]
    assert said(supervisor) == ["GD：月度提气量、价 3 户逾期，应于 2026-11-13 前完成"]
    assert len(said(gd.filler)) == 2


@pytest.mark.clause("5.1")
def test_told_once_however_often_it_runs_and_after_a_week_off() -> None:
    gd, _steward, _supervisor = at_work()
    duty(plant.dossier(gd.unit, filler=gd.filler.staff), due_on=date(2026, 11, 30))
    assert actions.remind(date(2026, 11, 20), at=moment(20)) == 0
    # off from the 21st, when five working days were left; on again with one
    assert actions.remind(date(2026, 11, 27), at=moment(27)) == 1
    assert actions.remind(date(2026, 11, 27), at=moment(27, 10)) == 0
    assert said(gd.filler) == ["月度提气量、价：1 户，2026-11-30 截止"]


@pytest.mark.clause("5.2")
def test_a_file_without_a_filler_in_office_is_told_to_the_steward() -> None:
    gd, steward, _supervisor = at_work()
    duty(plant.dossier(gd.unit), due_on=TODAY)
    actions.remind(TODAY, at=NOW)
    assert said(steward) == ["月度提气量、价：1 户，今天（2026-11-18）截止"]


def test_what_is_done_or_dropped_is_not_told() -> None:
    gd, _steward, _supervisor = at_work()
    duty(plant.dossier(gd.unit, filler=gd.filler.staff), done_on=date(2026, 11, 12))
    gone = duty(plant.dossier(gd.unit, filler=gd.filler.staff))
    gone.dropped_at = NOW
    gone.save(update_fields=["dropped_at"])
    assert actions.remind(TODAY, at=NOW) == 0


def test_reminding_takes_as_many_statements_for_many_as_for_one() -> None:
    gd, _steward, _supervisor = at_work()
    counts = []
    for number in (1, 20):
        for _ in range(number):
            other = plant.person(Role.FILLER, gd.unit)
            duty(plant.dossier(gd.unit, filler=other.staff))
        Notice.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            actions.remind(TODAY, at=NOW)
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.clause("5.2")
def test_a_submission_reaches_the_reviewer_and_a_return_the_filler() -> None:
    gd = desk()
    file = complete_dossier(gd)
    waiting = submitted(gd, file, at_time=NOW)
    assert said(gd.reviewer) == ["今天有填报提交，等您审核"]
    dossiers.send_back(gd.reviewer, waiting, reason="法定代表人与执照不一致", at=NOW)
    assert said(gd.filler) == ["您提交的一份填报被退回，请修改后再提交"]
    told = Notice.objects.get(user=gd.filler)
    assert told.url == f"/dossiers/{file.pk}/fill/"
    assert file.name_full not in str(told.facts)


# What leaves the house ---------------------------------------------------------------------------


@pytest.fixture
def mailbox(settings: Any) -> Any:
    with mail_server() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.ADDRESS = "https://yihu.example.cn"
        yield box


@pytest.fixture
def bot(settings: Any) -> Any:
    with robot() as found:
        settings.BOT_HOSTS_PLAIN = [f"127.0.0.1:{found.port}"]
        settings.ADDRESS = "https://yihu.example.cn"
        yield found


def by_mail(user: User, box: Mailbox, *, pace: str = Pace.SINGLE, muted: Any = ()) -> Channel:
    """A proven way by mail: the code that arrived is given back."""
    made = actions.add_channel(
        user, Way.MAIL, address="li@gas.example.cn", secret="", pace=pace, muted=muted, at=NOW
    )
    code = "".join(filter(str.isdigit, box.received.pop()[2].split("，")[0]))
    assert actions.prove_channel(user, made, code=code, at=NOW)
    return made


def overdue(gd: Desk, number: int = 1) -> str:
    file = None
    for _ in range(number):
        file = plant.dossier(gd.unit, filler=gd.filler.staff)
        duty(file)
    assert file is not None
    return file.name_full


def states(user: User) -> list[str]:
    return list(Delivery.objects.filter(user=user).order_by("pk").values_list("state", flat=True))


@pytest.mark.clause("5.5")
def test_mail_arrives_with_counts_and_a_link_and_no_customer(mailbox: Mailbox) -> None:
    gd = desk()
    by_mail(gd.filler, mailbox)
    name = overdue(gd, 2)
    actions.remind(TODAY, at=NOW)
    channel = Channel.objects.get()
    assert actions.deliver(channel.pk, at=NOW) == 1
    [(to, subject, text)] = mailbox.received
    assert (to, subject) == (["li@gas.example.cn"], "一户提醒：1 条")
    lines = text.strip().splitlines()
    assert lines[0] == "月度提气量、价：2 户已逾期，应于 2026-11-13 前完成"
    assert lines[1] == ("https://yihu.example.cn/duties/?kind=offtake&month=2026-11&state=todo")
    assert name not in text
    assert states(gd.filler) == [Sent.SENT]
    assert actions.deliver(channel.pk, at=NOW) == 0
    assert len(mailbox.received) == 1


def test_what_came_together_leaves_as_one_message(mailbox: Mailbox) -> None:
    gd = desk()
    channel = by_mail(gd.filler, mailbox, pace=Pace.DIGEST)
    overdue(gd)
    actions.remind(TODAY, at=NOW)
    actions.remind(date(2026, 11, 23), at=moment(18, 10))
    assert actions.deliver(channel.pk, at=moment(18, 12)) == 0
    assert actions.deliver(channel.pk, at=moment(19, 8, 30)) == 2
    assert [subject for _to, subject, _text in mailbox.received] == ["一户提醒：2 条"]


def test_quiet_hours_put_it_off_and_a_muted_sort_stays_on_the_page(mailbox: Mailbox) -> None:
    gd = desk()
    actions.prefer(gd.filler, digest_at=time(8, 30), quiet_from=time(9), quiet_until=time(11))
    channel = by_mail(gd.filler, mailbox)
    overdue(gd)
    actions.remind(TODAY, at=NOW)
    assert actions.deliver(channel.pk, at=moment(18, 10, 59)) == 0
    assert actions.deliver(channel.pk, at=moment(18, 11)) == 1
    actions.change_channel(gd.filler, channel, pace=Pace.SINGLE, muted=[Topic.DUTY])
    actions.remind(date(2026, 11, 25), at=moment(25))
    assert len(said(gd.filler)) == 2
    assert actions.deliver(channel.pk, at=moment(26)) == 0


def test_a_server_that_is_busy_is_tried_again_and_given_up_at_last(mailbox: Mailbox) -> None:
    gd = desk()
    channel = by_mail(gd.filler, mailbox)
    overdue(gd)
    actions.remind(TODAY, at=NOW)
    mailbox.refuses = True
    at = NOW
    waits = []
    while states(gd.filler) == [Sent.WAITING]:
        assert actions.deliver(channel.pk, at=at) == 0
        due = Delivery.objects.get().due_at
        waits.append(round((due - at).total_seconds() / 60))
        at = max(at, due)
    assert waits[:6] == [1, 2, 5, 15, 60, 240]
    assert states(gd.filler) == [Sent.FAILED]
    channel.refresh_from_db()
    assert channel.failing_since == NOW
    assert Delivery.objects.get().problem == "邮件服务器没有接收"


def test_an_address_that_did_not_prove_itself_gets_the_code_and_nothing_else(
    mailbox: Mailbox,
) -> None:
    gd = desk()
    made = actions.add_channel(
        gd.filler, Way.MAIL, address="li@gas.example.cn", secret="", pace="single", muted=[], at=NOW
    )
    overdue(gd)
    actions.remind(TODAY, at=NOW)
    assert states(gd.filler) == []
    code = "".join(filter(str.isdigit, mailbox.received.pop()[2].split("，")[0]))
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    late = NOW + timedelta(minutes=16)
    assert not actions.prove_channel(gd.filler, made, code=code, at=late)
    for _ in range(5):
        assert not actions.prove_channel(gd.filler, made, code=wrong, at=NOW)
    assert not actions.prove_channel(gd.filler, made, code=code, at=NOW)


@pytest.mark.parametrize(
    ("way", "answer", "read"),
    [
        (Way.WECOM, {"errcode": 0}, lambda body: body["markdown"]["content"]),
        (Way.DINGTALK, {"errcode": 0}, lambda body: body["markdown"]["text"]),
        (Way.FEISHU, {"code": 0}, lambda body: body["content"]["text"]),
    ],
)
def test_bots_take_the_message_in_their_own_form(
    bot: Robot, way: Way, answer: dict[str, Any], read: Callable[[Any], str]
) -> None:
    gd = desk()
    bot.answer = answer
    channel = actions.add_channel(
        gd.filler, way, address=bot.url, secret="SEC1", pace="single", muted=[], at=NOW
    )
    code = "".join(filter(str.isdigit, read(bot.asked.pop()[1]).split("，")[0]))
    assert actions.prove_channel(gd.filler, channel, code=code, at=NOW)
    name = overdue(gd)
    actions.remind(TODAY, at=NOW)
    assert actions.deliver(channel.pk, at=NOW) == 1
    [(path, body)] = bot.asked
    assert "月度提气量、价：1 户已逾期，应于 2026-11-13 前完成" in read(body)
    assert name not in read(body)
    assert path.startswith("/cgi-bin/webhook/send?key=only-mine-1234")
    assert ("sign=" in path) == (way == Way.DINGTALK)
    assert ("sign" in body) == (way == Way.FEISHU)


def test_a_bot_that_says_no_is_tried_again_and_a_redirect_is_not_followed(bot: Robot) -> None:
    gd = desk()
    channel = actions.add_channel(
        gd.filler, Way.WECOM, address=bot.url, secret="", pace="single", muted=[], at=NOW
    )
    Channel.objects.update(proven_at=NOW)
    overdue(gd)
    actions.remind(TODAY, at=NOW)
    bot.asked.clear()
    bot.answer = {"errcode": 45009}
    actions.deliver(channel.pk, at=NOW)
    assert Delivery.objects.get().problem == "机器人没有接收（45009）"
    bot.status, bot.moved_to = 302, f"http://127.0.0.1:{bot.port}/elsewhere"
    actions.deliver(channel.pk, at=NOW + timedelta(minutes=2))
    assert [path.split("?")[0] for path, _body in bot.asked] == ["/cgi-bin/webhook/send"] * 2
    assert states(gd.filler) == [Sent.WAITING]


@pytest.mark.clause("6.3.4")
def test_nothing_follows_whoever_left(mailbox: Mailbox) -> None:
    gd = desk()
    by_mail(gd.filler, mailbox)
    actions.make_feed(gd.filler, at=NOW)
    overdue(gd)
    actions.remind(TODAY, at=NOW)
    ended = end_all([gd.filler.pk], datetime.now(NOW.tzinfo))
    assert (ended["notices.channel"], ended["notices.feed"]) == (1, 1)
    assert not Channel.objects.exists()
    assert mailbox.received == []


@pytest.mark.clause("5.5")
def test_another_persons_rows_are_not_there_even_for_a_supervisor(mailbox: Mailbox) -> None:
    gd, _steward, supervisor = at_work()
    by_mail(gd.filler, mailbox)
    actions.make_feed(gd.filler, at=NOW)
    actions.prefer(gd.filler, digest_at=time(9), quiet_from=None, quiet_until=None)
    overdue(gd)
    actions.remind(TODAY, at=NOW)
    tables = (Notice, Channel, Delivery, Preference)
    with acting(of_person(gd.filler.pk)):
        assert [table.objects.count() for table in tables] == [1, 1, 1, 1]
    with acting(of_person(supervisor.pk)):
        assert [table.objects.count() for table in tables] == [0, 0, 0, 0]
        assert Channel.objects.update(address="x") == 0
