"""Of many files, a decision is written when the button is pressed and carried out by a job."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.ratings.rated import TODAY, Head, buyer, computed, head, moment
from yihu.access.entering import for_group
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.audit.models import Event
from yihu.customers.rules import Klass
from yihu.dossiers.models import ClassChange, Dossier
from yihu.dossiers.problems import Refused
from yihu.notices.models import Notice
from yihu.ratings import actions, jobs
from yihu.ratings.models import RatingProposal, RatingResult, RatingRound, RoundState, Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")
    monkeypatch.setattr(actions, "LARGE", 0)


def queued(task: str) -> list[Any]:
    """What waits for the worker: the arguments of each job."""
    with for_group(), connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s", [task])
        return [json.loads(row[0]) for row in cursor.fetchall()]


def told(head_of: Head) -> list[str]:
    rows = Notice.objects.filter(user=head_of.maker).exclude(verb="rating_round.computed")
    return list(rows.order_by("told_at", "verb").values_list("verb", flat=True))


def verbs(*names: str) -> list[tuple[str, str]]:
    rows = Event.objects.filter(verb__in=names).order_by("pk")
    return [(row.verb, row.actor_name) for row in rows]


def reviewed() -> tuple[Head, RatingRound, Dossier]:
    """A general customer that takes much, its round handed in and reviewed by the other."""
    hq = head()
    file = buyer(plant.unit("GD"), taken="900")
    rating = computed(hq)
    actions.hand_in(hq.maker, rating.pk, at=moment(20))
    actions.review(hq.checker, rating.pk, accept=True, at=moment(21))
    return hq, rating, file


def entered(hq: Head) -> Client:
    client = Client()
    client.force_login(hq.maker)
    return client


@pytest.mark.clause("6.1.3")
@pytest.mark.clause("6.2.1c")
def test_a_round_is_made_final_and_its_classes_carried_out_by_jobs_once() -> None:
    hq, rating, file = reviewed()
    client, page = entered(hq), reverse("ratings:round", args=[rating.pk])
    waits = reverse("ratings:progress", args=[rating.pk])
    client.post(reverse("ratings:act", args=[rating.pk, "final"]))
    rating.refresh_from_db()
    assert (rating.state, rating.final_by) == (RoundState.CLOSING, hq.maker)
    assert queued("ratings.finalise") == [{"round_id": str(rating.pk), "day": "2026-11-05"}]
    assert not RatingResult.objects.exists()
    assert "正在把等级写入各档案" in client.get(page).text
    assert "HX-Redirect" not in client.get(waits).headers
    for _twice in range(2):
        jobs.finalise(round_id=str(rating.pk), day=TODAY.isoformat())
    rating.refresh_from_db()
    assert rating.state == RoundState.FINAL
    assert RatingResult.objects.get().rated_on == TODAY
    assert client.get(waits).headers["HX-Redirect"] == page
    assert verbs("rating.final", "rating_round.final", "rating_round.settled") == [
        ("rating.final", hq.maker.name),
        ("rating_round.final", hq.maker.name),
        ("rating_round.settled", "系统"),
    ]
    assert told(hq) == ["rating_round.settled"]

    client.post(
        reverse("ratings:decide", args=[rating.pk]), {"which": "waiting", "verdict": "accept"}
    )
    file.refresh_from_db()
    assert file.klass == Klass.GENERAL
    proposal = RatingProposal.objects.get()
    assert (proposal.verdict, proposal.decided_by) == (Verdict.ACCEPTED, hq.maker)
    assert queued("ratings.carry_out") == [{"round_id": str(rating.pk), "day": "2026-11-05"}]
    classes = reverse("ratings:classes", args=[rating.pk])
    asks = reverse("ratings:carrying", args=[rating.pk])
    assert "1 个客户的分类正在生效" in client.get(classes).text
    assert "1 个客户的分类正在生效" in client.get(asks).text
    for _twice in range(2):
        jobs.carry_out(round_id=str(rating.pk), day=TODAY.isoformat())
    file.refresh_from_db()
    assert file.klass == proposal.klass == Klass.VIP
    assert ClassChange.objects.filter(dossier=file, source="rating").count() == 1
    assert client.get(asks).headers["HX-Redirect"] == classes
    assert verbs("class.decided", "classes.decided", "classes.carried_out") == [
        ("class.decided", hq.maker.name),
        ("classes.decided", hq.maker.name),
        ("classes.carried_out", "系统"),
    ]
    assert told(hq) == ["rating_round.settled", "classes.carried_out"]


def broken(monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    """Whoever hears of it last dies, once everything else is written."""

    def die(event: Event) -> None:
        raise RuntimeError(event.verb)

    monkeypatch.setitem(audit._handlers, verb, [*audit._handlers[verb], die])


@pytest.mark.clause("6.1.3")
def test_a_job_that_breaks_in_mid_way_leaves_all_as_it_was_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hq, rating, file = reviewed()
    actions.ask_to_finalise(hq.maker, rating.pk, at=moment(22), today=TODAY)
    with monkeypatch.context() as patch:
        broken(patch, "rating_round.final")
        jobs.finalise(round_id=str(rating.pk), day=TODAY.isoformat())
    rating.refresh_from_db()
    assert (rating.state, rating.final_by, rating.final_at) == (RoundState.REVIEWED, None, None)
    assert not RatingResult.objects.exists()
    assert not RatingProposal.objects.exists()
    assert verbs("rating.final", "rating_round.final") == []
    assert told(hq) == ["rating_round.failed"]

    actions.ask_to_finalise(hq.maker, rating.pk, at=moment(30), today=TODAY)
    jobs.finalise(round_id=str(rating.pk), day=TODAY.isoformat())
    actions.decide(hq.maker, rating.pk, None, accept=True, at=moment(40), today=TODAY)
    with monkeypatch.context() as patch:
        broken(patch, "classes.decided")
        jobs.carry_out(round_id=str(rating.pk), day=TODAY.isoformat())
    file.refresh_from_db()
    assert file.klass == Klass.GENERAL
    assert not ClassChange.objects.filter(dossier=file, source="rating").exists()
    proposal = RatingProposal.objects.get()
    assert (proposal.verdict, proposal.decided_by) == (Verdict.WAITING, None)
    assert told(hq)[-1] == "classes.failed"
    actions.decide(hq.maker, rating.pk, None, accept=True, at=moment(50), today=TODAY)
    jobs.carry_out(round_id=str(rating.pk), day=TODAY.isoformat())
    file.refresh_from_db()
    assert file.klass == Klass.VIP


@pytest.mark.clause("6.1.3")
def test_what_a_job_is_at_is_asked_for_once_and_by_whoever_may() -> None:
    hq, rating, _file = reviewed()
    with pytest.raises(Denied):
        actions.ask_to_finalise(
            plant.person(Role.STEWARD, plant.unit()), rating.pk, at=moment(22), today=TODAY
        )
    actions.ask_to_finalise(hq.checker, rating.pk, at=moment(22), today=TODAY)
    for again in (
        lambda key: actions.ask_to_finalise(hq.maker, key, at=moment(23), today=TODAY),
        lambda key: actions.hand_in(hq.maker, key, at=moment(23)),
    ):
        with pytest.raises(Refused, match="正在定稿"):
            again(rating.pk)
    assert queued("ratings.finalise") == [{"round_id": str(rating.pk), "day": "2026-11-05"}]
