"""Two people confirm at once: one effect."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from tests import plant
from tests.intake.test_actions import CUSTOMERS, bring, commit, customer
from yihu.access.entering import for_group
from yihu.audit.models import Event
from yihu.dossiers.models import ClassChange, Dossier
from yihu.intake.choices import ImportState
from yihu.intake.models import Import

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture(autouse=True)
def uploads(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_two_confirms_have_one_effect() -> None:
    unit = plant.unit("GD", region="440000")
    rows = [customer(plant.credit_code(9200 + n), f"广州{n}号厂") for n in range(200)]
    row = bring(unit, "customers", CUSTOMERS, *rows)

    def confirm(_turn: int) -> str:
        try:
            with for_group():
                return commit(row).state
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(confirm, range(4))) == [ImportState.COMMITTED] * 4
    assert Dossier.objects.count() == 200
    assert ClassChange.objects.count() == 200
    assert Event.objects.filter(verb="customers.imported").count() == 1


def test_two_files_with_the_same_rows_are_seen_one_after_the_other() -> None:
    unit = plant.unit("GD", region="440000")
    code = plant.credit_code(9500)
    both = [bring(unit, "customers", CUSTOMERS, customer(code, f"广州{n}号厂")) for n in "甲乙"]

    def confirm(row: Import) -> str:
        try:
            with for_group():
                return commit(row).state
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        states = sorted(pool.map(confirm, both))
    assert states == [ImportState.COMMITTED, ImportState.PREVIEWED]
    assert Dossier.objects.count() == 1
