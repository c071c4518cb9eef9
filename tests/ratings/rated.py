"""Ratings for tests: files with months, a scheme in force, two supervisors, a round made final."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.contracts.choices import Source
from yihu.contracts.models import Offtake
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit
from yihu.ratings import actions
from yihu.ratings.models import RatingRound, RatingScheme, RatingScore
from yihu.ratings.schemes import load_first_scheme

TODAY, CUT_OFF = date(2026, 11, 5), date(2026, 10, 31)


def moment(minute: int = 0) -> datetime:
    """A minute of the morning of that day."""
    return datetime(2026, 11, 5, 9, minute, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Head:
    """Headquarters: who makes, who reviews, and by which scheme."""

    maker: User
    checker: User
    scheme: RatingScheme


def head() -> Head:
    return Head(plant.person(Role.SUPERVISOR), plant.person(Role.SUPERVISOR), load_first_scheme())


def buyer(
    at: OrgUnit,
    *,
    taken: str = "100",
    paid: str | None = "1",
    price: str = "3",
    since: date = date(2023, 1, 1),
    months: int = 24,
    source: Source = Source.PIPELINE,
    code: str = "",
    klass: Klass = Klass.GENERAL,
    name: str = "",
) -> Dossier:
    """A file with a contract and its last months up to October 2026; `paid`: of each bill."""
    file = plant.dossier(at, code=code, klass=klass, name=name)
    contract = plant.contract(
        file, source=source, effective_on=since, ends_on=date(2028, 10, 31), acq="1200"
    )
    factor = 10_000 if source == Source.PIPELINE else 1
    for back in range(months):
        index = 2026 * 12 + 9 - back
        amount = Decimal(taken) * factor * Decimal(price)
        Offtake.objects.create(
            unit_id=at.pk,
            contract=contract,
            month=date(index // 12, index % 12 + 1, 1),
            quantity_unit=contract.quantity_unit,
            planned=Decimal("100"),
            actual=Decimal(taken),
            price_yuan=Decimal(price),
            amount_yuan=amount,
            paid_yuan=None if paid is None else amount * Decimal(paid),
        )
    return file


def computed(at: Head, year: int = 2026) -> RatingRound:
    """A round of the year, opened and computed."""
    made = actions.open_round(at.maker, year=year, cut_off_on=CUT_OFF, at=moment(), today=TODAY)
    return again(at, made)


def again(at: Head, rating: RatingRound, minute: int = 5) -> RatingRound:
    """The round computed (again)."""
    actions.ask_to_compute(at.maker, rating.pk, at=moment(minute))
    found = actions.compute(rating.pk, at=moment(minute))
    assert found is not None
    return found


def final(at: Head, rating: RatingRound) -> RatingRound:
    """Handed in, reviewed by the other, made final."""
    actions.hand_in(at.maker, rating.pk, at=moment(20))
    actions.review(at.checker, rating.pk, accept=True, at=moment(21))
    return actions.finalise(at.maker, rating.pk, at=moment(22), today=TODAY)


def score(rating: RatingRound, file: Dossier) -> RatingScore:
    found: RatingScore = RatingScore.objects.get(round=rating, dossier=file)
    return found
