"""The pages of events out: who asks, who agrees, what is shown once (§6.3.2, 5.5)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.access.door import prove
from tests.outbox.scene import Receiver, happen, open_endpoint, receiver
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.handover.kinds import Moving, kind_of
from yihu.handover.queries import successors
from yihu.kit.clock import now
from yihu.notices.models import Notice
from yihu.outbox import actions
from yihu.outbox.choices import State
from yihu.outbox.jobs import NotDelivered, deliver_lane
from yihu.outbox.models import Delivery, Endpoint
from yihu.outbox.rules import TRIES

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.2", "5.5")]


def signed_in(user: User, *, proven: bool = True) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    if proven:
        prove(client)
    return client


@pytest.fixture
def taker(tmp_path: Path, settings: Any) -> Iterator[Receiver]:
    settings.OUTBOUND_HOSTS = ["localhost"]
    settings.WEBHOOK_FIRST_SECONDS = 0.0
    with receiver(tmp_path) as found:
        yield found


def form(url: str, **more: Any) -> dict[str, Any]:
    return {"name": "ERP", "url": url, "purpose": "合同同步", "unit": ""} | more


def test_asked_by_itc_agreed_by_the_unit_tested_and_ended(taker: Receiver) -> None:
    gd = plant.unit("GD")
    itc, steward = plant.person(Role.ITC), plant.person(Role.STEWARD, gd)
    stranger = plant.person(Role.STEWARD, plant.unit("FJ", region="350000"))
    theirs, mine = signed_in(itc), signed_in(steward)
    assert signed_in(itc, proven=False).get("/outbox/new/").status_code == 302  # fresh proof first
    made = theirs.post("/outbox/new/", form(taker.url, unit=gd.pk, kinds=["visit.held"]))
    secret = re.search(r"whsec_[A-Za-z0-9+/=]{44}", made.content.decode())
    assert secret is not None
    row = Endpoint.objects.get()
    page = reverse("outbox:endpoint", args=[row.pk])
    assert secret[0] not in theirs.get(page).content.decode()
    assert Notice.objects.get(user=steward).verb == "endpoint.asked"

    agree = reverse("outbox:act", args=[row.pk, "agree"])
    assert theirs.post(agree).status_code == 403
    assert signed_in(plant.person(Role.SUPERVISOR)).post(agree).status_code == 403
    assert signed_in(stranger).post(agree).status_code == 404
    assert signed_in(steward, proven=False).post(agree)["Location"].startswith("/me/confirm/")
    row.refresh_from_db()
    assert row.state == State.ASKED
    assert mine.post(agree).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.agreed_by) == (State.OPEN, steward)

    answer = theirs.post(reverse("outbox:act", args=[row.pk, "test"]), follow=True)
    assert "对方已收到，答复 204" in answer.content.decode()
    assert taker.events()[0]["type"] == "test"
    assert (
        "请写明原因"
        in mine.post(reverse("outbox:act", args=[row.pk, "end"]), follow=True).content.decode()
    )
    mine.post(reverse("outbox:act", args=[row.pk, "end"]), {"reason": "项目结束"})
    row.refresh_from_db()
    assert (row.state, row.note) == (State.ENDED, "项目结束")
    verbs = Event.objects.filter(verb__startswith="endpoint.").order_by("pk")
    assert [event.verb for event in verbs] == [
        "endpoint.asked", "endpoint.agreed", "endpoint.tested", "endpoint.ended",
    ]  # fmt: skip
    assert not any(secret[0] in str(event.data) for event in Event.objects.all())


@pytest.mark.parametrize(
    ("given", "said"),
    [({"url": "http://127.0.0.1/"}, "不能访问内部网络"), ({"url": "http://10.0.0.8/"}, "不能访问"),
     ({"url": "http://169.254.169.254/latest"}, "不能访问"), ({"url": "file:///x"}, "https"),
     ({"url": "https://a:b@example.com/"}, "用户名或密码"), ({"name": ""}, "请写明接收系统"),
     ({"kinds": ["signed_in"]}, "没有“signed_in”这种事件"), ({"purpose": ""}, "请写明用途")],
)  # fmt: skip
def test_bad_input_is_refused_in_chinese_and_changes_nothing(
    given: dict[str, Any], said: str
) -> None:
    client = signed_in(plant.person(Role.ITC))
    answer = client.post("/outbox/new/", form("https://192.0.2.1/") | given)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not Endpoint.objects.exists()


def test_what_is_stuck_is_seen_retried_or_dropped(taker: Receiver) -> None:
    file = plant.dossier(plant.unit("GD"), name="只有广东知道")
    endpoint, _secret, itc = open_endpoint(taker.url)
    taker.dislike(str(file.pk))
    for _n in range(2):
        happen(file)
    actions.publish()
    for _try in range(TRIES):
        try:
            deliver_lane(str(endpoint.pk), str(file.pk))
        except NotDelivered:
            continue
    client = signed_in(itc)
    page = client.get("/outbox/dead/", {"endpoint": str(endpoint.pk)}).content.decode()
    assert "对方答复 422" in page
    assert "只有广东知道" not in page
    assert client.get("/outbox/dead/", {"kind": "signed_in"}).status_code == 400
    assert signed_in(plant.person(Role.SUPERVISOR)).get("/outbox/dead/").status_code == 403
    (row,) = Delivery.objects.filter(state="dead")
    drop = reverse("outbox:dead-act", args=[row.pk, "drop"])
    assert "请写明原因" in client.post(drop, follow=True).content.decode()
    client.post(drop, {"reason": "对方不收"})
    row.refresh_from_db()
    assert (row.state, row.problem) == ("dropped", "对方不收")


@pytest.mark.clause("6.3.4")
def test_an_endpoint_goes_to_a_successor_by_the_list() -> None:
    hq = plant.unit("HQ")
    leaver, heir = plant.person(Role.ITC), plant.person(Role.ITC)
    for user in (leaver, heir):
        user.staff = plant.staff(hq)
        User.objects.filter(pk=user.pk).update(staff=user.staff)
    row = Endpoint.objects.create(
        name="ERP", url="https://erp.example.com/", purpose="同步", owner=leaver, asked_by=leaver,
        asked_at=now(), secret="sealed",
    )  # fmt: skip
    row.refresh_from_db()
    kind = kind_of("endpoints")
    assert kind is not None
    assert kind.move is not None
    assert leaver.staff is not None
    assert heir.staff is not None
    (held,) = [kind.say(one) for one in kind.rows([leaver.staff.pk])]
    assert (held.subject_id, held.title) == (row.pk, "ERP")
    line = ("endpoints", row.pk, heir.staff.pk)
    assert kind.move(Moving(hq.pk, leaver.staff.pk, [line], now())) == [row.pk]
    row.refresh_from_db()
    assert row.owner == heir
    assert heir.staff in successors(hq.pk, kind.roles, but=leaver.staff.pk)


def test_the_list_of_types_is_there_for_everybody() -> None:
    said = signed_in(plant.person(Role.FILLER, plant.unit())).get("/outbox/types/")
    assert "version.approved" in said.content.decode()
    assert signed_in(plant.person(Role.READER, plant.unit())).get("/outbox/").status_code == 403
