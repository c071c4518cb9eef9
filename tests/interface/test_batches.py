"""Batches for programs: whole or nothing, row by row, once under a key (§6.2.1, 6.1.1)."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests import plant
from tests.interface.calling import Program
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.tokens.rules import Use
from yihu.audit.models import Event
from yihu.contracts.models import Contract, Offtake
from yihu.intake import actions as intake
from yihu.intake.kinds import KINDS
from yihu.intake.models import Import
from yihu.interface.actions import written_out
from yihu.interface.models import Call

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.2.1")]
Change = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


@pytest.fixture
def contract() -> Contract:
    return plant.contract(plant.dossier(plant.unit("GD")))


@pytest.fixture
def filler(contract: Contract) -> User:
    return plant.person(Role.FILLER, contract.unit)


@pytest.fixture
def program(filler: User) -> Program:
    return Program(filler, Use.OFFTAKE, Use.CONTRACTS)


def month(of: Contract, on: str = "2026-10", **more: Any) -> dict[str, Any]:
    return {"month": on, "number": of.number, "actual": "105.32", "unit": "万立方米",
            "price_yuan": 3.1, **more}  # fmt: skip


def test_each_row_is_new_or_changed_or_as_it_was(contract: Contract, program: Program) -> None:
    plant.month(contract, Offtake.month.field.to_python("2026-08-01"))
    first = program.post("offtake", [month(contract), month(contract, "2026-09")])
    assert first.status_code == 200, first.json()
    assert first.json() == {
        "new": 2, "changed": 0, "unchanged": 0, "warnings": [], "again": False,
        "rows": [{"row": 1, "outcome": "new"}, {"row": 2, "outcome": "new"}],
    }  # fmt: skip
    rows = [month(contract, actual="106"), month(contract, "2026-09")]
    second = program.post("offtake", rows, key="batch-0002").json()
    assert [row["outcome"] for row in second["rows"]] == ["changed", "unchanged"]
    kept = Offtake.objects.get(contract=contract, month="2026-10-01")
    assert (kept.actual, kept.price_yuan) == (Decimal(106), Decimal("3.1"))
    assert Event.objects.filter(verb="offtake.imported").count() == 2
    assert set(Import.objects.values_list("state", flat=True)) == {"committed"}


def test_one_wrong_row_saves_none_and_all_are_named(contract: Contract, program: Program) -> None:
    rows = [
        month(contract),
        month(contract, "2026-13"),
        month(contract, "2026-09", actual=-1),
        {**month(contract, "2026-08"), "number": "HT-没有"},
        month(contract),
        {},
    ]
    answer = program.post("offtake", rows)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_rows")
    found = {(one["row"], one["code"]) for one in answer.json()["problems"]}
    assert {(2, "invalid_month"), (3, "negative_quantity"), (6, "missing_value")} <= found
    del rows[5], rows[1:3]
    answer = program.post("offtake", rows)
    assert [(p["row"], p["field"], p["code"]) for p in answer.json()["problems"]] == [
        (2, "number", "unknown_contract"),
        (3, "number", "duplicate_in_file"),
    ]
    assert "本单位没有合同" in answer.json()["problems"][0]["message"]
    assert (Offtake.objects.count(), Import.objects.count(), Call.objects.count()) == (0, 0, 0)
    assert not Event.objects.filter(verb__startswith="import").exists()
    assert program.post("offtake", rows[:1]).status_code == 200


def test_the_words_and_codes_are_those_of_a_ledger(contract: Contract, program: Program) -> None:
    from tests.kit.test_sheet import workbook

    bad = {"month": "十月", "number": contract.number, "actual": "很多", "unit": "桶",
           "price_yuan": "-1"}  # fmt: skip
    fields = list(bad)
    labels = [KINDS["offtake"].by_field[name].label for name in fields]
    book = workbook(labels, [bad[name] for name in fields])
    seen = intake.preview_only(contract.unit, kind="offtake", name="台账.xlsx", content=book)
    answer = program.post("offtake", [bad]).json()
    assert [(one["code"], one["message"]) for one in answer["problems"]] == [
        (one.code, one.message) for one in seen.rejected
    ]


def test_the_same_key_gives_the_first_answer_and_another_body_none(
    contract: Contract, program: Program, filler: User
) -> None:
    rows = [month(contract)]
    first = program.post("offtake", rows).json()
    assert program.post("offtake", rows).json() == {**first, "again": True}
    assert Import.objects.count() == 1
    other = program.post("offtake", [month(contract, actual="1")])
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    elsewhere = Program(plant.person(Role.FILLER, contract.unit), Use.OFFTAKE)
    assert elsewhere.post("offtake", rows).json()["again"] is False
    assert Call.objects.filter(user=filler).count() == 1


@pytest.mark.clause("6.1.1")
def test_contracts_come_from_the_erp(contract: Contract, program: Program) -> None:
    row = {
        "number": "ERP-1", "credit_code": contract.dossier.credit_code, "source": "管道气",
        "effective_on": "2026-01-01", "ends_on": "2026-12-31", "acq": 1200.5, "unit": "万立方米",
        "take_or_pay_percent": "90%", "note": None,
    }  # fmt: skip
    answer = program.post("contracts", [row])
    assert answer.json()["rows"] == [{"row": 1, "outcome": "new"}], answer.json()
    made = Contract.objects.get(number="ERP-1")
    assert (made.acq, made.take_or_pay_percent) == (Decimal("1200.5"), Decimal(90))
    wrong = program.post("contracts", [{**row, "ends_on": "2025-12-31"}], key="batch-0002")
    (problem,) = wrong.json()["problems"]
    assert (problem["field"], problem["code"]) == ("ends_on", "end_before_start")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "not_json"),
        ("[NaN]", 400, "not_json"),
        ('[{"month": 1, "month": 2}]', 400, "duplicate_field"),
        ({"a": 1}, 422, "not_a_list"),
        ([], 422, "no_rows"),
        ([1], 422, "not_an_object"),
        ([{"volume": 1}], 422, "unknown_field"),
        ([{"actual": True}], 422, "not_text"),
        ([{"actual": ["1"]}], 422, "not_text"),
        ([{"note": "\ud800"}], 422, "not_text"),
        ([{"actual": 1}] * 5001, 413, "too_many_rows"),
        ('[{"actual": 1e999999999}]', 422, "invalid_rows"),
    ],
)
def test_what_is_no_batch_is_refused(body: Any, status: int, code: str, program: Program) -> None:
    answer = program.post("offtake", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_only_who_fills_the_unit_reports_for_it(contract: Contract, filler: User) -> None:
    rows = [month(contract)]
    reviewer = Program(plant.person(Role.REVIEWER, contract.unit), Use.OFFTAKE)
    assert reviewer.post("offtake", rows).status_code == 403
    other = Program(plant.person(Role.FILLER, plant.unit("FJ", region="350000")), Use.OFFTAKE)
    assert other.post("offtake", rows).json()["problems"][0]["code"] == "unknown_contract"
    assert other.post("offtake?unit=GD", rows).json()["code"] == "which_unit"
    assert Program(filler, Use.READ).post("offtake", rows).status_code == 401
    assert Program(filler, Use.OFFTAKE).post("offtake", rows, key="short").status_code == 422
    client = Client()
    client.force_login(filler)
    answer = client.post("/api/v1/offtake", json.dumps(rows), content_type="application/json")
    assert answer.status_code == 401
    assert Offtake.objects.count() == 0


@pytest.mark.parametrize(
    ("said", "meant"),
    [("1.5", "1.5"), ("1.5E3", "1500"), ("1e-05", "0.00001"), ("1e999999999", "1e999999999")],
)
def test_an_exponent_is_written_out(said: str, meant: str) -> None:
    assert written_out(said) == meant
