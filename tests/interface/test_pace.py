"""How fast a token may ask, and what the answers say of it."""

import pytest
from pytest_django import Settings

from tests import plant
from tests.interface.calling import Program
from yihu.access.rules import Role
from yihu.access.tokens.rules import Use
from yihu.interface.models import Pace

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("one_minute")
def test_a_token_that_asks_too_often_waits_for_the_next_minute(settings: Settings) -> None:
    settings.INTERFACE_A_MINUTE = 2
    filler = plant.person(Role.FILLER, plant.unit("GD"))
    program, other = Program(filler, Use.READ), Program(filler, Use.READ)
    first, second = program.get("duties"), program.get("duties", colour="red")
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    assert (second.status_code, second["RateLimit-Remaining"]) == (400, "0")
    third = program.get("duties")
    assert (third.status_code, third.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(third["Retry-After"]) == int(third["RateLimit-Reset"]) <= 60
    assert other.get("duties").status_code == 200
    row = Pace.objects.get(used=3)
    Pace.objects.filter(pk=row.pk).update(minute=row.minute.replace(year=2025))
    assert program.get("duties").status_code == 200


def test_what_is_no_standing_token_is_not_counted() -> None:
    program = Program(plant.person(Role.FILLER, plant.unit("GD")), Use.READ)
    program.headers = {"Authorization": "Bearer yihu-me-nobody"}
    answer = program.get("duties")
    assert answer.status_code == 401
    assert "RateLimit-Limit" not in answer
    assert not Pace.objects.exists()
