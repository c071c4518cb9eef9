"""The log takes lines, tells who listens, and refuses rewriting (§5.5)."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from tests import plant
from tests.audit.recorded import record
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.audit.models import Event

pytestmark = pytest.mark.django_db


def test_a_line_says_who_did_what_where() -> None:
    gd = plant.unit("GD")
    user = plant.person(Role.FILLER, gd)
    file = plant.dossier(gd)
    with transaction.atomic():
        event = record(user, "dossier.opened", file, dossier_id=file.pk, before={"pages": 1})
    stored = Event.objects.get(pk=event.pk)
    assert (stored.actor_id, stored.actor_name, stored.unit_id) == (user.pk, user.name, gd.pk)
    assert (stored.subject_type, stored.subject_id) == ("dossiers.dossier", str(file.pk))
    assert stored.data == {"before": {"pages": 1}}


@pytest.mark.clause("5.5")
def test_a_machine_whose_clock_is_wrong_writes_no_wrong_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, right = plant.dossier(plant.unit("GD")), timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: right - timedelta(hours=26))
    with transaction.atomic():
        audit.record(None, "dossier.opened", file, dossier_id=file.pk)
        audit.record_many(None, "mark.set", [audit.Line(file, file.unit_id, file.pk, {})])
    told = Event.objects.filter(dossier_id=file.pk).values_list("verb", "at")
    assert {verb for verb, _at in told} == {"dossier.opened", "mark.set"}
    assert all(abs(at - right) < timedelta(minutes=1) for _verb, at in told)


@pytest.mark.clause("5.5")
def test_nobody_rewrites_a_line() -> None:
    with transaction.atomic():
        event = record(None, "units.planted", "org.orgunit")
    with pytest.raises(ProgrammingError, match="refused"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(verb="nothing")
    with pytest.raises(ProgrammingError, match="refused"), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()
    assert Event.objects.get(pk=event.pk).verb == "units.planted"


def test_a_listener_hears_in_the_same_transaction() -> None:
    heard: list[str] = []

    def listener(event: Event) -> None:
        heard.append(event.verb)
        raise RuntimeError

    audit.subscribe("test.heard", listener)
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record(None, "test.heard", "org.orgunit")
    assert heard == ["test.heard"]
    assert not Event.objects.filter(verb="test.heard").exists()
