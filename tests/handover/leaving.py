"""A unit with somebody about to leave, what they hold, and who takes it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from tests import plant
from tests.originals.shelf import ORIGINAL
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.handover import actions, queries
from yihu.handover.models import Handover
from yihu.org.models import OrgUnit, PersonnelEvent, Staff
from yihu.originals.actions import add_place, register
from yihu.originals.models import Original

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)


def staff_of(user: User) -> Staff:
    assert user.staff is not None
    return user.staff


@dataclass(frozen=True, slots=True)
class House:
    """The leaver fills two files and keeps an original."""

    unit: OrgUnit
    leaver: User
    heir: User
    keeper: User
    steward: User
    witness: User
    supervisor: User
    files: list[Dossier]
    paper: Original


def house(code: str = "GD") -> House:
    unit = plant.unit(code)
    leaver, heir = plant.person(Role.FILLER, unit), plant.person(Role.FILLER, unit)
    keeper, steward = plant.person(Role.CUSTODIAN, unit), plant.person(Role.STEWARD, unit)
    files = [plant.dossier(unit, filler=leaver.staff) for _ in range(2)]
    place = add_place(keeper, unit.pk, parent=None, kind="room", code="档案室")
    paper = register(keeper, files[0], place=place, at=NOW, today=TODAY, **ORIGINAL)
    Original.objects.filter(pk=paper.pk).update(custodian=leaver.staff)
    return House(
        unit=unit,
        leaver=leaver,
        heir=heir,
        keeper=keeper,
        steward=steward,
        witness=plant.person(Role.REVIEWER, unit),
        supervisor=plant.person(Role.SUPERVISOR, plant.unit("RM")),
        files=files,
        paper=paper,
    )


def frozen(at: House) -> Handover:
    """A hand-over with its successors and witness, waiting for signatures."""
    made = actions.open_handover(at.steward, staff_of(at.leaver), at=NOW)
    actions.assign(at.steward, made, kind="filled", successor=staff_of(at.heir))
    actions.assign(at.steward, made, kind="kept", successor=staff_of(at.keeper))
    actions.name_witness(at.steward, made, witness=staff_of(at.witness))
    return actions.freeze(at.steward, made, at=NOW)


def signed(handover: Handover, *people: User) -> Handover:
    for person in people:
        again = User.objects.get(pk=person.pk)
        handover = actions.sign(again, handover, digest=handover.digest, at=NOW)
    return handover


def leaves(user: User, on: date = TODAY) -> PersonnelEvent:
    return PersonnelEvent.objects.create(
        unit=staff_of(user).unit, staff=user.staff, kind="leave", effective_on=on
    )


def counts(user: User) -> dict[str, int]:
    return {one.kind.code: one.count for one in queries.holdings(staff_of(user))}
