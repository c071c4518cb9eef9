"""How many files a person opens: held by the minute, told by the day (SECURITY B1)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.dossiers.files import moment
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.exports.models import Alert
from yihu.exports.quota import count_reading

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.5")]


@pytest.mark.usefixtures("one_minute")
def test_too_many_in_a_minute_are_answered_429_with_when_to_come_back(settings: Any) -> None:
    settings.READS_A_MINUTE = 2
    gd = plant.unit("GD")
    file = plant.dossier(gd)
    client = Client()
    client.force_login(plant.person(Role.READER, gd))
    address = reverse("desk:dossier", args=[file.pk])
    answers = [client.get(address) for _time in range(4)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200, 200, 429, 429]
    assert answers[-1]["Retry-After"] == "60"
    assert file.name_full not in answers[-1].text
    assert Event.objects.filter(verb="dossier.read").count() == statuses.count(200)


def test_a_minute_and_a_day_begin_anew() -> None:
    user = plant.person(Role.READER, plant.unit("GD"))
    at = moment(5, 9, 0)
    assert [count_reading(user, at + timedelta(seconds=one)) for one in (0, 10, 59)] == [
        (1, 1), (2, 2), (3, 3),
    ]  # fmt: skip
    assert count_reading(user, at + timedelta(seconds=60)) == (4, 1)
    assert count_reading(user, at + timedelta(days=1)) == (1, 1)


def test_a_day_with_too_much_reading_is_told_once(settings: Any) -> None:
    settings.READS_A_DAY = 1
    gd = plant.unit("GD")
    reader = plant.person(Role.READER, gd)
    client = Client()
    client.force_login(reader)
    for _time in range(4):
        client.get(reverse("desk:dossier", args=[plant.dossier(gd).pk]))
    alert = Alert.objects.get()
    assert (alert.what, alert.user_id, alert.limit) == ("reads", reader.pk, 1)
    steward = Client()
    steward.force_login(plant.person(Role.STEWARD, gd))
    assert "当日查阅过多" in steward.get(reverse("exports:register")).text
    other = Client()
    other.force_login(plant.person(Role.STEWARD, plant.unit("FJ", region="350000")))
    assert "当日查阅过多" not in other.get(reverse("exports:register")).text
