"""What hears of a ledger looks at the files that it wrote, be they few of a unit's many."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests import plant
from tests.intake.test_actions import CONTRACT, CUSTOMERS, bring, commit, customer
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.duties import hearing
from yihu.duties.actions import Refreshed, load_first_policy, refresh
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


def contract(code: str, number: str = "H1") -> list[object]:
    day = timezone.localdate()
    return [number, None, code, "管道气", day, day + timedelta(days=364), 1200, "万方"]


def test_a_ledger_of_contracts_plans_what_it_wrote_and_the_sweep_the_rest() -> None:
    unit = live()
    commit(bring(unit, "customers", CUSTOMERS, customer(TOLD, "广州新厂")))
    commit(bring(unit, "contracts", CONTRACT, contract(KNOWN)))
    Duty.objects.all().delete()
    commit(bring(unit, "contracts", CONTRACT, contract(KNOWN), contract(TOLD, "H2")))
    assert owing() == {TOLD}
    refresh(timezone.localdate())
    assert owing() == {KNOWN, TOLD}


@pytest.mark.parametrize("many", [hearing.MANY, 1])
def test_a_contract_that_moves_is_told_to_the_file_that_it_left(
    many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "MANY", many)
    unit = live()
    commit(bring(unit, "customers", CUSTOMERS, customer(TOLD, "广州新厂")))
    commit(bring(unit, "contracts", CONTRACT, contract(KNOWN), contract(KNOWN, "H2")))
    refresh(timezone.localdate())
    signings = Duty.objects.filter(source="new_customer", dropped_at=None)
    assert set(signings.values_list("dossier__credit_code", flat=True)) == {KNOWN}
    commit(bring(unit, "contracts", CONTRACT, contract(TOLD), contract(TOLD, "H2")))
    told = Event.objects.filter(verb="contract.moved").order_by("id")
    left = Dossier.objects.get(credit_code=KNOWN)
    assert [(event.dossier_id, event.data) for event in told] == [
        (left.pk, {"number": "H1"}), (left.pk, {"number": "H2"}),
    ]  # fmt: skip
    assert Event.objects.filter(verb="contracts.imported").latest("id").data["moved"] == 2
    assert set(signings.values_list("dossier__credit_code", flat=True)) == {TOLD}
    assert refresh(timezone.localdate()) == Refreshed(0, 0, 0)
    assert Event.objects.filter(verb="contract.signed").count() == 2
