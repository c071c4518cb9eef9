"""Old events go, in order, and none that somebody still waits for (§5.5)."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from tests import plant
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.kit.clock import now
from yihu.outbox.actions import prune
from yihu.outbox.choices import Sent
from yihu.outbox.models import Delivery, Endpoint, Position, Published

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.5")]
OLD = timedelta(days=500)


def told(number: int, at: datetime) -> Published:
    return Published.objects.create(
        number=number,
        event_id=10**12 + number,
        at=at,
        kind="filler.appointed",
        subject_type="dossiers.dossier",
        subject_id="1",
        fields=[],
        guarded=False,
    )


def left() -> list[int]:
    return list(Published.objects.order_by("number").values_list("number", flat=True))


def test_up_to_the_first_that_was_not_delivered() -> None:
    events = [told(n, now() - OLD) for n in (1, 2, 3)] + [told(4, now())]
    itc = plant.person(Role.ITC)
    endpoint = Endpoint.objects.create(
        name="ERP", url="https://erp.example.com/hook", purpose="同步", owner=itc, asked_by=itc,
        asked_at=now(), secret="sealed",
    )  # fmt: skip
    endpoint.refresh_from_db()
    states = (Sent.DELIVERED, Sent.WAITING, Sent.DROPPED, Sent.DELIVERED)
    for event, state in zip(events, states, strict=True):
        Delivery.objects.create(
            endpoint=endpoint, published=event, kind=event.kind, lane="a", state=state
        )
    assert prune(now(), days=400) == 1
    assert left() == [2, 3, 4]
    Delivery.objects.filter(published=2).update(state=Sent.DEAD)
    assert prune(now(), days=400) == 0
    Delivery.objects.filter(published=2).update(state=Sent.DELIVERED)
    assert prune(now(), days=400) == 2
    assert left() == [4]
    assert Delivery.objects.get().published_id == 4
    assert Position.objects.get().kept_from == 4
    assert [row.data for row in Event.objects.filter(verb="events.pruned").order_by("pk")] == [
        {"count": 1, "number": 1}, {"count": 2, "number": 3},
    ]  # fmt: skip
    client = Client()
    client.force_login(plant.person(Role.SUPERVISOR))
    answer = client.get("/api/v1/events").json()
    assert (answer["kept_from"], [one["number"] for one in answer["events"]]) == (4, [4])


def test_none_is_deleted_young_whatever_the_setting() -> None:
    young = told(1, now() - timedelta(days=80))
    assert prune(now(), days=1) == 0
    with pytest.raises(DatabaseError, match="young"), transaction.atomic():
        Published.objects.filter(pk=young.pk).delete()
    assert left() == [1]
