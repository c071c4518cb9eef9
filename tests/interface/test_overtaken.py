"""Rows of a batch that say in which state they were read; no change is written over (§5.2)."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests import plant
from tests.interface.calling import Program
from tests.interface.test_at_once import at_once
from yihu.access.rules import Role
from yihu.access.tokens.rules import Use
from yihu.audit.models import Event
from yihu.contracts.models import Contract, Offtake
from yihu.dossiers.models import Dossier

pytestmark = pytest.mark.clause("5.2")
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
in_one_transaction = pytest.mark.django_db
"""A test whose changes all bear the time at which it began; what was there is from BEFORE."""


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


@pytest.fixture
def contract() -> Contract:
    made = plant.contract(plant.dossier(plant.unit("GD")))
    Contract.objects.filter(pk=made.pk).update(changed_at=BEFORE)
    return made


def somebody(of: Contract) -> Program:
    """Another filler of the unit."""
    return Program(plant.person(Role.FILLER, of.unit), Use.READ, Use.OFFTAKE, Use.CONTRACTS)


def month(of: Contract, on: str, actual: str, **more: Any) -> dict[str, Any]:
    return {"month": on, "number": of.number, "actual": actual, "unit": "万立方米",
            "price_yuan": "3.1", **more}  # fmt: skip


def tags(program: Program) -> dict[str, str]:
    """Month → the tag that the list tells of it."""
    items = program.get("offtake", fields="month,etag").json()["items"]
    return {one["month"]: one["etag"] for one in items}


def report(program: Program, row: dict[str, Any]) -> None:
    """A month that is there from before."""
    assert program.post("offtake", [row], key=f"before-{row['month']}").status_code == 200
    Offtake.objects.update(changed_at=BEFORE)


def kept() -> dict[str, Decimal | None]:
    return {f"{one.month:%Y-%m}": one.actual for one in Offtake.objects.all()}


@in_one_transaction
def test_what_was_changed_since_is_named_and_no_row_is_written(contract: Contract) -> None:
    mine, theirs = somebody(contract), somebody(contract)
    for on, actual in (("2026-09", "90"), ("2026-10", "100")):
        report(mine, month(contract, on, actual))
    seen = tags(mine)
    late = [
        month(contract, "2026-08", "80"),
        month(contract, "2026-09", "91", etag=seen["2026-09"]),
        month(contract, "2026-10", "101", etag=seen["2026-10"]),
    ]
    assert theirs.post("offtake", late[1:2], key="batch-0002").status_code == 200
    imported = Event.objects.filter(verb="offtake.imported").count()
    answer = mine.post("offtake", late, key="batch-0003")
    told = answer.json()
    assert (answer.status_code, told["code"], told["total"]) == (412, "changed_meanwhile", 1)
    (problem,) = told["problems"]
    assert (problem["row"], problem["field"], problem["code"]) == (2, "etag", "changed_meanwhile")
    assert kept() == {"2026-09": Decimal(91), "2026-10": Decimal(100)}
    assert Event.objects.filter(verb="offtake.imported").count() == imported
    fresh = tags(mine)
    assert fresh["2026-10"] == seen["2026-10"] != fresh["2026-09"] != seen["2026-09"]
    late[1]["etag"] = fresh["2026-09"]
    again = mine.post("offtake", late, key="batch-0003")  # what was refused kept no key
    assert [one["outcome"] for one in again.json()["rows"]] == ["new", "unchanged", "changed"]


@in_one_transaction
def test_a_row_without_a_tag_is_written_over_as_ever(contract: Contract) -> None:
    program = somebody(contract)
    for number, actual in enumerate(("90", "91", "92")):
        row = month(contract, "2026-09", actual, etag=None)
        assert program.post("offtake", [row], key=f"batch-000{number}").status_code == 200
    assert kept() == {"2026-09": Decimal(92)}


@in_one_transaction
def test_a_price_that_is_masked_in_the_list_moves_the_tag_as_well(contract: Contract) -> None:
    program = somebody(contract)
    priced = month(contract, "2026-09", "90")
    report(program, priced)
    before = tags(program)
    dearer = [{**priced, "price_yuan": "3.2"}]
    assert program.post("offtake", dearer, key="batch-0002").status_code == 200
    assert tags(program) != before


@in_one_transaction
def test_what_is_not_there_was_not_read(contract: Contract) -> None:
    row = month(contract, "2026-09", "90", etag="5f3")
    answer = somebody(contract).post("offtake", [row])
    assert (answer.status_code, kept()) == (412, {})


@in_one_transaction
def test_a_row_that_is_wrong_is_told_so(contract: Contract) -> None:
    row = month(contract, "2026-13", "90", etag="5f3")
    answer = somebody(contract).post("offtake", [row]).json()
    assert (answer["status"], answer["code"]) == (422, "invalid_rows")


@in_one_transaction
@pytest.mark.parametrize("tag", [5, ["a"], True])
def test_a_tag_is_text(tag: Any, contract: Contract) -> None:
    row = month(contract, "2026-09", "90", etag=tag)
    answer = somebody(contract).post("offtake", [row]).json()
    assert (answer["code"], answer["field"]) == ("not_text", "etag")


@in_one_transaction
@pytest.mark.clause("6.1.1")
def test_files_are_held_to_it_too(contract: Contract) -> None:
    file = contract.dossier
    Dossier.objects.update(changed_at=BEFORE)
    mine, theirs = (
        Program(plant.person(Role.FILLER, file.unit), Use.READ, Use.DOSSIERS) for _n in range(2)
    )
    (seen,) = mine.get("dossiers", fields="credit_code,name,etag").json()["items"]
    row = {"name_full": seen["name"], "klass": "一般客户", "gas_uses": "工业燃料",
           "province": "广东省", "city": "广州市",
           "credit_code": seen["credit_code"], "etag": seen["etag"]}  # fmt: skip
    first = theirs.post("dossiers", [{**row, "short_name": "试验气"}])
    assert first.json()["rows"] == [{"row": 1, "outcome": "changed"}], first.json()
    late = mine.post("dossiers", [{**row, "short_name": "别的简称"}])
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert Dossier.objects.get().short_name == "试验气"


@in_one_transaction
@pytest.mark.clause("6.1.1")
def test_contracts_are_held_to_it_too(contract: Contract) -> None:
    mine, theirs = somebody(contract), somebody(contract)
    (seen,) = mine.get("contracts").json()["items"]
    row = {
        "number": seen["number"], "credit_code": seen["credit_code"], "source": "管道气",
        "effective_on": seen["effective_on"], "ends_on": seen["ends_on"], "acq": "1300",
        "unit": "万立方米", "etag": seen["etag"],
    }  # fmt: skip
    first = theirs.post("contracts", [row])
    assert first.json()["rows"] == [{"row": 1, "outcome": "changed"}], first.json()
    assert mine.post("contracts", [{**row, "acq": "1400"}]).status_code == 412
    assert Contract.objects.get().acq == Decimal(1300)


@pytest.mark.usefixtures("own_database")
def test_of_programs_at_once_one_writes_and_the_others_are_told(contract: Contract) -> None:
    programs = [somebody(contract) for _n in range(4)]
    report(programs[0], month(contract, "2026-09", "90"))
    tag = tags(programs[0])["2026-09"]

    def write(who: int) -> tuple[int, int]:
        row = month(contract, "2026-09", str(100 + who), etag=tag)
        return programs[who].post("offtake", [row], key="batch-0002").status_code, who

    found = at_once(*(partial(write, who) for who in range(4)))
    assert sorted(status for status, _who in found) == [200, 412, 412, 412]
    (winner,) = (who for status, who in found if status == 200)
    assert kept() == {"2026-09": Decimal(100 + winner)}


@in_one_transaction
def test_rows_of_other_names_are_not_told(contract: Contract) -> None:
    other = plant.contract(contract.dossier)
    for one, on in ((contract, 8), (contract, 9), (other, 9)):
        plant.month(one, Offtake.month.field.to_python(f"2026-0{on}-01"))
    program = somebody(contract)
    crossed = [
        month(contract, "2026-08", "1", etag="5f3"), month(other, "2026-09", "1", etag="5f3"),
    ]  # fmt: skip
    answer = program.post("offtake", crossed).json()
    assert [one["row"] for one in answer["problems"]] == [1, 2]
