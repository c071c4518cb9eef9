"""Three units with figures that can be added up by hand, on 25 November 2026.

Guangdong: A takes 100 + 120 (10⁴ m³ at 3.1 yuan/m³) in September and October after 80 + 80 a year
before, October's 3,720,000 yuan of which 1,000,000 is paid; B (VIP) takes 50 t of LNG at 4,800.
Fujian: C takes 30 at 2.8; D has a contract and no approved version. Zhejiang has an empty file.
"""

from dataclasses import dataclass
from datetime import date, datetime

from tests import plant
from yihu.boards.actions import refresh
from yihu.contracts.choices import Source
from yihu.contracts.models import Offtake
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 10, 32, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class World:
    gd: OrgUnit
    fj: OrgUnit
    zj: OrgUnit
    a: Dossier
    b: Dossier
    c: Dossier
    d: Dossier
    e: Dossier


def world() -> World:
    """Planted and reckoned."""
    gd, fj, zj = (
        plant.unit(code, region=region)
        for code, region in (("GD", "440000"), ("FJ", "350000"), ("ZJ", "330000"))
    )
    a = plant.dossier(gd)
    b = plant.dossier(gd, klass=Klass.VIP, region="441900")
    c, d = plant.dossier(fj, region="350100"), plant.dossier(fj, region="350100")
    e = plant.dossier(zj, region="330100")
    pipe = plant.contract(a, effective_on=date(2025, 1, 1))
    for month, actual in (((2025, 9), "80"), ((2025, 10), "80"), ((2026, 9), "100"),
                          ((2026, 10), "120")):  # fmt: skip
        plant.month(pipe, date(*month, 1), actual=actual)
    Offtake.objects.filter(contract=pipe).update(paid_yuan=999_999_999)
    Offtake.objects.filter(contract=pipe, month=date(2026, 10, 1)).update(paid_yuan=1_000_000)
    plant.month(plant.contract(b, source=Source.LNG), date(2026, 10, 1), actual="50", price="4800")
    plant.month(plant.contract(c), date(2026, 8, 1), actual="30", price="2.8")
    plant.contract(d)
    refresh(today=TODAY, at=NOW)
    return World(gd, fj, zj, a, b, c, d, e)
