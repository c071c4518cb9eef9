"""The HR system's door: a token, a key, whole or not at all (§6.3.4)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.handover.leaving import NOW, TODAY
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.handover.models import Call, Token
from yihu.handover.tokens import issue, revoke
from yihu.org.models import PersonnelEvent

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.4")]
Post = Callable[..., HttpResponse]


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())
    secret = issue("HR", at=NOW)

    def send(body: object, *, key: str = "batch-0001", token: str = secret) -> Any:
        return Client().post(
            reverse("handover:api-personnel"),
            body if isinstance(body, str) else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
        )

    return send


def leaving(user: User, **more: object) -> dict[str, object]:
    assert user.staff is not None
    return {
        "unit": user.staff.unit.code,
        "employee_no": user.staff.employee_no,
        "kind": "leave",
        "effective_on": "2026-11-21",
        **more,
    }


def test_a_leaver_is_closed_at_once_and_the_same_call_again_changes_nothing(post: Post) -> None:
    gone = plant.person(Role.FILLER, plant.unit("GD"))
    first, again = post([leaving(gone)]), post([leaving(gone)])
    assert first.json() == {"new": 1, "unchanged": 0, "applied": 1, "again": False}
    assert again.json() == {"new": 1, "unchanged": 0, "applied": 1, "again": True}
    other = post([leaving(gone)], key="batch-0002")
    assert other.json() == {"new": 0, "unchanged": 1, "applied": 0, "again": False}
    assert not User.objects.get(pk=gone.pk).is_active
    assert PersonnelEvent.objects.get().entered_by == "接口：HR"


def test_another_call_under_the_same_key_is_refused(post: Post) -> None:
    gd = plant.unit("GD")
    one, two = plant.person(Role.FILLER, gd), plant.person(Role.FILLER, gd)
    post([leaving(one)])
    answer = post([leaving(two)])
    assert answer.status_code == 409
    assert "请换一个新键" in answer.json()["detail"]
    assert User.objects.get(pk=two.pk).is_active


def test_one_wrong_row_saves_none(post: Post) -> None:
    one = plant.person(Role.FILLER, plant.unit("GD"))
    answer = post([leaving(one), leaving(one, employee_no="X", kind="promoted")])
    assert answer.status_code == 422
    assert [(p["row"], p["field"], p["code"]) for p in answer.json()["problems"]] == [
        (2, "kind", "unknown_kind")
    ]
    assert PersonnelEvent.objects.count() == 0
    assert Call.objects.count() == 0
    assert post([leaving(one)]).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "not_json"),
        ("[NaN]", 400, "not_json"),
        ('[{"unit": "GD", "unit": "FJ"}]', 400, "duplicate_field"),
        ("[" * 100_000, 400, "not_json"),
        ({"a": 1}, 422, "not_a_list"),
        ([1], 422, "not_an_object"),
        ([{"unit_id": 1}], 422, "unknown_field"),
        ([{"\x00": "x"}], 422, "unknown_field"),
        ([], 422, "refused"),
        ([{"employee_no": ["x"]}], 422, "not_text"),
        ([{"name": "\x00"}], 422, "not_text"),
        ([{"name": "\ud800"}], 422, "not_text"),
        (
            [{"employee_no": "x", "kind": "leave", "effective_on": "2026-02-30"}],
            422,
            "invalid_rows",
        ),
    ],
)
def test_what_is_no_list_of_events_is_refused_in_chinese(
    post: Post, body: object, status: int, code: str
) -> None:
    plant.unit("GD")
    answer = post(body)
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"]


def test_only_a_standing_token_opens(post: Post) -> None:
    gone = plant.person(Role.FILLER, plant.unit("GD"))
    assert post([leaving(gone)], token="yihu-personnel-wrong").status_code == 401
    assert post([leaving(gone)], key="short").status_code == 422
    revoke("HR", at=NOW)
    answer = post([leaving(gone)])
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="yihu"')
    assert User.objects.get(pk=gone.pk).is_active


def test_a_session_is_no_token(post: Post) -> None:
    client = Client()
    client.force_login(plant.person(Role.ITC))
    answer = client.post(reverse("handover:api-personnel"), "[]", content_type="application/json")
    assert answer.status_code == 401


def test_the_token_is_shown_once_and_kept_as_a_hash(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("token", "personnel", "--name", "HR2")
    secret = capsys.readouterr().out.split()[-1]
    row = Token.objects.get(label="HR2")
    assert len(row.sha256) == 64
    assert secret not in str(vars(row))
    with pytest.raises(CommandError, match="已有名为"):
        call_command("token", "personnel", "--name", "HR2")
    call_command("token", "personnel", "--name", "HR2", "--revoke")
    assert Token.objects.get(label="HR2").revoked_at is not None
