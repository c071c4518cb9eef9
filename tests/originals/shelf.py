"""People, a file, a place and an original to try things on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.org.models import OrgUnit
from yihu.originals.actions import add_place, register
from yihu.originals.models import Original, Place

TODAY = date(2026, 11, 5)
ORIGINAL: dict[str, Any] = {
    "title": "2026 年天然气购销合同",
    "kind": "contract",
    "carrier": "paper",
    "pages": "24",
    "copies": "2",
    "year": "2026",
    "retention": "y30",
    "secrecy": "core",
    "contract_number": "GD-2026-001",
    "document": None,
    "note": "",
}


def at(days: int = 0, hour: int = 2) -> datetime:
    """A moment so many days after 5 November 2026."""
    return datetime(2026, 11, 5, hour, tzinfo=UTC) + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Room:
    """One unit with its people, a file, and two boxes in a cabinet of a room."""

    unit: OrgUnit
    custodian: User
    second: User
    steward: User
    filler: User
    reader: User
    dossier: Dossier
    box: Place
    other: Place


def room(code: str = "GD") -> Room:
    unit = plant.unit(code)
    people = {role: plant.person(role, unit) for role in
              (Role.CUSTODIAN, Role.STEWARD, Role.FILLER, Role.READER)}  # fmt: skip
    keeper = people[Role.CUSTODIAN]
    place = add_place(keeper, unit.pk, parent=None, kind="room", code="档案室")
    cabinet = add_place(keeper, unit.pk, parent=place, kind="cabinet", code="A柜")
    boxes = [
        add_place(keeper, unit.pk, parent=cabinet, kind="box", code=code) for code in ("01", "02")
    ]
    return Room(
        unit=unit,
        custodian=keeper,
        second=plant.person(Role.CUSTODIAN, unit),
        steward=people[Role.STEWARD],
        filler=people[Role.FILLER],
        reader=people[Role.READER],
        dossier=plant.dossier(unit),
        box=boxes[0],
        other=boxes[1],
    )


def shelved(of: Room, **said: Any) -> Original:
    """An original in the first box."""
    return register(
        of.custodian, of.dossier, place=of.box, at=at(), today=TODAY, **{**ORIGINAL, **said}
    )
