"""Who makes reports; what comes by itself, once, also after a week off; who hears of it (§6.4)."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests import plant
from tests.supervision.world import NOW, OCTOBER, TODAY
from yihu.access.entering import for_group, for_person, ticket
from yihu.access.models import RoleAssignment
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.problems import Refused
from yihu.kit.clock import SHANGHAI
from yihu.notices.models import Notice
from yihu.notices.words import say
from yihu.supervision import actions, jobs, queries
from yihu.supervision.models import Report
from yihu.supervision.rules import Kind, State

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.2")]


def days_on(today: date) -> datetime:
    return datetime.combine(today, NOW.time(), SHANGHAI)


def comes(today: date) -> int:
    """The worker's hour: what is due is queued and made."""
    with for_group():
        new = actions.queue_due(today=today, at=days_on(today))
        for key in queries.to_be_made():
            actions.make(None, key, at=days_on(today))
    return new


def test_a_steward_makes_the_own_unit_s_and_a_filler_none() -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ")
    steward, filler = plant.person(Role.STEWARD, gd), plant.person(Role.FILLER, gd)
    for by, unit in ((steward, fj), (steward, None), (filler, gd)):
        with pytest.raises(Denied):
            actions.ask(by, Kind.MONTHLY, OCTOBER, unit, at=NOW, today=TODAY)
    row = actions.ask(steward, Kind.MONTHLY, OCTOBER, gd, at=NOW, today=TODAY)
    assert (row.number, row.state) == ("监督GD〔2026〕月10-1号", State.QUEUED)
    with pytest.raises(Refused, match="正在生成"):
        actions.ask(steward, Kind.MONTHLY, OCTOBER, gd, at=NOW, today=TODAY)
    for start in (date(2026, 11, 1), date(2026, 10, 2), date(2022, 1, 1)):
        with pytest.raises(Refused, match="已经结束"):
            actions.ask(steward, Kind.MONTHLY, start, gd, at=NOW, today=TODAY)


def test_the_right_is_asked_again_as_the_job_starts_and_twice_is_once() -> None:
    gd = plant.unit("GD")
    steward = plant.person(Role.STEWARD, gd)
    row = actions.ask(steward, Kind.MONTHLY, OCTOBER, gd, at=NOW, today=TODAY)
    given = ticket(steward.pk, jobs.TASK, f"{row.pk}")
    RoleAssignment.objects.filter(user=steward).update(role=Role.FILLER)
    jobs.make(f"{row.pk}", given)
    row.refresh_from_db()
    assert (row.state, row.figures) == (State.FAILED, None)
    RoleAssignment.objects.filter(user=steward).update(role=Role.STEWARD)
    again = actions.ask(steward, Kind.MONTHLY, OCTOBER, gd, at=NOW, today=TODAY)
    jobs.make(f"{again.pk}", ticket(steward.pk, jobs.TASK, f"{again.pk}"))
    jobs.make(f"{again.pk}", ticket(steward.pk, jobs.TASK, f"{again.pk}"))
    again.refresh_from_db()
    assert (again.state, again.version, again.step) == (State.READY, 2, len(queries.PARTS))
    verbs = list(Event.objects.filter(subject_id=again.pk).values_list("verb", flat=True))
    assert sorted(verbs) == ["supervision.asked", "supervision.made"]


def test_what_a_job_left_behind_is_given_up_after_an_hour() -> None:
    gd = plant.unit("GD")
    row = actions.ask(
        plant.person(Role.STEWARD, gd), Kind.MONTHLY, OCTOBER, gd, at=NOW, today=TODAY
    )
    with for_group():
        assert actions.give_up_stuck(NOW + timedelta(minutes=59)) == 0
        assert actions.give_up_stuck(NOW + timedelta(minutes=61)) == 1
    row.refresh_from_db()
    assert row.state == State.FAILED


def test_a_week_off_is_caught_up_and_nothing_comes_twice() -> None:
    gd, boss = plant.unit("GD"), plant.person(Role.SUPERVISOR)
    steward, other = plant.person(Role.STEWARD, gd), plant.person(Role.FILLER, gd)
    actions.arrange(
        boss, Kind.MONTHLY, running=True, day=6, roles=["supervisor", "steward"], at=NOW,
        today=TODAY,
    )  # fmt: skip
    assert comes(date(2026, 11, 5)) == 0
    assert comes(date(2026, 11, 13)) == 2  # due on the 6th; the machine was off until the 13th
    assert comes(date(2026, 11, 13)) == 0
    assert comes(date(2026, 12, 5)) == 0
    rows = {row.unit_id: row for row in Report.objects.all()}
    assert set(rows) == {None, gd.pk}
    assert {row.state for row in rows.values()} == {State.READY}
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(
            kind="monthly", number="x", period_start=OCTOBER, period_end=date(2026, 10, 31),
            version=9, asked_at=NOW, schedule_id="monthly",
        )  # fmt: skip
    told = {}
    for user in (boss, steward, other):
        with for_person(user.pk):
            told[user.pk] = [(say(one), one.url) for one in Notice.objects.filter(user=user)]
    said = "有一份监督报告已按计划编制，可以查阅"
    assert told == {
        boss.pk: [(said, reverse("supervision:show", args=[rows[None].pk]))],
        steward.pk: [(said, reverse("supervision:show", args=[rows[gd.pk].pk]))],
        other.pk: [],
    }
    assert comes(date(2026, 12, 6)) == 2


def test_a_schedule_begins_on_the_day_it_is_set_and_ends_when_it_is_switched_off() -> None:
    plant.unit("GD")
    boss = plant.person(Role.SUPERVISOR)
    actions.arrange(
        boss, Kind.QUARTERLY, running=True, day=4, roles=["supervisor"], at=NOW, today=TODAY
    )
    assert comes(TODAY) == 0  # the third quarter's was due in October, before anybody wanted it
    for running, day, roles, why in ((True, 0, ["supervisor"], "1 至 28"), (True, 3, [], "接收人")):
        with pytest.raises(Refused, match=why):
            actions.arrange(
                boss, Kind.YEARLY, running=running, day=day, roles=roles, at=NOW, today=TODAY
            )
    actions.arrange(boss, Kind.QUARTERLY, running=False, day=4, roles=[], at=NOW, today=TODAY)
    assert comes(date(2027, 1, 9)) == 0
    with pytest.raises(Denied):
        actions.arrange(
            plant.person(Role.STEWARD, plant.unit("GD")), Kind.MONTHLY, running=True, day=4,
            roles=["steward"], at=NOW, today=TODAY,
        )  # fmt: skip
