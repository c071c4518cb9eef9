"""Nothing leaves without a purpose; what is large or secret waits for somebody else (§5.5, T10)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.access.door import prove
from tests.dossiers.files import TODAY, complete_dossier, desk, moment
from tests.exports.taking import take
from yihu.access.ending import end_all
from yihu.access.entering import for_group, for_person, ticket
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.access.scope import Unreachable
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.exports import actions, jobs, kinds, queries
from yihu.exports.kinds import Asked, Kind, Made, Size, Work, kind_of
from yihu.exports.models import Alert, Link, Takeout, TakeoutFile
from yihu.exports.rules import Level, State, read_trace

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.5")]
LIST = "desk:dossiers-xlsx"


@dataclass(frozen=True, slots=True)
class House:
    filler: User
    steward: User
    second: User
    supervisor: User
    unit: Any
    file: Dossier


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")
    gd = desk()
    return House(
        filler=gd.filler,
        steward=plant.person(Role.STEWARD, gd.unit),
        second=plant.person(Role.STEWARD, gd.unit),
        supervisor=plant.person(Role.SUPERVISOR),
        unit=gd.unit,
        file=complete_dossier(gd),
    )


def home(user: User) -> Client:
    client = Client()
    client.force_login(user)
    prove(client)
    return client


def secret(house: House) -> None:
    Dossier.objects.filter(pk=house.file.pk).update(secrecy="core")


def waiting(house: House, user: User | None = None) -> Takeout:
    """A request for a core secret, which waits."""
    secret(house)
    answer = take(home(user or house.filler), "reports:dossier", house.file.pk)
    assert answer.status_code == 409
    return Takeout.objects.get(state=State.WAITING)


def ready(house: House) -> Takeout:
    """Agreed to, and made by its job."""
    asked = waiting(house)
    actions.decide(house.steward, asked.pk, agree=True, reason="例会要用", at=moment())
    made = actions.make(house.filler, asked.pk, at=moment(), today=TODAY)
    assert made.state == State.READY
    return made


# Asking ------------------------------------------------------------------------------------------


def test_the_dialog_says_what_it_would_be_and_gives_nothing_away(house: House) -> None:
    page = home(house.filler).get(reverse(LIST))
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    for said in ("客户档案列表", "普通商密", "用途", house.unit.short_name):
        assert said in page.text
    assert not Takeout.objects.exists()


@pytest.mark.parametrize("said", [{"purpose": ""}, {"purpose": "other"}, {"purpose": "fun"}])
def test_without_a_purpose_nothing_leaves(house: House, said: dict[str, str]) -> None:
    answer = take(home(house.filler), LIST, **said)
    assert answer.status_code == 422
    assert "用途：请选择一项" in answer.text
    assert not Takeout.objects.exists()
    assert not Event.objects.filter(verb="dossiers.exported").exists()


def test_what_is_small_leaves_at_once_and_stands_in_the_register(house: House) -> None:
    client = home(house.filler)
    answer = take(client, LIST, purpose="other", note="  年度  走访 ")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    row = Takeout.objects.get()
    assert (row.state, row.rows, row.level, row.concerns, row.note, row.taken) == (
        State.TAKEN, 1, Level.ORDINARY, [house.unit.pk], "年度 走访", 1,
    )  # fmt: skip
    assert answer["X-Yihu-Trace"] == row.trace
    assert not TakeoutFile.objects.exists()
    line = Event.objects.get(verb="takeout.taken")
    assert (line.data["trace"], line.data["sha256"]) == (row.trace, row.sha256)
    assert "走访" not in str(line.data)
    assert 'value="other" required checked' in client.get(reverse(LIST)).text


def test_a_core_secret_waits_for_the_units_steward(house: House) -> None:
    row = waiting(house)
    assert "核心商密" in row.waits_why
    assert not Event.objects.filter(verb="dossier.printed").exists()
    assert "1 项导出申请等您审批" in home(house.steward).get("/").text
    assert "审批" not in home(house.filler).get(reverse("exports:home")).text.split("我的导出")[0]


def test_too_many_rows_wait_and_several_units_wait_for_headquarters(
    house: House, settings: Any
) -> None:
    settings.EXPORT_ROWS = 1
    plant.dossier(plant.unit("FJ", region="350000"))
    answer = take(home(house.supervisor), LIST)
    assert answer.status_code == 409
    row = Takeout.objects.get()
    assert len(row.concerns) == 2
    with pytest.raises(Denied):
        actions.decide(house.steward, row.pk, agree=True, reason="同意", at=moment())
    with pytest.raises(Denied):
        actions.decide(house.supervisor, row.pk, agree=True, reason="同意", at=moment())
    other = plant.person(Role.SUPERVISOR)
    assert actions.decide(other, row.pk, agree=True, reason="同意", at=moment()).state == "making"


def test_past_the_days_number_each_waits_and_somebody_is_told(house: House, settings: Any) -> None:
    settings.EXPORTS_A_DAY = 2
    client = home(house.filler)
    assert [take(client, LIST).status_code for _time in range(3)] == [200, 200, 409]
    alert = Alert.objects.get()
    assert (alert.what, alert.user_id, alert.unit_id) == ("exports", house.filler.pk, house.unit.pk)
    assert "当日导出过多" in home(house.steward).get(reverse("exports:register")).text
    assert Event.objects.filter(verb="quota.passed").count() == 1


def test_what_is_long_is_made_by_a_job_and_fetched_by_a_link(house: House, settings: Any) -> None:
    settings.EXPORT_AT_ONCE = 0
    client = home(house.filler)
    answer = take(client, LIST)
    row = Takeout.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("exports:show", args=[row.pk]))
    assert "正在生成" in client.get(answer["Location"]).text
    jobs.make(str(row.pk), ticket(house.filler.pk, jobs.TASK, str(row.pk)))
    jobs.make(str(row.pk), ticket(house.filler.pk, jobs.TASK, str(row.pk)))
    row.refresh_from_db()
    assert (row.state, TakeoutFile.objects.count()) == (State.READY, 1)
    assert "1 个文件可以下载" in client.get("/").text
    given = client.post(reverse("exports:link", args=[row.pk]), follow=True)
    assert given["X-Yihu-Trace"] == row.trace
    assert given.content.startswith(b"PK")


# Deciding ----------------------------------------------------------------------------------------


def test_nobody_decides_for_themselves_not_even_by_raw_sql(house: House) -> None:
    row = waiting(house, house.steward)
    with pytest.raises(Denied):
        actions.decide(house.steward, row.pk, agree=True, reason="自己同意", at=moment())
    with pytest.raises(IntegrityError), transaction.atomic():
        Takeout.objects.filter(pk=row.pk).update(decided_by=row.by_id, decided_at=moment())
    assert "待我审批" in home(house.second).get(reverse("exports:home")).text
    done = actions.decide(house.second, row.pk, agree=False, reason="不需要", at=moment())
    assert (done.state, done.reason) == (State.REFUSED, "不需要")
    with pytest.raises(actions.Late):
        actions.decide(house.supervisor, row.pk, agree=True, reason="再来", at=moment())


def test_the_page_wants_a_reason_and_shows_the_decision(house: House) -> None:
    row = waiting(house)
    steward = home(house.steward)
    page = steward.post(reverse("exports:agree", args=[row.pk]), {"reason": " "}, follow=True)
    assert "请写明同意或不同意的理由" in page.text
    steward.post(reverse("exports:refuse", args=[row.pk]), {"reason": "范围太大"})
    assert "范围太大" in home(house.filler).get(reverse("exports:home")).text
    row.refresh_from_db()
    with pytest.raises(actions.Gone):
        actions.draw_link(house.filler, row, at=moment())


def test_what_waited_cannot_be_made_without_a_word(house: House) -> None:
    row = waiting(house)
    with pytest.raises(actions.Stopped):
        actions.make(house.filler, row.pk, at=moment(), today=TODAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        Takeout.objects.filter(pk=row.pk).update(state=State.READY)


# Links -------------------------------------------------------------------------------------------


def test_a_link_opens_once_for_its_person(house: House) -> None:
    row = ready(house)
    word = actions.draw_link(house.filler, row, at=moment())
    address = reverse("exports:fetch", args=[word])
    assert word not in str(Link.objects.values_list())
    for other in (house.steward, house.supervisor):
        assert home(other).get(address).status_code == 404
    with for_group(), pytest.raises(Unreachable):
        actions.fetch(house.steward, word, at=moment())
    took, file = actions.fetch(house.filler, word, at=moment())
    assert bytes(file.content).startswith(b"%PDF")
    assert took.taken == 1
    with pytest.raises(actions.Gone):
        actions.fetch(house.filler, word, at=moment())
    assert home(house.filler).get(address).status_code == 410


def test_a_link_is_over_after_its_hours_and_a_new_one_can_be_drawn(house: House) -> None:
    row = ready(house)
    word = actions.draw_link(house.filler, row, at=moment())
    with pytest.raises(actions.Gone):
        actions.fetch(house.filler, word, at=moment() + timedelta(hours=24))
    again = actions.draw_link(house.filler, row, at=moment() + timedelta(hours=25))
    actions.fetch(house.filler, again, at=moment() + timedelta(hours=26))


def test_who_may_no_longer_have_it_gets_nothing_and_the_file_is_gone(house: House) -> None:
    row = ready(house)
    word = actions.draw_link(house.filler, row, at=moment())
    with for_group():
        house.filler.assignments.update(until=TODAY - timedelta(days=1))
    house.filler.__dict__.pop("_scope", None)
    with pytest.raises(actions.Gone):
        actions.fetch(house.filler, word, at=moment())
    assert home(house.filler).get(reverse("exports:fetch", args=[word])).status_code in {404, 410}


@pytest.mark.clause("6.3.4")
def test_all_of_it_ends_with_the_post(house: House) -> None:
    row = ready(house)
    actions.draw_link(house.filler, row, at=moment())
    ended = end_all([house.filler.pk], moment())
    assert (ended["exports.link"], ended["exports.takeout"]) == (1, 1)
    row.refresh_from_db()
    assert (row.state, TakeoutFile.objects.count(), Link.objects.count()) == ("destroyed", 0, 0)


@pytest.mark.clause("6.3.4")
def test_a_running_export_stops_at_its_next_chunk(house: House) -> None:
    """The one asked again is the account as it is now, not as it was when the job began."""
    asked = waiting(house)
    actions.decide(house.steward, asked.pk, agree=True, reason="同意", at=moment())
    seen: list[int] = []

    def rows() -> Any:
        for number in range(10_000):
            if number == 1200:
                end_all([house.filler.pk], moment())
            seen.append(number)
            yield number

    def produce(work: Work) -> Made:
        count = sum(1 for _row in work.watched(rows()))
        return Made(b"x", "x", "text/plain", count)

    real = kind_of("reports.dossier")
    slow = Kind(real.code, real.label, real.measure, produce)
    kinds.contribute(slow)
    try:
        with pytest.raises(actions.Stopped):
            actions.make(house.filler, asked.pk, at=moment(), today=TODAY)
    finally:
        kinds.contribute(real)
    assert len(seen) == 1501
    assert not TakeoutFile.objects.exists()


def test_what_is_past_its_day_is_destroyed(house: House) -> None:
    row = ready(house)
    with for_group():
        assert actions.expire(moment()) == 0
        assert actions.expire(moment() + timedelta(days=8)) == 1
    row.refresh_from_db()
    assert (row.state, TakeoutFile.objects.count()) == (State.EXPIRED, 0)


def test_the_asker_can_take_it_back(house: House) -> None:
    row = waiting(house)
    client = home(house.filler)
    assert home(house.steward).post(reverse("exports:destroy", args=[row.pk])).status_code == 404
    client.post(reverse("exports:destroy", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == State.DESTROYED
    assert "已经结束" in client.post(reverse("exports:destroy", args=[row.pk]), follow=True).text


# Who sees it -------------------------------------------------------------------------------------


def test_the_database_shows_a_request_to_its_asker_and_the_stewards_concerned(
    house: House,
) -> None:
    row = ready(house)
    fj = plant.unit("FJ", region="350000")
    strangers = [plant.person(role, fj) for role in (Role.STEWARD, Role.FILLER)]
    strangers += [plant.person(Role.ITC), plant.person(Role.AUDITOR)]
    strangers.append(plant.person(Role.READER, house.unit))

    def seen(user: User) -> tuple[int, int]:
        with for_person(user.pk), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM exports_takeout")
            (requests,) = cursor.fetchone()
            cursor.execute("SELECT count(*) FROM exports_takeoutfile")
            (files,) = cursor.fetchone()
        return requests, files

    assert seen(house.filler) == (1, 1)
    assert seen(house.steward) == (1, 0)
    assert [seen(user) for user in strangers] == [(0, 0)] * 5
    assert queries.one_seen(house.steward, row.pk) == row


def test_a_paper_that_was_found_leads_to_who_took_it(house: House) -> None:
    take(home(house.filler), LIST)
    row = Takeout.objects.get()
    steward = home(house.steward)
    typed = row.trace.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    found = steward.get(reverse("exports:trace"), {"code": typed})
    assert house.filler.name in found.text
    assert "客户分析、业务例会" in found.text
    assert steward.get(reverse("exports:trace"), {"code": "12"}).status_code == 422
    stranger = home(plant.person(Role.STEWARD, plant.unit("FJ", region="350000")))
    assert "没有找到这个追溯码" in stranger.get(reverse("exports:trace"), {"code": typed}).text
    assert home(house.filler).get(reverse("exports:trace")).status_code == 403


def test_codes_are_read_as_people_copy_them() -> None:
    assert read_trace("7k3q 9xma-2b4d") == "7K3Q-9XMA-2B4D"
    assert read_trace("ok3q9xma2bil") == "0K3Q-9XMA-2B11"
    assert [read_trace(given) for given in ("", "7K3Q", "7K3Q-9XMA-2B4U", "7" * 13)] == [""] * 4


def test_one_row_and_three_ask_the_same_queries(house: House) -> None:
    client, steward = home(house.filler), home(house.steward)

    def cost() -> list[int]:
        counts = []
        for who, name in ((client, "exports:home"), (steward, "exports:register")):
            with CaptureQueriesContext(connection) as seen:
                assert who.get(reverse(name)).status_code == 200
            counts.append(len(seen))
        return counts

    take(client, LIST)
    cost()
    one = cost()
    take(client, LIST)
    take(client, "desk:dossiers-csv")
    assert cost() == one


def test_measuring_does_not_make(house: House) -> None:
    size = kind_of("desk.dossiers").measure(house.filler, Asked({"kind": "xlsx"}, ""))
    assert isinstance(size, Size)
    assert (size.rows, size.unit_ids) == (1, [house.unit.pk])
    assert not Event.objects.filter(verb="dossiers.exported").exists()
