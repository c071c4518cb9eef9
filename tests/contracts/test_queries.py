"""Section C from the rows: contracts, the last 24 months, the year so far."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import plant
from yihu.contracts.choices import Direction, QuantityUnit, Source
from yihu.contracts.models import Contract
from yihu.contracts.queries import performance_of
from yihu.contracts.rules import MonthSum, Standing

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 5)
D = Decimal


def test_months_end_with_the_last_whole_one() -> None:
    file = plant.dossier(plant.unit())
    contract = plant.contract(file, effective_on=date(2024, 1, 1))
    plant.month(contract, date(2024, 10, 1), actual="70")
    plant.month(contract, date(2024, 11, 1), actual="80")
    plant.month(contract, date(2026, 10, 1), actual="90.5", price="3.2")
    (series,) = performance_of(file, TODAY).series
    assert (series.quantity_unit, series.price_unit) == (QuantityUnit.WAN_M3, "元/立方米")
    assert [month.month for month in series.months][0::23] == [date(2024, 11, 1), date(2026, 10, 1)]
    known = [month for month in series.months if month.actual is not None]
    assert known == [
        MonthSum(
            date(2024, 11, 1),
            planned=D("100"),
            actual=D("80"),
            price_yuan=D("3.1"),
            amount_yuan=D("2480000"),
        ),
        MonthSum(
            date(2026, 10, 1),
            planned=D("100"),
            actual=D("90.5"),
            price_yuan=D("3.2"),
            amount_yuan=D("2896000"),
        ),
    ]


def test_months_end_with_the_current_one_once_it_has_a_figure() -> None:
    file = plant.dossier(plant.unit())
    plant.month(plant.contract(file), date(2026, 11, 1))
    (series,) = performance_of(file, TODAY).series
    assert (len(series.months), series.months[-1].month) == (24, date(2026, 11, 1))


def test_units_and_directions_are_never_added() -> None:
    file = plant.dossier(plant.unit())
    gas, more = plant.contract(file), plant.contract(file)
    lng = plant.contract(file, source=Source.LNG)
    bought = plant.contract(file)
    Contract.objects.filter(pk=bought.pk).update(direction=Direction.PURCHASE)
    for contract in (gas, more, lng, bought):
        plant.month(contract, date(2026, 10, 1), actual="100")
    found = performance_of(file, TODAY).series
    assert [(s.direction, s.quantity_unit, s.months[-1].actual) for s in found] == [
        (Direction.SALE, QuantityUnit.WAN_M3, D("200")),
        (Direction.SALE, QuantityUnit.TONNE, D("100")),
        (Direction.PURCHASE, QuantityUnit.WAN_M3, D("100")),
    ]


def test_year_so_far_of_each_contract() -> None:
    file = plant.dossier(plant.unit())
    contract = plant.contract(file, acq="1200")
    for month in range(1, 11):
        plant.month(contract, date(2026, month, 1), actual="80")
    ended = plant.contract(file, effective_on=date(2024, 1, 1), ends_on=date(2025, 12, 31))
    plant.month(ended, date(2025, 12, 1), actual="55")
    first, second = performance_of(file, TODAY).contracts
    assert (first.contract, first.standing, first.year_months) == (contract, Standing.ENDING, 10)
    assert (
        first.year_actual,
        first.year_planned,
        first.completion_percent,
        first.year_amount_yuan,
        first.year_paid_yuan,
    ) == (D("800"), D("1000"), D("80.0"), D("24800000"), None)
    assert first.take_or_pay is not None
    assert (first.take_or_pay.obligation, first.take_or_pay.shortfall_at_pace) == (
        D("1080"),
        D("119.4737"),
    )
    assert (second.standing, second.year_acq, second.year_months, second.take_or_pay) == (
        Standing.ENDED,
        D("0"),
        0,
        None,
    )


@pytest.mark.parametrize("contracts", [1, 3])
def test_two_queries_however_many_contracts(contracts: int) -> None:
    file = plant.dossier(plant.unit())
    for _number in range(contracts):
        contract = plant.contract(file)
        for month in (8, 9, 10):
            plant.month(contract, date(2026, month, 1))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(performance_of(file, TODAY).contracts) == contracts
    assert len(queries) == 2


def test_other_files_months_stay_theirs() -> None:
    unit = plant.unit()
    file, other = plant.dossier(unit), plant.dossier(unit)
    plant.contract(file)
    plant.month(plant.contract(other), date(2026, 10, 1))
    assert performance_of(file, TODAY).series == []
