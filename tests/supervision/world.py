"""Two units in October 2026 whose figures can be added up by hand.

Guangdong: A (strategic) took 120 × 10⁴ m³ at 3.1 in October 2026 and 80 a year before, planned 100;
B (VIP) 50 t of LNG. Fujian: C (general) took 30 at 2.8, D (general) has a contract and no approved
version. Of C a version is approved in October; A and B have none.
Duties due in October: Guangdong 2 on time, 1 late, 1 never done; Fujian 1 on time.
An inspection of October of all of them: one finding in Guangdong, sent, and one in Fujian, not.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests import plant
from tests.desk.duties import duty
from tests.dossiers.files import Desk, approved, complete_dossier, desk, moment
from tests.inspections.world import SEED, a_finding, content
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.contracts.choices import Source
from yihu.customers.rules import Klass
from yihu.dossiers.models import ClassChange, Dossier
from yihu.duties.choices import DutyKind
from yihu.inspections import actions as inspections
from yihu.inspections import checking, rectifying
from yihu.inspections.models import Finding, Inspection
from yihu.kit.clock import SHANGHAI
from yihu.supervision import actions
from yihu.supervision.models import Report
from yihu.supervision.rules import Kind

TODAY = date(2026, 11, 5)
NOW = datetime(2026, 11, 5, 14, 30, tzinfo=SHANGHAI)
OCTOBER = date(2026, 10, 1)


@dataclass(frozen=True)
class World:
    gd: Desk
    fj: Desk
    boss: User
    steward: User
    inspection: Inspection
    sent: Finding


def world() -> World:
    gd, fj = desk("GD"), desk("FJ")
    boss, steward = plant.person(Role.SUPERVISOR), plant.person(Role.STEWARD, gd.unit)
    a, b = _file(gd, Klass.STRATEGIC), _file(gd, Klass.VIP)
    c, d = _file(fj, Klass.GENERAL), _file(fj, Klass.GENERAL)
    pipe = plant.contract(a, effective_on=date(2025, 1, 1))
    plant.month(pipe, date(2025, 10, 1), actual="80")
    plant.month(pipe, OCTOBER, actual="120")
    plant.month(plant.contract(b, source=Source.LNG), OCTOBER, actual="50", price="4800")
    plant.month(plant.contract(c), OCTOBER, actual="30", price="2.8")
    plant.contract(d)
    approved(fj, c, at_time=datetime(2026, 10, 20, 9, tzinfo=SHANGHAI))
    for file, kind, done in (
        (a, DutyKind.REVIEW, date(2026, 10, 30)), (a, DutyKind.OFFTAKE, date(2026, 10, 20)),
        (b, DutyKind.REVIEW, None), (b, DutyKind.OFFTAKE, date(2026, 10, 19)),
        (c, DutyKind.OFFTAKE, date(2026, 10, 1)),
    ):  # fmt: skip
        duty(file, kind=kind, due_on=date(2026, 10, 30 if kind == "review" else 19), done_on=done)
    inspections.load_first_checklist(at=moment(1))
    row = inspections.plan(
        boss, content([boss], kind="monthly", name="2026 年 10 月检查", klasses=[]),
        at=moment(2), today=TODAY,
    )  # fmt: skip
    inspections.begin(boss, row, seed=SEED, at=moment(2, 10), today=TODAY)
    checking.run(row.pk, at=moment(2, 11))
    row.refresh_from_db()
    sent = a_finding(boss, row, a, at=moment(3))
    a_finding(boss, row, c, at=moment(3))
    rectifying.order(
        boss, row, gd.unit, due_on=date(2026, 11, 20), text="", at=moment(3, 10), today=TODAY
    )
    return World(gd, fj, boss, steward, row, sent)


def _file(at: Desk, klass: Klass) -> Dossier:
    file = complete_dossier(at, klass=klass)
    ClassChange.objects.create(
        unit_id=file.unit_id, dossier=file, klass=klass, effective_on=date(2026, 1, 5),
        source="opened", basis="", entered_at=moment(1),
    )  # fmt: skip
    return file


def made(by: User, kind: Kind = Kind.MONTHLY, unit: Any = None) -> Report:
    """Asked for and made, as its job makes it."""
    row = actions.ask(by, kind, OCTOBER, unit, at=NOW, today=TODAY)
    return actions.make(by, row.pk, at=NOW)
