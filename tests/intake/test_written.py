"""What hears of a ledger looks at the files that it wrote, be they few of a unit's many."""

from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests import plant
from tests.intake.test_actions import CUSTOMERS, bring, commit, customer
from yihu.duties import hearing
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.models import Duty
from yihu.identity.models import Disagreement
from yihu.identity.rules import DisagreementState
from yihu.org.models import OrgUnit

pytestmark = pytest.mark.usefixtures("own_database")
KNOWN, TOLD = plant.credit_code(9700), plant.credit_code(9701)


@pytest.fixture(autouse=True)
def day_and_uploads(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", f"{timezone.localdate()}")


def live() -> OrgUnit:
    """A unit that keeps one file, of whose duties nobody knows just now."""
    load_first_policy()
    unit = plant.unit("GD", region="440000")
    commit(bring(unit, "customers", CUSTOMERS, customer(KNOWN, "广州旧厂")))
    assert owing() == {KNOWN}
    Duty.objects.all().delete()
    return unit


def owing() -> set[str]:
    return set(Duty.objects.values_list("dossier__credit_code", flat=True))


def test_a_ledger_plans_what_it_wrote_and_the_sweep_the_rest() -> None:
    unit = live()
    commit(bring(unit, "customers", CUSTOMERS, customer(TOLD, "广州新厂")))
    assert owing() == {TOLD}
    refresh(timezone.localdate())
    assert owing() == {KNOWN, TOLD}


def test_of_a_row_that_changes_nothing_nothing_is_planned() -> None:
    unit = live()
    rows = [customer(KNOWN, "广州旧厂"), customer(TOLD, "广州新厂")]
    commit(bring(unit, "customers", CUSTOMERS, *rows))
    assert owing() == {TOLD}


def test_of_many_files_their_unit_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "MANY", 1)
    unit = live()
    rows = [customer(plant.credit_code(9710 + n), f"广州{n}厂") for n in range(2)]
    commit(bring(unit, "customers", CUSTOMERS, *rows))
    assert len(owing()) == 3


def test_a_ledger_that_differs_from_another_unit_is_compared_for_its_own_customers() -> None:
    ours, theirs = live(), plant.unit("FJ", region="350000")
    for name in ("广州旧厂", "广州老厂"):
        commit(bring(theirs, "customers", CUSTOMERS, customer(KNOWN, name)))
    assert Disagreement.objects.get().state == DisagreementState.OPEN
    Disagreement.objects.all().delete()
    commit(bring(ours, "customers", CUSTOMERS, customer(TOLD, "广州新厂")))
    assert not Disagreement.objects.exists()
    commit(bring(ours, "customers", CUSTOMERS, customer(KNOWN, "广州老厂二")))
    assert Disagreement.objects.get().field == "name_full"
