"""Lines that the server writes say, to the letter, what the lines of the workbook say (§5.5)."""

import csv
import io
from datetime import date
from itertools import cycle
from typing import Any

import pytest
from django.utils import translation

from tests import plant
from tests.dossiers.files import desk
from tests.risks.remarked import remark
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.customers.rules import Klass
from yihu.desk import ready
from yihu.desk.export import FORMULA_STARTS, dossier_lines, dossier_rows, inert
from yihu.desk.queries import dossiers
from yihu.dossiers.models import NEVER, Dossier
from yihu.risks.choices import Level

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.5")]
TODAY = date(2026, 11, 5)
NAMES = (
    '他说"好",\n换行燃气有限公司',
    "带,逗号燃气有限公司",
    "带百分号100%s燃气有限公司",
    *(f"{start}SUM(A1)燃气有限公司" for start in sorted(FORMULA_STARTS - {"\0"})),
)
USES = ([], ["01"], ["03", "02"], ["99", "01", "88"], ['="'], ["=,", "88"])
REGIONS = ("440100", "440105", "310000", "429004", "000000", "")


@pytest.fixture
def supervisor() -> User:
    """Files in which everything differs that a line is made of; two bear marks of risk."""
    gd = desk()
    units, filler = [gd.unit, plant.unit("FJ", region="350000")], gd.filler.staff
    found = []
    for number, (name, uses, region) in enumerate(zip(NAMES, cycle(USES), cycle(REGIONS))):
        at = units[number % 2]
        file = plant.dossier(at, name=name, filler=None if number % 2 else filler)
        Dossier.objects.filter(pk=file.pk).update(
            klass=["", *Klass.values][number % (len(Klass) + 1)],
            gas_uses=uses,
            region_code=region,
            opened_on=date(2024, 2, 29),
            next_due_on=NEVER if number % 3 else date(2026, 12, 31),
        )
        found.append(file)
    remark(gd, found[0], level=Level.SEVERE)
    remark(gd, found[0], level=Level.WATCH)
    remark(gd, found[2], level=Level.WATCH)
    return plant.person(Role.SUPERVISOR)


def both(by: User) -> tuple[list[list[str]], list[list[str]]]:
    """The cells as Python makes them, and as the server does."""
    rows = dossiers(by, {}, TODAY).order_by("-pinyin", "-pk")
    slow: list[Any] = [
        [inert(cell) for cell in line] for line in dossier_lines(dossier_rows(by, rows))
    ]
    text = ready.END.join(line for chunk in ready.lines(by, rows) for (line,) in chunk)
    return slow, list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_server_writes_the_same_lines(supervisor: User, language: str) -> None:
    with translation.override(language):
        slow, quick = both(supervisor)
    assert len(slow) == len(NAMES)
    assert quick == slow
    assert sum(bool(line[-1]) for line in quick) == 2
