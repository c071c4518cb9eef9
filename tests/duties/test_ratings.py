"""A rating made final is owed by every file of the customer, whatever unit keeps it (§6.2.1c)."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests import plant
from tests.duties.test_actions import approved, at, came
from tests.intake.test_actions import bring
from yihu.access.entering import for_person
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.duties.actions import Refreshed, load_first_policy, refresh
from yihu.duties.models import Duty
from yihu.duties.recomputing import recompute
from yihu.guide.actions import load_first_edition
from yihu.intake import actions as intake
from yihu.org.models import OrgUnit
from yihu.ratings.models import RatingResult

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.2.1c")]
TODAY = date(2026, 11, 5)
HEADERS = ["统一社会信用代码", "评级年度", "得分", "信用等级", "评级日期"]


@pytest.fixture(autouse=True)
def _today(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())
    load_first_edition()
    load_first_policy()


@pytest.fixture
def gd() -> OrgUnit:
    return plant.unit("GD")


@pytest.fixture
def fj() -> OrgUnit:
    return plant.unit("FJ", region="350000")


def kept(at_unit: OrgUnit, since: date, code: str = "") -> Dossier:
    """A file that has been here since the day."""
    made = plant.dossier(at_unit, code=code)
    came(made, since)
    return made


def rated(of: Dossier, on: date, *, year: int = 2026) -> RatingResult:
    row = RatingResult.objects.create(
        unit_id=of.unit_id, dossier=of, year=year, score=80, state="final", rated_on=on
    )
    RatingResult.objects.filter(pk=row.pk).update(entered_at=at(on))
    return row


def owed(of: Dossier) -> list[tuple[str, str, bool]]:
    """(happened, due, whether done) of the file's rating duties that stand."""
    rows = Duty.objects.filter(dossier=of, kind="rating", dropped_at=None)
    return [
        (str(y.period_start), str(y.due_on), y.done_at is not None)
        for y in rows.order_by("period_start")
    ]


def brought(by: User, unit: OrgUnit, *rows: list[object]) -> None:
    """The unit's own person imports a list of results; a sixth cell is a class."""
    with for_person(by.pk):
        row = bring(unit, "ratings", [*HEADERS, "客户类别"][: len(rows[0])], *rows, by=by)
        intake.confirm(by, row, digest=row.digest, today=TODAY, at=at(TODAY))
        assert not RatingResult.objects.exclude(unit=unit).exists()  # nothing else is theirs to see


def test_one_unit_s_list_asks_every_file_of_the_customer_at_once(gd: OrgUnit, fj: OrgUnit) -> None:
    here, other = kept(gd, date(2026, 10, 1)), kept(gd, date(2026, 10, 1))
    there = kept(fj, date(2026, 10, 8), here.credit_code)
    brought(plant.person(Role.FILLER, gd), gd, [here.credit_code, 2026, 82, "AA", "2026-11-05"])
    assert owed(here) == [("2026-11-05", "2026-11-12", False)]
    assert owed(there) == owed(here)
    assert owed(other) == []
    reader = plant.person(Role.FILLER, fj)
    with for_person(reader.pk):  # they learn of their duty and of no other unit's result
        assert Duty.objects.filter(kind="rating").count() == 1
        assert not RatingResult.objects.exists()
    brought(reader, fj, [there.credit_code, 2026, 82, "AA", "2026-11-05"])
    assert Duty.objects.filter(kind="rating").count() == 2  # the same year is the same rating


def test_a_list_plans_the_classes_that_it_gave_and_leaves_nothing_to_find(
    gd: OrgUnit, fj: OrgUnit
) -> None:
    here = kept(gd, date(2026, 10, 1))
    there = kept(fj, date(2026, 10, 1), here.credit_code)
    refresh(TODAY)
    filler = plant.person(Role.FILLER, gd)
    for klass, label in (("general", ""), ("vip", "VIP客户"), ("strategic", "战略客户")):
        row = [here.credit_code, 2026, 82, "AA", "2026-11-05", *([label] if label else [])]
        brought(filler, gd, row)
        reviews = Duty.objects.filter(dossier=here, kind="review", dropped_at=None)
        assert {y.klass for y in reviews} == {klass}
        assert refresh(TODAY) == Refreshed(0, 0, 0)
        assert len(owed(here)) == len(owed(there)) == 1


def test_planning_for_one_unit_leaves_what_another_s_result_brought(
    gd: OrgUnit, fj: OrgUnit
) -> None:
    here = kept(gd, date(2026, 10, 1))
    there = kept(fj, date(2026, 10, 1), here.credit_code)
    result = rated(here, date(2026, 10, 12))
    refresh(TODAY)
    both = [("2026-10-12", "2026-10-19", False)]
    assert (owed(here), owed(there)) == (both, both)
    filler = plant.person(Role.FILLER, fj)
    with for_person(filler.pk):  # whoever's deed it follows: Fujian does not see the result
        refresh(TODAY, unit_id=fj.pk)
        refresh(TODAY, files=[(fj.pk, there.pk)])
    assert owed(there) == both
    assert refresh(TODAY).planned == 0
    approved(there, at(date(2026, 10, 15)))
    refresh(TODAY)
    assert (owed(here), owed(there)) == (both, [("2026-10-12", "2026-10-19", True)])
    assert recompute(TODAY).astray == []
    RatingResult.objects.filter(pk=result.pk).update(state="provisional")
    refresh(TODAY)
    assert owed(here) == []  # what was done stays done
    assert owed(there) == [("2026-10-12", "2026-10-19", True)]


def test_a_file_owes_no_rating_from_before_it_was_that_customer_s(gd: OrgUnit, fj: OrgUnit) -> None:
    here = kept(gd, date(2026, 10, 1))
    late = kept(fj, date(2026, 10, 20), here.credit_code)
    joined = kept(fj, date(2026, 10, 1))
    rated(here, date(2026, 10, 12))
    rated(joined, date(2026, 10, 13), year=2025)
    Dossier.objects.filter(pk=joined.pk).update(customer=here.customer)
    assert Dossier.objects.filter(customer_since=None).count() == 2
    Dossier.objects.filter(pk=joined.pk).update(customer_since=at(date(2026, 11, 2)))
    refresh(TODAY)
    assert owed(late) == []
    assert owed(joined) == [("2026-10-13", "2026-10-20", False)]  # its own unit's result
    assert [day for day, _due, _done in owed(here)] == ["2026-10-12", "2026-10-13"]
    rated(here, date(2026, 11, 4), year=2027)
    refresh(TODAY)
    assert owed(joined)[1:] == [("2026-11-04", "2026-11-11", False)]
    assert [day for day, _due, _done in owed(late)] == ["2026-11-04"]
