"""Three units with duties of October and, in one, points written down; two supervisors."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tests import plant
from tests.desk.duties import duty
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.assessment import actions
from yihu.assessment.models import Assessment, Line, UnitScore
from yihu.assessment.schemes import load_first_scheme
from yihu.dossiers.models import Dossier
from yihu.duties.models import Duty
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit

TODAY = date(2026, 11, 24)
LATE = {"GD": 1, "FJ": 3, "ZJ": 0}
"""Of ten duties each that fall due in October, so many late."""


def moment(minute: int = 0) -> datetime:
    return datetime(2026, 11, 24, 9, minute, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class World:
    units: dict[str, OrgUnit]
    files: dict[str, Dossier]
    stewards: dict[str, User]
    first: User
    second: User


def world() -> World:
    load_first_scheme()
    units = {code: plant.unit(code, region=region) for code, region in
             (("GD", "440000"), ("FJ", "350000"), ("ZJ", "330000"))}  # fmt: skip
    files = {}
    for code, unit in units.items():
        files[code] = plant.dossier(unit, name=f"{code}的试验有限公司")
        for number in range(10):
            due(files[code], number, late=number < LATE[code])
    return World(
        units,
        files,
        {code: plant.person(Role.STEWARD, unit) for code, unit in units.items()},
        plant.person(Role.SUPERVISOR),
        plant.person(Role.SUPERVISOR),
    )


def due(file: Dossier, number: int, *, late: bool) -> Duty:
    """A duty that fell due on 15 October 2026, done that day or three days late."""
    year, month = divmod(2024 * 12 + number, 12)
    return duty(
        file,
        start=date(year, month + 1, 1),
        due_on=date(2026, 10, 15),
        done_on=date(2026, 10, 18 if late else 15),
    )


def opened(w: World, period: str = "M10", year: int = 2026) -> Assessment:
    return actions.open_assessment(w.first, year=year, period=period, at=moment(), today=TODAY)


def computed(w: World, period: str = "M10", year: int = 2026) -> Assessment:
    """Opened, its facts frozen and scored."""
    return again(w, opened(w, period, year))


def again(w: World, row: Assessment, *, anew: bool = False, minute: int = 5) -> Assessment:
    actions.ask_to_compute(w.first, row.pk, anew=anew, at=moment(minute))
    found = actions.compute(row.pk, at=moment(minute))
    assert found is not None
    return found


def published(w: World, period: str = "M10", year: int = 2026) -> Assessment:
    row = computed(w, period, year)
    return actions.publish(w.first, row.pk, at=moment(10), today=TODAY)


def line(row: Assessment, code: str, unit: OrgUnit) -> Line:
    found: Line = Line.objects.select_related("assessment").get(
        assessment=row, unit=unit, code=code
    )
    return found


def scores(row: Assessment) -> dict[str, tuple[Decimal, int | None]]:
    rows = UnitScore.objects.filter(assessment=row)
    return {
        code: (score, rank)
        for code, score, rank in rows.values_list("subsidiary__code", "score", "rank")
    }
