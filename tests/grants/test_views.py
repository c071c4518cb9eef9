"""The pages of grants: each hand finds its work, and nobody else's."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.access.door import prove
from tests.exports.taking import take
from tests.flows.rows import of_every_table
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.grants.models import Grant, QueryPolicy
from yihu.grants.rules import State
from yihu.kit.clock import now, today

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.1")]


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    prove(client)
    return client


def test_the_whole_way_by_pages() -> None:
    gd = plant.unit("GD")
    file = plant.dossier(gd, name="广州请查电厂有限公司")
    asker = plant.person(Role.FILLER, plant.unit("FJ", region="350000"))
    steward, itc = plant.person(Role.STEWARD, gd), plant.person(Role.ITC)
    page = reverse("desk:dossier", args=[file.pk])
    assert entered(asker).get(page).status_code == 404

    lines = {
        "basis": "本单位细则第六条", "effective_on": today(), "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 0, "form-0-post": "*", "form-0-sections": ["basic"],
        "form-0-level": 2, "form-0-days": 60,
    }  # fmt: skip
    assert entered(steward).post(reverse("grants:policy"), lines).status_code == 302
    assert QueryPolicy.objects.get().lines.get().post == "*"

    offered = entered(asker).get(reverse("grants:ask"), {"unit": gd.pk}).content.decode()
    assert "广东省" in offered
    wish = {
        "unit": gd.pk, "purpose": "跨区域用气协调", "sections": ["basic"], "level": 2,
        "since": today(), "until": today() + timedelta(days=20),
    }  # fmt: skip
    assert entered(asker).post(reverse("grants:ask"), wish).status_code == 302
    grant = Grant.objects.get()

    def press(by: User, act: str, **said: str) -> Client:
        client = entered(by)
        assert client.post(reverse("grants:act", args=[grant.pk, act]), said).status_code == 302
        return client

    assert "跨区域用气协调" in entered(steward).get(reverse("grants:home")).content.decode()
    assert "跨区域用气协调" not in entered(itc).get(reverse("grants:home")).content.decode()
    press(steward, "agree")
    waiting = entered(itc).get(reverse("grants:home")).content.decode()
    assert "跨区域用气协调" in waiting
    assert "广州请查电厂" not in waiting
    press(itc, "open")
    assert entered(asker).get(page).status_code == 200
    assert "广州请查电厂" in entered(asker).get(reverse("desk:dossiers")).content.decode()
    held = entered(steward).get(reverse("grants:holders")).content.decode()
    assert asker.name in held
    press(steward, "end", reason="项目结束")
    assert entered(asker).get(page).status_code == 404
    grant.refresh_from_db()
    assert (grant.state, grant.reason) == (State.ENDED, "项目结束")


def test_a_refused_form_keeps_what_was_typed() -> None:
    gd = plant.unit("GD")
    asker = plant.person(Role.FILLER, plant.unit("FJ", region="350000"))
    answer = entered(asker).post(
        reverse("grants:ask"), {"unit": gd.pk, "purpose": "只写了目的", "level": 2}
    )
    assert answer.status_code == 422
    body = answer.content.decode()
    assert "只写了目的" in body
    assert "请至少选择一项" in body
    assert not Grant.objects.exists()


@pytest.mark.parametrize("role", [Role.FILLER, Role.READER])
def test_only_stewards_rule_and_look_who_can_see(role: Role) -> None:
    client = entered(plant.person(role, plant.unit("GD")))
    for name in ("policy", "holders"):
        assert client.get(reverse(f"grants:{name}")).status_code == 403


def test_why_and_seen_as_say_what_the_policies_do() -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    file = plant.dossier(gd, name="广州请查电厂有限公司")
    plant.dossier(gd, name="北京外省电厂有限公司", region="110000")
    steward, reader = plant.person(Role.STEWARD, gd), plant.person(Role.READER, gd)
    stranger = plant.person(Role.FILLER, fj)
    client = entered(steward)
    page = reverse("desk:who-sees", args=[file.pk])
    body = client.get(page, {"who": stranger.username}).content.decode()
    assert "没有获准的查询权限" in body
    assert reader.name in body
    seen = client.get(reverse("desk:seen-by"), {"who": reader.username}).content.decode()
    assert "2 份档案中的 1 份" in seen
    assert "广州请查电厂" in seen
    assert "北京外省电厂" not in seen
    none = client.get(reverse("desk:seen-by"), {"who": stranger.username}).content.decode()
    assert "2 份档案中的 0 份" in none
    assert "没有这个工号" in client.get(page, {"who": "XX99"}).content.decode()
    assert entered(stranger).get(page).status_code == 404
    assert entered(reader).get(page).status_code == 403


@pytest.mark.parametrize("role", [Role.ITC, Role.AUDITOR])
def test_itc_and_the_auditor_ask_for_nothing(role: Role) -> None:
    assert entered(plant.person(role)).get(reverse("grants:ask")).status_code == 403


def test_what_a_grant_opens_is_not_taken_away() -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    plant.dossier(gd, name="广州请查电厂有限公司")
    plant.dossier(fj, name="福州本地电厂有限公司", region="350100")
    asker = plant.person(Role.FILLER, fj)
    Grant.objects.create(
        unit=gd, person=asker, purpose="核对", sections=["basic"], level=1, since=today(),
        until=today(), state=State.OPENED, within=True, asked_at=now(),
        approved_by=plant.person(Role.STEWARD, gd), opened_by=plant.person(Role.ITC),
        confirmed_until=today(),
    )  # fmt: skip
    client = entered(asker)
    assert "广州请查电厂" in client.get(reverse("desk:dossiers")).content.decode()
    file = take(client, "desk:dossiers-csv").content.decode("utf-8-sig")
    assert "福州本地电厂" in file
    assert "广州请查电厂" not in file


def test_who_may_only_read_a_request_does_nothing_to_it() -> None:
    of_every_table(plant.unit("GD"))
    grant = Grant.objects.get()
    page = reverse("grants:act", args=[grant.pk, "agree"])
    assert entered(plant.person(Role.AUDITOR)).post(page).status_code == 404
    assert Grant.objects.get().state == grant.state


def test_giving_rights_asks_for_fresh_proof_and_ending_them_does_not() -> None:
    gd = plant.unit("GD")
    asker = plant.person(Role.FILLER, plant.unit("FJ", region="350000"))
    steward = plant.person(Role.STEWARD, gd)
    wish = {
        "unit": gd.pk, "purpose": "跨区域用气协调", "sections": ["basic"], "level": 2,
        "since": today(), "until": today() + timedelta(days=20),
    }  # fmt: skip
    entered(asker).post(reverse("grants:ask"), wish)
    grant = Grant.objects.get()
    stale = Client()
    stale.force_login(steward)
    answer = stale.post(reverse("grants:act", args=[grant.pk, "agree"]))
    assert answer["Location"].startswith(reverse("confirm"))
    grant.refresh_from_db()
    assert grant.state == State.ASKED
    page = stale.post(
        reverse("grants:policy"),
        {
            "effective_on": today(), "basis": "本单位查询办法", "form-TOTAL_FORMS": "1",
            "form-INITIAL_FORMS": "0", "form-0-post": "*", "form-0-sections": ["basic"],
            "form-0-level": "2", "form-0-days": "30",
        },
    )  # fmt: skip
    assert page.status_code == 422
    assert "本单位查询办法" in page.content.decode()
    assert "验证身份" in page.content.decode()
    assert not QueryPolicy.objects.exists()
    answer = stale.post(reverse("grants:act", args=[grant.pk, "refuse"]), {"reason": "不需要"})
    assert answer["Location"] == reverse("grants:home")
    grant.refresh_from_db()
    assert grant.state == State.REFUSED
