"""The demo group's contracts and 36 months of volume and price, with seasons and stories."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from yihu.contracts.choices import QuantityUnit, Source
from yihu.kit.calendar import WorkingDays
from yihu.kit.clock import SHANGHAI
from yihu.site.demo.customers import File, random_id

CONTRACTS = 3000
MONTHS = 36
PAID_UP = 34
SEASON = {  # share of a twelfth of the year, January to December
    "01": (1.7, 1.5, 1.2, 0.8, 0.7, 0.6, 0.6, 0.6, 0.7, 0.8, 1.2, 1.6),
    "03": (0.8, 0.7, 0.8, 0.8, 1.0, 1.3, 1.5, 1.5, 1.2, 0.8, 0.7, 0.9),
}
EVEN = (1.0, 0.7, 1.05, 1.05, 1.05, 1.0, 1.0, 1.0, 1.05, 1.05, 1.05, 1.0)
SIZES = (600, 1200, 1200, 3600, 3600, 12000, 36000)
TONNES = (2000, 5000, 10000, 20000, 50000)
ENDED_EARLY = 40
"""Of so many contracts one ended early, if it has ended: two months, by agreement."""
FOUR, TWO = Decimal("0.0001"), Decimal("0.01")


@dataclass(slots=True)
class Deal:
    """A contract of a file. `story` changes its months; `terminated_on`: it ended early then."""

    id: UUID
    file: File
    number: str
    source: Source
    signed_on: date
    effective_on: date
    ends_on: date
    acq: int
    price: Decimal
    percent: int
    mechanism: str
    settlement: str
    story: str = ""
    terminated_on: date | None = None

    @property
    def last_day(self) -> date:
        return self.terminated_on or self.ends_on

    @property
    def quantity_unit(self) -> QuantityUnit:
        return QuantityUnit.TONNE if self.source == Source.LNG else QuantityUnit.WAN_M3


def deals(rng: random.Random, files: list[File], *, today: date) -> list[Deal]:
    """3,000 contracts: each file has one, many a second; most run, some have ended."""
    this_year = today.year
    again = set(rng.sample(range(len(files)), CONTRACTS - len(files)))
    serial: dict[tuple[str, int], int] = {}
    made: list[Deal] = []

    def sign(file: File, source: Source, first_year: int, last_year: int) -> None:
        signed = date(first_year - 1, rng.randint(1, 12), rng.randint(1, 28))
        key = file.unit.code, signed.year
        serial[key] = serial.get(key, 0) + 1
        lng = source == Source.LNG
        made.append(
            Deal(
                id=random_id(rng),
                file=file,
                number=f"{file.unit.code}-TRQ-{signed.year}-{serial[key]:03d}",
                source=source,
                signed_on=signed,
                effective_on=date(first_year, 1, 1),
                ends_on=date(last_year, 12, 31),
                acq=rng.choice(TONNES if lng else SIZES),
                price=Decimal(rng.randint(4100, 6200))
                if lng
                else Decimal(rng.randint(24000, 39000)) / 10000,
                percent=rng.choice((80, 85, 90, 95)),
                mechanism=rng.choice(("固定价", "月度浮动", "与门站价联动", "与JCC联动")),
                settlement=rng.choice(("预付款", "月结", "信用证")),
            )
        )

    for place, file in enumerate(files):
        lng = file.legal.use == "05" or (file.legal.use == "02" and rng.random() < 0.2)
        source = Source.LNG if lng else Source.PIPELINE
        if place in again and rng.random() < 0.7:  # one ended, the next took over
            turn = rng.choice((this_year - 1, this_year))
            sign(file, source, this_year - 4, turn - 1)
            sign(file, source, turn, this_year + rng.randint(0, 4))
        elif place in again:  # two at once
            sign(file, source, this_year - 3, this_year + rng.randint(0, 3))
            other = Source.LNG if source == Source.PIPELINE else Source.PIPELINE
            sign(file, other, this_year - 1, this_year + rng.randint(0, 2))
        elif rng.random() < 0.06:
            sign(file, source, this_year - 4, this_year - 1)
        else:
            sign(file, source, this_year - rng.randint(1, 4), this_year + rng.randint(0, 5))
    for deal in made[::ENDED_EARLY]:
        if deal.ends_on < date(this_year, 1, 1):
            deal.terminated_on = date(deal.ends_on.year, 10, 31)
    _tell_stories(made, today)
    return made


def _tell_stories(made: list[Deal], today: date) -> None:
    """In Guangdong: one takes far too little, one price jumps, one customer is in trouble."""
    running = [
        deal
        for deal in made
        if deal.file.unit.code == "GD"
        and deal.effective_on <= date(today.year, 1, 1)
        and deal.ends_on >= today
        and deal.source == Source.PIPELINE
    ]
    for deal, story in zip(running, ("shortfall", "price_jump", "trouble"), strict=False):
        deal.story = story
        deal.acq = 12000


def months_before(today: date) -> list[date]:
    """The first days of the last 36 complete months."""
    index = today.year * 12 + today.month - 1
    return [date(i // 12, i % 12 + 1, 1) for i in range(index - MONTHS, index)]


def offtake(
    rng: random.Random, made: Iterable[Deal], days: WorkingDays, *, today: date
) -> Iterator[tuple[object, ...]]:
    """Rows of `contracts_offtake`; who is late or has not yet filled in is part of the story."""
    months = months_before(today)
    last = months[-1]
    ordered = {month: _next_days(month, days) for month in months}
    for deal in made:
        drift = Decimal(1)
        season = SEASON.get(deal.file.legal.use, EVEN)
        for place, month in enumerate(months):
            if not deal.effective_on <= month <= deal.last_day:
                continue
            drift *= Decimal(rng.randint(9900, 10105)) / 10000
            planned = (Decimal(deal.acq) / 12 * Decimal(str(season[month.month - 1]))).quantize(TWO)
            taken = Decimal(rng.randint(860, 1080)) / 1000
            price = deal.price * drift
            paid_share = rng.choices((Decimal(1), Decimal("0.8"), Decimal(0)), (90, 8, 2))[0]
            if place < PAID_UP:  # what is older was collected in the end
                paid_share = Decimal(1)
            if deal.story == "shortfall" and month.year == today.year:
                taken *= Decimal("0.45")
            if deal.story == "price_jump" and month == last:
                price *= Decimal("1.38")
            if deal.story == "trouble":
                taken *= max(Decimal("0.15"), 1 - Decimal(max(0, place - 26)) / 10)
                paid_share = Decimal(0) if place > 30 else paid_share
            lateness = rng.random()
            if _missing(deal, month, last, lateness):
                continue
            filled = _filled_at(deal, month, ordered[month], rng, lateness)
            if filled.date() > today:
                continue
            quantum = TWO if deal.source == Source.LNG else FOUR
            price = price.quantize(quantum)
            actual = (planned * taken).quantize(TWO)
            factor = 1 if deal.source == Source.LNG else 10_000
            amount = (actual * factor * price).quantize(TWO)
            yield (
                deal.file.unit.pk, deal.id, month, deal.quantity_unit.value, planned, actual,
                price, amount, (amount * paid_share).quantize(TWO), "calendar", "", filled, filled,
            )  # fmt: skip


def _next_days(month: date, days: WorkingDays) -> list[date]:
    """The working days after the month on which its figures come in."""
    end = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return [days.nth_after(end, number) for number in range(1, 16)]


def _missing(deal: Deal, month: date, last: date, chance: float) -> bool:
    """Months that nobody has filled in: an overdue filler, and October still to be done."""
    code = deal.file.unit.code
    if code == "GX" and deal.file.filler.employee_no == "GX0012":
        return month.year * 12 + month.month > last.year * 12 + last.month - 3
    if month == last:
        return chance < {"GD": 0.42, "FJ": 0.05, "BJ": 0.5}.get(code, 0.08)
    return False


def _filled_at(
    deal: Deal, month: date, ordered: list[date], rng: random.Random, chance: float
) -> datetime:
    """Mostly between the third and the ninth working day; Beijing is late month after month."""
    late = chance > (0.55 if deal.file.unit.code == "BJ" else 0.985)
    day = ordered[rng.randint(10, 14) if late else rng.randint(2, 8)]
    return datetime(
        day.year, day.month, day.day, rng.randint(9, 17), rng.randint(0, 59), tzinfo=SHANGHAI
    )
