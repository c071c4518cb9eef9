"""Planting units, and personnel events on their day (§6.3.4)."""

from datetime import UTC, date, datetime

import pytest

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.org.actions import UnitSpec, apply_personnel_events, plant_units
from yihu.org.models import OrgUnit, PersonnelEvent, Staff
from yihu.org.rules import UnitKind

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)


def test_planting_twice_plants_once() -> None:
    specs = [
        UnitSpec("HQ", "气电集团", "集团", UnitKind.GROUP),
        UnitSpec("ZZ", "试验销售分公司", "试验", UnitKind.SUBSIDIARY, "HQ", ["440000"]),
    ]
    before = OrgUnit.objects.count()
    first = plant_units(None, specs, live_from=date(2026, 10, 17))
    again = plant_units(None, specs, live_from=date(2027, 1, 1))
    unit = OrgUnit.objects.get(code="ZZ")
    assert (first, again, OrgUnit.objects.count()) == (2, 0, before + 2)
    assert unit.live_from == date(2026, 10, 1)
    assert unit.parent is not None
    assert unit.parent.code == "HQ"


@pytest.mark.clause("6.3.4")
def test_an_event_takes_effect_on_its_day_and_ends_the_account() -> None:
    gd = plant.unit("GD")
    leaver, stayer = plant.person(Role.FILLER, gd), plant.person(Role.FILLER, gd)
    assert leaver.staff is not None
    PersonnelEvent.objects.create(
        unit=gd, staff=leaver.staff, kind="leave", effective_on=date(2026, 11, 21)
    )
    assert apply_personnel_events(today=date(2026, 11, 20), now=NOW) == 0
    assert User.objects.get(pk=leaver.pk).is_active
    assert apply_personnel_events(today=date(2026, 11, 21), now=NOW) == 1
    assert apply_personnel_events(today=date(2026, 11, 22), now=NOW) == 0
    assert not User.objects.get(pk=leaver.pk).is_active
    assert User.objects.get(pk=stayer.pk).is_active
    assert Staff.objects.get(pk=leaver.staff.pk).status == "left"
