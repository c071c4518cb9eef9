"""What programs do: the pages' rules and actions, tags against overwriting, keys against twice."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests import plant
from tests.desk.duties import duty
from tests.dossiers.files import Desk, complete_dossier, desk
from tests.interface.calling import Program
from tests.letters.written import letter
from tests.risks.remarked import content as remark_content
from tests.risks.remarked import remark
from tests.visits.held import SUMMARY, written
from yihu.access.rules import Role
from yihu.access.tokens.rules import Use
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier, FileVersion
from yihu.interface.models import Call
from yihu.kit.clock import today
from yihu.letters.models import Letter
from yihu.visits.models import Followup, Progress, Visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _november(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


@pytest.fixture
def at() -> Desk:
    return desk()


@pytest.fixture
def file(at: Desk) -> Dossier:
    return complete_dossier(at)


@pytest.fixture
def filler(at: Desk) -> Program:
    return Program(at.filler, *Use)


@pytest.fixture
def reviewer(at: Desk) -> Program:
    return Program(at.reviewer, *Use)


def ok(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content.decode()
    told: dict[str, Any] = answer.json()
    return told


def refused(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json", answer.content.decode()
    return answer.status_code, answer.json()["code"]


def save(program: Program, file: Dossier, tag: str, **values: Any) -> Any:
    return program.do(f"dossiers/{file.pk}/draft", {"values": values}, method="patch", match=tag)


@pytest.mark.clause("4.3b")
@pytest.mark.clause("6.2.1")
def test_a_file_is_filled_submitted_and_approved(
    file: Dossier, filler: Program, reviewer: Program
) -> None:
    seen = filler.get(f"dossiers/{file.pk}/draft")
    assert (seen.json()["state"], seen.json()["values"]["legal_rep"]) == ("none", "李明")
    saved = save(filler, file, seen["ETag"], legal_rep="张三", reg_capital=3500.5)
    tag = ok(saved)["etag"]
    assert saved["ETag"] == tag != seen["ETag"]
    assert filler.get(f"dossiers/{file.pk}/draft")["ETag"] == tag
    wrong = ok(save(filler, file, tag, office_addr="海" * 301))
    assert [one["field"] for one in wrong["problems"]] == ["office_addr"]
    short = filler.do(f"dossiers/{file.pk}/draft/submit")
    assert refused(short) == (422, "incomplete")
    assert [one["field"] for one in short.json()["problems"]] == ["office_addr"]
    ok(save(filler, file, wrong["etag"], office_addr="广州市天河区"))
    told = ok(filler.do(f"dossiers/{file.pk}/draft/submit"))
    waiting = f"submissions/{told['submission']}"
    read = reviewer.get(waiting).json()
    assert read["digest"] == told["digest"]
    assert {one["code"] for one in read["changes"]} >= {"legal_rep", "reg_capital"}
    assert refused(filler.do(f"{waiting}/approve", {"digest": told["digest"]})) == (
        403,
        "forbidden",
    )
    assert refused(reviewer.do(f"{waiting}/approve", {"digest": "0" * 64})) == (
        412, "changed_meanwhile",
    )  # fmt: skip
    assert ok(reviewer.do(f"{waiting}/approve", {"digest": told["digest"]}))["version"] == 1
    file.refresh_from_db()
    assert file.document["legal_rep"] == "张三"
    assert FileVersion.objects.filter(dossier=file).count() == 1
    assert Event.objects.get(verb="version.approved").actor_id == reviewer.user.pk


@pytest.mark.clause("5.2")
def test_nothing_is_written_over_what_was_not_seen(file: Dossier, filler: Program) -> None:
    seen = filler.get(f"dossiers/{file.pk}/draft")["ETag"]
    assert refused(save(filler, file, "", legal_rep="张三")) == (428, "if_match_needed")
    assert refused(save(filler, file, f"W/{seen}", legal_rep="张三"))[0] == 412
    ok(save(filler, file, seen, legal_rep="张三"))
    late = save(filler, file, seen, legal_rep="李四")
    assert refused(late) == (412, "changed_meanwhile")
    assert late["ETag"] == filler.get(f"dossiers/{file.pk}/draft")["ETag"]
    english = Program(filler.user, Use.FILL, language="en")
    assert save(english, file, seen, legal_rep="李四").json()["detail"].isascii()
    assert ok(save(filler, file, late["ETag"], legal_rep="李四"))
    assert filler.get(f"dossiers/{file.pk}/draft").json()["values"]["legal_rep"] == "李四"


def test_twice_under_one_key_is_once(at: Desk, file: Dossier, filler: Program) -> None:
    visit = written(at, file)
    followup = Followup.objects.get(visit=visit)
    path, said = f"followups/{followup.pk}/progress", {"text": "已与调度中心沟通"}
    assert refused(filler.do(path, said)) == (422, "bad_idempotency_key")
    seen = filler.get(f"followups/{followup.pk}")["ETag"]
    first = ok(filler.do(path, said, key="progress-1", match=seen))
    again = ok(filler.do(path, said, key="progress-1", match=seen))
    assert again == {**first, "again": True}
    assert Progress.objects.filter(followup=followup).count() == 1
    other = filler.do(path, {"text": "另一件事"}, key="progress-1")
    assert refused(other) == (409, "idempotency_key_reused")
    assert refused(filler.do(path, said, key="progress-2", match=seen)) == (
        412,
        "changed_meanwhile",
    )
    ok(filler.do(path, said, key="progress-2"))
    assert Progress.objects.filter(followup=followup).count() == 2
    assert "已与调度中心沟通" not in json.dumps([one.answer for one in Call.objects.all()])


@pytest.mark.clause("6.2.1d")
def test_a_visit_from_plan_to_result(at: Desk, file: Dossier, filler: Program) -> None:
    me = str(at.filler.staff_id)
    plan: dict[str, Any] = {
        "planned_on": "2026-11-06", "kind": "paid", "level": "business", "lead": me, "ours": [me],
        "topics": ["demand"], "purpose": "冬季保供", "guests": [{"name": "王五", "post": "厂长"}],
    }  # fmt: skip
    made = ok(filler.do(f"dossiers/{file.pk}/visits/planned", plan, key="visit-001"))
    path = f"visits/{made['id']}"
    read = filler.get(path)
    assert (read.json()["state"], read.json()["theirs"]) == (
        "planned", [{"name": "王五", "post": "厂长"}],
    )  # fmt: skip
    moved = {**plan, "planned_on": "2026-11-07"}
    assert refused(filler.do(f"{path}/replan", moved)) == (428, "if_match_needed")
    ok(filler.do(f"{path}/replan", moved, match=read["ETag"]))
    assert refused(filler.do(f"{path}/replan", moved, match=read["ETag"]))[0] == 412
    ok(filler.do(f"{path}/hold", {"on": "2026-11-05"}))
    minutes = {
        **plan, "held_on": "2026-11-05", "summary": SUMMARY,
        "promises": [{"side": "ours", "text": "测算增供", "due_on": "2026-11-20", "owner": me}],
        "wishes": [{"category": "supply", "text": "采暖季增供"}],
    }  # fmt: skip
    del minutes["planned_on"]
    short = filler.do(f"{path}/write", {**minutes, "summary": "短"}, match=filler.get(path)["ETag"])
    assert refused(short) == (422, "unfit")
    ok(filler.do(f"{path}/write", minutes, match=filler.get(path)["ETag"]))
    visit = Visit.objects.get(pk=made["id"])
    assert (visit.state, visit.followups.get().text) == ("written", "测算增供")
    followup = f"followups/{visit.followups.get().pk}"
    ok(filler.do(f"{followup}/result", {"text": "可增供一成"}, key="result-01"))
    ok(filler.do(f"{followup}/close", {"confirmed": True}))
    need = f"needs/{visit.needs.get().pk}"
    ok(filler.do(f"{need}/answer", {"text": "已函复"}))
    assert refused(filler.do(f"{need}/answer", {"text": "已函复"})) == (409, "refused")
    assert filler.get(need).json()["answer"] == "已函复"
    assert filler.get(followup).json()["state"] == "closed"


@pytest.mark.clause("4.3c")
def test_a_letter_is_registered_corrected_and_voided(
    at: Desk, file: Dossier, filler: Program
) -> None:
    said = {
        "direction": "in", "dated_on": "2026-11-03", "counterpart": "广州甲公司",
        "subject": "调整计划的函", "sensitivity": "ordinary",
    }  # fmt: skip
    made = ok(filler.do(f"dossiers/{file.pk}/letters", said, key="letter-01"))
    path = f"letters/{made['id']}"
    wrong = filler.do(f"{path}/correct", {**said, "reason": "改"}, match=made["etag"])
    assert refused(wrong) == (422, "unknown_field")
    del said["direction"]
    changed = {**said, "subject": "再调整计划的函", "reason": "主题录错"}
    ok(filler.do(f"{path}/correct", changed, match=made["etag"]))
    assert filler.get(path).json()["subject"] == "再调整计划的函"
    bad = filler.do(f"{path}/correct", {**changed, "answers": made["id"]}, match="*")
    assert (refused(bad), bad.json()["problems"][0]["field"]) == (
        (422, "invalid_fields"), "answers",
    )  # fmt: skip
    ok(filler.do(f"{path}/waive", {"reason": "仅告知"}))
    ok(filler.do(f"{path}/void", {"reason": "重复登记"}))
    assert Letter.objects.get(pk=made["id"]).voided_reason == "重复登记"


@pytest.mark.clause("6.2.2")
def test_a_risk_is_raised_checked_and_lifted_by_two(
    at: Desk, file: Dossier, filler: Program, reviewer: Program
) -> None:
    contract = plant.contract(file)
    facts = remark_content(at).facts
    said = {
        "kind": "c", "level": 2, "found_on": "2026-11-02", "found_how": "月度对账", "facts": facts,
        "loss_yuan": "1250000.00", "owner": str(at.filler.staff_id), "verified_by": "法务部 陈明",
        "next_check_on": "2026-12-01", "contracts": [str(contract.pk)],
    }  # fmt: skip
    made = ok(filler.do(f"dossiers/{file.pk}/risks", said, key="remark-01"))
    path = f"risks/{made['id']}"
    read = filler.get(path).json()
    assert (read["loss_yuan"], read["contracts"]) == ("1250000.00", [str(contract.pk)])
    check = {
        "found": "已付三成", "level": 1, "state": "mitigated", "verified_by": "陈明",
        "next_check_on": "2026-12-20",
    }  # fmt: skip
    assert refused(filler.do(f"{path}/check", check)) == (428, "if_match_needed")
    ok(filler.do(f"{path}/check", check, match=made["etag"]))
    ok(filler.do(f"{path}/lift", {"reason": "已全部付清"}))
    assert refused(filler.do(f"{path}/lift/decide", {"consent": True}))[0] in {403, 409}
    ok(reviewer.do(f"{path}/lift/decide", {"consent": True}))
    assert filler.get(path).json()["state"] == "lifted"
    assert refused(filler.do(f"{path}/publish", {"reason": "通报"})) == (403, "forbidden")


@pytest.mark.clause("6.2.1")
def test_a_waiver_is_asked_for_and_decided(at: Desk, file: Dossier) -> None:
    owed = duty(file)
    steward = Program(plant.person(Role.STEWARD, at.unit), *Use)
    head = Program(plant.person(Role.SUPERVISOR), *Use)
    made = ok(steward.do(f"duties/{owed.pk}/waive", {"reason": "停产检修"}))
    path = f"waivers/{made['id']}"
    assert refused(steward.do(f"{path}/consent"))[0] == 403
    ok(head.do(f"{path}/consent", {"note": "同意"}, match=head.get(path)["ETag"]))
    owed.refresh_from_db()
    assert owed.waived_at is not None
    assert refused(steward.do(f"{path}/withdraw")) == (409, "refused")


@pytest.mark.clause("6.1.2")
def test_a_file_is_closed_by_two_and_opened_again(at: Desk, file: Dossier) -> None:
    steward = Program(plant.person(Role.STEWARD, at.unit), *Use)
    head = Program(plant.person(Role.SUPERVISOR), *Use)
    said = {"state": "closed", "ground": "ended", "reason": "合同到期"}
    made = ok(steward.do(f"dossiers/{file.pk}/closure", said))
    assert refused(steward.do(f"dossiers/{file.pk}/closure", said)) == (409, "refused")
    path = f"closures/{made['id']}"
    ok(head.do(f"{path}/consent", {"note": "同意"}, match=head.get(path)["ETag"]))
    file.refresh_from_db()
    assert file.state == "closed"
    (row,) = head.get("closures").json()["items"]
    assert (row["id"], row["dossier"], row["state"]) == (made["id"], str(file.pk), "closed")
    ok(steward.do(f"dossiers/{file.pk}/reopen", {"reason": "恢复供气"}))
    told = head.get(path).json()
    assert (told["until"], told["ended_why"]) == (str(today()), "恢复供气")


@pytest.mark.clause("6.2.1")
def test_many_files_are_confirmed_as_unchanged(at: Desk, file: Dossier, filler: Program) -> None:
    other = plant.dossier(plant.unit("FJ", region="350000"))
    said = {"dossiers": [str(file.pk)], "basis": "已电话核实"}
    foreign = {**said, "dossiers": [str(file.pk), str(other.pk)]}
    assert refused(filler.do("confirmations", foreign, key="confirm-1")) == (404, "not_found")
    told = ok(filler.do("confirmations", said, key="confirm-1"))
    assert len(told["submissions"]) + len(told["left_out"]) == 1


@pytest.mark.clause("6.3.2")
def test_a_grant_is_asked_for_and_taken_back_but_never_given(at: Desk) -> None:
    elsewhere = plant.unit("FJ", region="350000")
    reader = Program(plant.person(Role.READER, elsewhere), *Use)
    said = {
        "unit": "GD", "purpose": "跨区域尽调", "sections": ["basic"], "level": 2,
        "since": "2026-11-05", "until": "2026-11-30",
    }  # fmt: skip
    assert refused(reader.do("grants", {**said, "unit": "NO"}, key="grant-001")) == (
        422, "invalid_fields",
    )  # fmt: skip
    made = ok(reader.do("grants", said, key="grant-001"))
    assert reader.get(f"grants/{made['id']}").json()["state"] == "asked"
    assert reader.do(f"grants/{made['id']}/agree").status_code == 404
    ok(reader.do(f"grants/{made['id']}/withdraw"))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("not json", 400, "not_json"),
        ('{"reason": "a", "reason": "b"}', 400, "duplicate_field"),
        ([], 422, "not_an_object"),
        ({}, 422, "missing_field"),
        ({"reason": None}, 422, "bad_value"),
        ({"reason": 1}, 422, "bad_value"),
        ({"reason": 1.5}, 422, "bad_value"),
        ({"reason": "\ud800"}, 422, "bad_value"),
        ({"reason": "啊" * 501}, 422, "bad_value"),
        ({"reason": "x", "why": "y"}, 422, "unknown_field"),
    ],
)
def test_what_cannot_be_read_is_refused(
    body: Any, status: int, code: str, at: Desk, file: Dossier, filler: Program
) -> None:
    one = letter(at, file)
    said = body if isinstance(body, str) else json.dumps(body)
    assert refused(filler.do(f"letters/{one.pk}/void", said)) == (status, code)
    assert refused(filler.do(f"letters/{one.pk}/void?x=1", said)) == (400, "bad_condition")
    one.refresh_from_db()
    assert one.voided_at is None


def test_a_token_does_what_it_was_issued_for(at: Desk, file: Dossier) -> None:
    one = remark(at, file, check_on=date(2026, 12, 1))
    program = Program(at.filler, Use.READ, Use.LETTERS)
    assert program.get(f"risks/{one.pk}").status_code == 200
    answer = program.do(f"risks/{one.pk}/lift", {"reason": "已付清"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    program.client.force_login(at.filler)
    program.headers = {}
    assert program.do(f"risks/{one.pk}/lift", {"reason": "已付清"}).status_code == 401
    one.refresh_from_db()
    assert one.lift_asked_by_id is None
