"""Reads of contracts and offtake."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from yihu.contracts.choices import PRICE_UNIT, Direction, QuantityUnit, Source
from yihu.contracts.models import Contract, Offtake
from yihu.contracts.rules import (
    Month,
    MonthSum,
    Standing,
    TakeOrPay,
    Term,
    average_price,
    completion_percent,
    months_until,
    sum_month,
    take_or_pay,
    year_quantity,
)
from yihu.dossiers.models import Dossier
from yihu.kit.sets import THIS_TRANSACTION

MONTHS_SHOWN = 24


def files_written_just_now(unit_id: int) -> QuerySet[Contract, tuple[int, UUID]]:
    """Unit and file of the contracts that a ledger of this transaction added or amended."""
    rows = Contract.objects.filter(unit=unit_id, changed_at=THIS_TRANSACTION)
    return rows.order_by().values_list("unit_id", "dossier_id").distinct()


@dataclass(frozen=True, slots=True)
class ContractLine:
    """A contract and its year so far: plan, offtake, and the take-or-pay account if agreed.

    `year_planned` is the plan of the months that have a figure, None where one lacks a plan.
    """

    contract: Contract
    standing: Standing
    price_unit: str
    year: int
    year_months: int
    year_acq: Decimal
    year_actual: Decimal
    year_planned: Decimal | None
    year_amount_yuan: Decimal | None
    year_paid_yuan: Decimal | None
    year_price_yuan: Decimal | None
    completion_percent: Decimal | None
    take_or_pay: TakeOrPay | None


@dataclass(frozen=True, slots=True)
class Series:
    """The shown months of all contracts of one direction and unit of measure."""

    direction: Direction
    quantity_unit: QuantityUnit
    price_unit: str
    months: list[MonthSum]


@dataclass(frozen=True, slots=True)
class Performance:
    """Section C of a dossier: its contracts, newest first, and its last months by unit."""

    contracts: list[ContractLine]
    series: list[Series]


def contracts_of(dossier: Dossier) -> list[Contract]:
    """Every contract of the file, the newest term first."""
    return list(
        Contract.objects.filter(unit=dossier.unit_id, dossier=dossier).order_by(
            "-effective_on", "number"
        )
    )


def performance_of(dossier: Dossier, today: date) -> Performance:
    """Contracts and the last 24 months in two queries, however many there are.

    The months end with the current one if it has a figure, else with the one before.
    """
    contracts = contracts_of(dossier)
    window = months_until(today, MONTHS_SHOWN + 1)
    rows: dict[object, list[Month]] = defaultdict(list)
    for contract_id, *values in (
        Offtake.objects.filter(
            unit=dossier.unit_id,
            contract__dossier=dossier,
            month__range=(window[0], window[-1]),
        )
        .order_by("month")
        .values_list(
            "contract_id", "month", "planned", "actual", "price_yuan", "amount_yuan", "paid_yuan"
        )
    ):
        rows[contract_id].append(Month(*values))
    current = any(row.month == window[-1] for months in rows.values() for row in months)
    shown = window[1:] if current else window[:-1]
    return Performance(
        contracts=[_line(contract, rows[contract.id], today) for contract in contracts],
        series=_series(contracts, rows, shown),
    )


def _line(contract: Contract, months: list[Month], today: date) -> ContractLine:
    term = Term(contract.effective_on, contract.ends_on, contract.terminated_on)
    this_year = [row for row in months if row.month.year == today.year]
    whole = sum_month(date(today.year, 1, 1), this_year)
    actual = whole.actual or Decimal(0)
    return ContractLine(
        contract=contract,
        standing=term.standing(today),
        price_unit=str(PRICE_UNIT[Source(contract.source)]),
        year=today.year,
        year_months=len(this_year),
        year_acq=year_quantity(contract.acq, term, today.year),
        year_actual=actual,
        year_planned=whole.planned,
        year_amount_yuan=whole.amount_yuan,
        year_paid_yuan=whole.paid_yuan,
        year_price_yuan=average_price(this_year),
        completion_percent=completion_percent(actual, whole.planned),
        take_or_pay=take_or_pay(
            contract.acq, contract.take_or_pay_percent, term, months, today=today
        ),
    )


def _series(
    contracts: list[Contract], rows: dict[object, list[Month]], shown: list[date]
) -> list[Series]:
    found = []
    for direction in Direction:
        for source in Source:
            of_kind = [
                contract
                for contract in contracts
                if contract.direction == direction and contract.source == source
            ]
            months: dict[date, list[Month]] = defaultdict(list)
            for contract in of_kind:
                for row in rows[contract.id]:
                    months[row.month].append(row)
            if not any(month in months for month in shown):
                continue
            found.append(
                Series(
                    direction=direction,
                    quantity_unit=QuantityUnit(of_kind[0].quantity_unit),
                    price_unit=str(PRICE_UNIT[source]),
                    months=[sum_month(month, months.get(month, ())) for month in shown],
                )
            )
    return found
