"""Reviewing over HTTP: the queue, what changed, comments, return, approval, never one's own."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.dossiers.files import Desk, approved, attest, complete_dossier, desk, moment, submitted
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Comment, Dossier, FileVersion, Submission
from yihu.dossiers.rules import Decision
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.choices import DutyKind
from yihu.duties.models import Duty

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.2")]


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def changed(at: Desk) -> tuple[Dossier, Submission]:
    """A file with a version, and a submission that changes two fields."""
    dossier = complete_dossier(at)
    approved(at, dossier, at_time=moment(2))
    attest(at, dossier, at_time=moment(3))
    waiting = submitted(
        at, dossier, at_time=moment(4), legal_rep="王五", reg_addr="广州市天河区 <b>2</b> 号"
    )
    return dossier, waiting


def digest_on(page: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def test_the_whole_way_from_submission_to_version() -> None:
    gd = desk()
    load_first_policy()
    dossier, waiting = changed(gd)
    refresh(moment().date())
    reviewer, filler = entered(gd.reviewer), entered(gd.filler)
    queue = reviewer.get(reverse("desk:reviews")).text
    assert dossier.name_full in queue
    page = reviewer.get(reverse("desk:review", args=[waiting.pk])).text
    for said in ("李明", "王五", "与第 1 版", "&lt;b&gt;2&lt;/b&gt;"):
        assert said in page
    assert "自 2022 年起采购天然气" not in page  # what did not change is not shown
    reviewer.post(
        reverse("desk:review-comment", args=[waiting.pk]),
        {"code": "legal_rep", "text": "请附营业执照"},
    )
    empty = reviewer.post(reverse("desk:review-return", args=[waiting.pk]), {"reason": " "})
    assert empty.status_code == 422
    assert "请写明退回的原因" in empty.text
    reviewer.post(reverse("desk:review-return", args=[waiting.pk]), {"reason": "缺执照"})
    form = filler.get(reverse("desk:fill", args=[dossier.pk])).text
    assert "缺执照" in form
    assert "请附营业执照" in form
    filler.post(reverse("desk:fill-submit", args=[dossier.pk]))
    second = Submission.objects.get(decision="")
    page = reviewer.get(reverse("desk:review", args=[second.pk])).text
    assert "缺执照" in page
    done = reviewer.post(
        reverse("desk:review-approve", args=[second.pk]), {"digest": digest_on(page)}, follow=True
    )
    assert "成为第 2 版" in done.text
    assert FileVersion.objects.count() == 2
    dossier.refresh_from_db()
    assert dossier.document["legal_rep"] == "王五"
    assert Duty.objects.get(kind=DutyKind.REVIEW, dossier=dossier).done_at is not None


def test_what_moved_since_it_was_seen_is_not_approved() -> None:
    gd = desk()
    _dossier, waiting = changed(gd)
    answer = entered(gd.reviewer).post(
        reverse("desk:review-approve", args=[waiting.pk]), {"digest": "0" * 64}
    )
    assert answer.status_code == 412
    assert "的内容在您查看之后变了" in answer.text
    assert FileVersion.objects.count() == 1


def test_nobody_decides_on_their_own_work() -> None:
    gd = desk()
    steward = plant.person(Role.STEWARD, gd.unit)
    own = Desk(gd.unit, steward, gd.reviewer)
    dossier = complete_dossier(own)
    waiting = submitted(own, dossier, at_time=moment())
    client = entered(steward)
    page = client.get(reverse("desk:review", args=[waiting.pk])).text
    assert "须由另一人审核" in page
    assert 'name="digest"' not in page
    refused = client.post(
        reverse("desk:review-approve", args=[waiting.pk]), {"digest": waiting.digest}
    )
    assert refused.status_code == 409
    assert FileVersion.objects.count() == 0


def test_a_filler_and_another_unit_stay_out() -> None:
    gd, fj = desk("GD"), desk("FJ")
    _dossier, waiting = changed(gd)
    address = reverse("desk:review", args=[waiting.pk])
    assert entered(fj.reviewer).get(address).status_code == 404
    assert entered(gd.filler).get(address).status_code == 403
    assert entered(gd.filler).get(reverse("desk:reviews")).status_code == 403


def test_the_plain_ones_pass_together_and_the_changed_do_not() -> None:
    gd = desk()
    touched, busy = changed(gd)
    plain = []
    for _number in range(2):
        dossier = complete_dossier(gd)
        approved(gd, dossier, at_time=moment(2))
        plain.append(submitted(gd, dossier, at_time=moment(4)))
    client = entered(gd.reviewer)
    many = reverse("desk:approve-many")
    assert "请先勾选" in client.post(many, follow=True).text
    both = {"submission": [str(busy.pk), *(str(row.pk) for row in plain)]}
    page = client.post(many, both, follow=True).text
    assert f"{touched.name_full} 没有通过：" in page
    assert "其余请逐份审核" in page
    assert "已通过 2 份。" in page
    busy.refresh_from_db()
    assert busy.decision == ""
    decisions = Submission.objects.filter(pk__in=[row.pk for row in plain])
    assert set(decisions.values_list("decision", flat=True)) == {Decision.APPROVED}


@pytest.mark.clause("6.3.1")
def test_a_foreign_one_among_the_ticked_refuses_the_whole() -> None:
    """T5: an act on many never goes on without those that are not there for the person."""
    gd, fj = desk(), desk("FJ")
    mine, theirs = complete_dossier(gd), complete_dossier(fj)
    rows = []
    for at, dossier in ((gd, mine), (fj, theirs)):
        approved(at, dossier, at_time=moment(2))
        rows.append(submitted(at, dossier, at_time=moment(4)))
    client = entered(gd.reviewer)
    many = reverse("desk:approve-many")
    answer = client.post(many, {"submission": [str(row.pk) for row in rows]})
    assert answer.status_code == 404
    assert theirs.name_full not in answer.text
    assert set(
        Submission.objects.filter(pk__in=[row.pk for row in rows]).values_list(
            "decision", flat=True
        )
    ) == {""}
    line = Event.objects.get(verb="refused", actor_id=gd.reviewer.pk)
    assert line.data["lookup"] == {"pk": str(rows[1].pk), "of": "2"}
    alone = client.post(many, {"submission": [str(rows[0].pk)]}, follow=True)  # the control
    assert "已通过 1 份。" in alone.text


def test_a_remark_is_settled_and_only_on_what_changed() -> None:
    gd = desk()
    _dossier, waiting = changed(gd)
    client = entered(gd.reviewer)
    say = reverse("desk:review-comment", args=[waiting.pk])
    assert client.post(say, {"code": "office_addr", "text": "x"}).status_code == 400
    client.post(say, {"code": "", "text": "整体不错"})
    remark = Comment.objects.get()
    client.post(reverse("desk:review-settle", args=[waiting.pk]), {"remark": str(remark.pk)})
    remark.refresh_from_db()
    assert remark.settled_at is not None
    bad = client.post(reverse("desk:review-settle", args=[waiting.pk]), {"remark": "x"})
    assert bad.status_code == 400


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_asks_the_same_for_any_number_of_rows(rows: int) -> None:
    gd = desk()
    for _number in range(rows):
        submitted(gd, complete_dossier(gd), at_time=moment(4))
    client = entered(gd.reviewer)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse("desk:reviews")).status_code == 200
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 6


def test_conditions_that_are_not_offered_are_refused() -> None:
    client = entered(desk().reviewer)
    assert client.get(reverse("desk:reviews"), {"klass": "x"}).status_code == 400
    assert client.get(reverse("desk:reviews"), {"after": "x"}).status_code == 400
