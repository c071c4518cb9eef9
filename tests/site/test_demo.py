"""The demo group: what the page promises is in it, the same every time."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.db.models import Count

from yihu.contracts.models import Contract, Offtake
from yihu.customers.models import Customer
from yihu.dossiers.models import Dossier, FileVersion
from yihu.dossiers.verify import verify_versions
from yihu.duties.models import Duty
from yihu.org.models import OrgUnit
from yihu.site.demo.load import STEPS, NotEmpty, load

TODAY = date(2026, 11, 5)
DIGEST = """
SELECT md5(string_agg(md5(row::text), '' ORDER BY md5(row::text))) FROM (
    SELECT number, credit_code, name_full, klass, document FROM dossiers_dossier) row
"""


def digest() -> str:
    with connection.cursor() as cursor:
        cursor.execute(DIGEST)
        return str(cursor.fetchone()[0])


@pytest.fixture
def group(own_database: None) -> Callable[[], list[str]]:
    """Loads the demo; gives the steps it told."""

    def run() -> list[str]:
        steps: list[str] = []
        load(TODAY, steps.append)
        return steps

    return run


def test_the_group_is_all_there_and_whole(group: Callable[[], list[str]]) -> None:
    steps = group()
    assert len(steps) == STEPS
    assert OrgUnit.objects.filter(kind="subsidiary").count() == 12
    assert Customer.objects.count() == 2000
    assert Contract.objects.count() == 3000
    shared = Customer.objects.annotate(units=Count("dossiers")).filter(units=2)
    assert shared.count() == 60
    months = Offtake.objects.values_list("month", flat=True).distinct().order_by("month")
    assert len(months) == 36
    assert months[len(months) - 1] == date(2026, 10, 1)
    late = Duty.objects.filter(done_at__isnull=True, dropped_at__isnull=True, due_on__lt=TODAY)
    assert late.exists()
    assert Dossier.objects.filter(version_number__gt=1).count() > 1500
    found = verify_versions()
    assert found.faults == []
    assert found.versions == FileVersion.objects.count()
    first = digest()
    with pytest.raises(NotEmpty):
        load(TODAY, lambda _step: None)
    assert digest() == first
