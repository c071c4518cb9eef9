"""Months are reckoned as they stood, closed, and never again; hand-computed for two units."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from tests import plant
from tests.desk.duties import duty
from yihu.access.entering import for_person
from yihu.access.rules import Role
from yihu.clauses import queries
from yihu.clauses.actions import reckon
from yihu.clauses.models import Fact
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.duties.models import Duty
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.2")]
TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 3, 50, tzinfo=SHANGHAI)


def done(owed: Duty, day: date) -> None:
    Duty.objects.filter(pk=owed.pk).update(
        done_at=datetime(*day.timetuple()[:3], 10, tzinfo=SHANGHAI)
    )


@pytest.fixture
def units() -> tuple[OrgUnit, OrgUnit]:
    """Due in October: Guangdong one on time, one late, one open; Fujian one on time."""
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    first, second = plant.dossier(gd), plant.dossier(gd, klass=Klass.VIP)
    for place, file in enumerate((first, second, second)):
        owed = duty(file, start=date(2026, 9 - place, 1))
        Duty.objects.filter(pk=owed.pk).update(due_on=date(2026, 10, 15))
        if place == 0:
            done(owed, date(2026, 10, 14))
        if place == 1:
            done(owed, date(2026, 11, 3))  # after the month: late, and at its end not done at all
    other = duty(plant.dossier(fj))
    Duty.objects.filter(pk=other.pk).update(due_on=date(2026, 10, 15))
    done(other, date(2026, 10, 15))
    return gd, fj


def fact(unit: OrgUnit, figure: str, month: date) -> tuple[Decimal, Decimal | None] | None:
    return (
        Fact.objects.filter(unit=unit, figure=figure, month=month)
        .values_list("top", "bottom")
        .first()
    )


def test_october_is_as_it_stood_at_its_end(units: tuple[OrgUnit, OrgUnit]) -> None:
    gd, fj = units
    reckon(today=TODAY, at=NOW)
    october = date(2026, 10, 1)
    assert fact(gd, "5.1", october) == (1, 3)
    assert fact(fj, "5.1", october) == (1, 1)
    assert fact(gd, "4.3b", october) == (1, 3)  # what was done in November was open in October
    assert fact(gd, "6.4.2", october) == (0, 1)
    assert fact(fj, "6.4.2", october) == (1, 1)
    assert fact(gd, "4.1c", date(2026, 11, 1)) == (1, 2)
    assert fact(gd, "1", date(2026, 11, 1)) == (0, 2)
    assert fact(gd, "6.2.1", date(2026, 11, 1)) is None


@pytest.mark.clause("annex 2.4")
def test_a_use_of_gas_that_says_nothing_is_not_counted(units: tuple[OrgUnit, OrgUnit]) -> None:
    gd, fj = units
    Dossier.objects.filter(unit=gd, klass=Klass.VIP).update(gas_uses=["01", "99"])
    Dossier.objects.filter(unit=fj).update(gas_uses=[])
    reckon(today=TODAY, at=NOW)
    assert fact(gd, "annex 2.4", date(2026, 11, 1)) == (1, 2)
    assert fact(fj, "annex 2.4", date(2026, 11, 1)) == (0, 1)


def test_a_closed_month_stays_and_the_running_one_follows(units: tuple[OrgUnit, OrgUnit]) -> None:
    gd, _fj = units
    reckon(today=TODAY, at=NOW)
    before = list(Fact.objects.filter(closed=True).order_by("pk").values())
    assert before
    Duty.objects.filter(unit=gd).update(done_at=NOW - timedelta(days=40))
    plant.dossier(gd)
    reckon(today=TODAY, at=NOW)
    assert list(Fact.objects.filter(closed=True).order_by("pk").values()) == before
    assert fact(gd, "1", date(2026, 11, 1)) == (0, 3)
    reckon(today=date(2026, 12, 1), at=datetime(2026, 12, 1, 3, 50, tzinfo=SHANGHAI))
    assert Fact.objects.filter(month=date(2026, 11, 1), closed=False).count() == 0
    shut = Fact.objects.filter(unit=gd, figure="5.1", closed=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        shut.update(top=9)
    with pytest.raises(DatabaseError), transaction.atomic():
        shut.delete()
    assert fact(gd, "5.1", date(2026, 10, 1)) == (1, 3)


@pytest.mark.clause("6.3.1")
def test_each_sees_its_own_units_figures(units: tuple[OrgUnit, OrgUnit]) -> None:
    gd, _fj = units
    reckon(today=TODAY, at=NOW)
    steward, boss = plant.person(Role.STEWARD, gd), plant.person(Role.SUPERVISOR)
    reader = plant.person(Role.READER, gd)
    shown = {}
    for user in (steward, boss, reader):
        with for_person(user.pk):
            found = queries.live(user, TODAY)["5.1"].points
            shown[user.pk] = [(f"{p.month:%m}", p.top, p.bottom) for p in found]
    assert shown == {
        steward.pk: [("10", 1, 3)], boss.pk: [("10", 2, 4)], reader.pk: [],
    }  # fmt: skip
    with for_person(boss.pk):
        lines = queries.by_unit(boss, queries.figures()["5.1"], date(2026, 10, 1))
    assert [(line.unit.code, line.point.share) for line in lines] == [
        ("GD", Decimal("33.3")), ("FJ", Decimal("100.0")),
    ]  # fmt: skip
