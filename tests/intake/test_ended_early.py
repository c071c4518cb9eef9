"""提前终止: a contract ends before its term, and what waits for its end goes on (§6.1.1, 6.2.1)."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from tests import plant
from tests.dossiers.files import complete_dossier, desk
from tests.duties.test_actions import open_duties
from tests.intake.test_actions import CONTRACT, TODAY, bring, codes, commit, counts
from tests.intake.test_sheet import first, value
from tests.intake.test_whole import brought, changed, confirmed, taken
from tests.interface.calling import Program
from yihu.access.rules import Role
from yihu.access.tokens.rules import Use
from yihu.contracts.models import Contract
from yihu.contracts.rules import NOT_EARLY
from yihu.dossiers.rules import State
from yihu.duties import closing
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.choices import DropReason, DutyKind
from yihu.duties.models import Duty
from yihu.intake.display import said
from yihu.intake.kinds import KINDS
from yihu.intake.models import Import

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("on_the_day"),
    pytest.mark.clause("6.1.1"),
]
ENDED = date(2026, 9, 30)


@pytest.fixture
def contract() -> Contract:
    load_first_policy()
    return plant.contract(plant.dossier(plant.unit("GD")))


def row(of: Contract, ended: object = None, **term: str) -> list[object]:
    known = {"effective_on": f"{of.effective_on}", "ends_on": f"{of.ends_on}", **term}
    return [
        of.number, None, of.dossier.credit_code, "管道气", known["effective_on"], known["ends_on"],
        1200, "万方", ended,
    ]  # fmt: skip


def told(of: Contract, ended: object = None, *, header: str = "提前终止日", **term: str) -> Import:
    """A ledger of one contract, looked at."""
    return bring(of.unit, "contracts", [*CONTRACT, header], row(of, ended, **term))


def kept(of: Contract) -> date | None:
    return Contract.objects.values_list("terminated_on", flat=True).get(pk=of.pk)


# The cell -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    ["提前终止日", "提前终止日期", "合同解除日期", "实际终止日期", "Terminated on"],
)
@pytest.mark.parametrize("cell", ["2026-09-30", "2026年9月30日", date(2026, 9, 30), "2026-09"])
def test_the_day_is_read_however_it_is_written(header: str, cell: object) -> None:
    assert value("contracts", "terminated_on", **{header: cell}) == ENDED


@pytest.mark.parametrize("cell", ["未终止", "撤销", "Not terminated", "2026-12-31"])
def test_what_is_no_early_ending_says_so(cell: str) -> None:
    assert value("contracts", "terminated_on", 提前终止日=cell) == NOT_EARLY


@pytest.mark.parametrize("cell", ["", "无", "—", None])
def test_an_empty_cell_says_nothing(cell: str | None) -> None:
    assert value("contracts", "terminated_on", 提前终止日=cell) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("明年", "invalid_date"),
        ("2026-02-30", "invalid_date"),
        ("2025-12-31", "outside_contract_term"),
        ("2027-01-01", "outside_contract_term"),
    ],
)
def test_a_day_that_cannot_be_is_refused(cell: str, code: str) -> None:
    assert first("contracts", 提前终止日=cell) == (code, "提前终止日")


def test_a_term_the_wrong_way_round_is_one_problem() -> None:
    assert first("contracts", 提前终止日="2026-09-30", 终止日期="2025-12-31") == (
        "end_before_start",
        "终止日期",
    )


# The ledger ---------------------------------------------------------------------------------------


def test_it_is_shown_written_and_the_same_again_is_nothing(contract: Contract) -> None:
    seen = told(contract, ENDED)
    assert counts(seen) == (0, 1, 0, 0)
    (line,) = seen.preview["changed"]
    old, new = line["changes"]["terminated_on"]
    assert (said(KINDS["contracts"], "terminated_on", old), new) == ("未提前终止", "2026-09-30")
    commit(seen)
    assert kept(contract) == ENDED
    assert counts(told(contract, ENDED)) == (0, 0, 1, 0)
    again = Contract.objects.get(pk=contract.pk)
    assert (again.acq, again.ends_on) == (Decimal(1200), date(2026, 12, 31))


def test_a_blank_cell_leaves_it_and_a_word_takes_it_back(contract: Contract) -> None:
    commit(told(contract, ENDED))
    blank = told(contract)
    assert counts(blank) == (0, 0, 1, 0)
    commit(blank)
    assert kept(contract) == ENDED
    commit(bring(contract.unit, "contracts", CONTRACT, row(contract)[:-1]))
    assert kept(contract) == ENDED
    back = told(contract, "未终止")
    assert back.preview["changed"][0]["changes"]["terminated_on"] == ["2026-09-30", str(NOT_EARLY)]
    commit(back)
    assert kept(contract) is None
    assert counts(told(contract, "未终止")) == (0, 0, 1, 0)


def test_a_new_contract_may_have_ended_already(contract: Contract) -> None:
    other = Contract(number="HT-新", dossier=contract.dossier, effective_on=contract.effective_on,
                     ends_on=contract.ends_on, unit=contract.unit)  # fmt: skip
    commit(told(other, ENDED))
    assert Contract.objects.get(number="HT-新").terminated_on == ENDED
    other.number = "HT-未"
    commit(told(other, "未终止"))
    assert Contract.objects.get(number="HT-未").terminated_on is None


def test_an_ending_does_not_outlive_a_term_written_anew(contract: Contract) -> None:
    commit(told(contract, ENDED))
    later = told(contract, effective_on="2027-01-01", ends_on="2027-12-31")
    assert later.preview["changed"][0]["changes"]["terminated_on"] == ["2026-09-30", str(NOT_EARLY)]
    commit(later)
    assert kept(contract) is None
    longer = {"ends_on": "2027-12-31"}
    commit(told(contract, ENDED, **longer))
    commit(told(contract, **longer))
    assert kept(contract) == ENDED


def test_the_refusal_names_the_days_and_the_way_out(contract: Contract) -> None:
    seen = told(contract, "2027-03-01")
    assert codes(seen) == [(2, "outside_contract_term")]
    assert seen.problems["rejected"][0]["message"] == (
        "提前终止日 2027-03-01 不在合同期 2026-01-01 至 2026-12-31 内；"
        "请核对，没有提前终止的请空着，延期的请改终止日期。"
    )


# What follows -------------------------------------------------------------------------------------


@pytest.mark.clause("6.2.1")
def test_a_ledger_that_ends_a_contract_drops_the_months_after_it(contract: Contract) -> None:
    refresh(TODAY)
    assert [start for _kind, start, _due in open_duties(contract.dossier, DutyKind.OFFTAKE)] == [
        "2026-10-01"
    ]
    commit(told(contract, ENDED))
    assert open_duties(contract.dossier, DutyKind.OFFTAKE) == []
    assert Duty.objects.get(kind="offtake").dropped_why == DropReason.NO_CONTRACT
    commit(told(contract, "未终止"))
    assert len(open_duties(contract.dossier, DutyKind.OFFTAKE)) == 1


@pytest.mark.clause("6.1.2")
def test_after_its_last_day_a_file_can_be_closed(contract: Contract) -> None:
    file = contract.dossier
    running = closing.in_the_way(file, State.CLOSED, TODAY)[0]
    assert "录入终止后再申请" in running
    commit(told(contract, TODAY))
    assert closing.in_the_way(file, State.DORMANT, TODAY) == [running]
    assert closing.in_the_way(file, State.DORMANT, TODAY + timedelta(days=1)) == []
    commit(told(contract, ENDED))
    assert closing.in_the_way(file, State.CLOSED, TODAY) == []


def test_the_interface_ends_it_tells_it_and_takes_it_back(contract: Contract) -> None:
    program = Program(plant.person(Role.FILLER, contract.unit), Use.READ, Use.CONTRACTS)
    sent = {
        "number": contract.number, "credit_code": contract.dossier.credit_code, "source": "管道气",
        "effective_on": "2026-01-01", "ends_on": "2026-12-31", "acq": "1200", "unit": "万立方米",
    }  # fmt: skip

    def post(key: str, **more: Any) -> Any:
        return program.post("contracts", [sent | more], key=key).json()

    assert post("early-001", terminated_on="2026-09-30")["changed"] == 1
    (shown,) = program.get("contracts").json()["items"]
    assert shown["terminated_on"] == "2026-09-30"
    assert program.get("contracts", on="2026-10-01").json()["items"] == []
    assert post("early-002", terminated_on=None)["unchanged"] == 1
    (problem,) = post("early-003", terminated_on="2027-01-01")["problems"]
    assert (problem["field"], problem["code"]) == ("terminated_on", "outside_contract_term")
    assert post("early-004", terminated_on="未终止")["changed"] == 1
    assert kept(contract) is None


@pytest.mark.clause("6.1.4")
def test_in_the_whole_workbook_an_emptied_cell_takes_it_back() -> None:
    gd = desk()
    file = complete_dossier(gd)
    one = plant.contract(file)
    sheet = load_workbook(BytesIO(taken(gd.filler, file)))["合同"]
    (cell,) = (f"{head.column_letter}4" for head in sheet[3] if head.value == "提前终止日")
    for given, wanted in ((date(2026, 10, 15), date(2026, 10, 15)), (None, None)):
        edited = changed(taken(gd.filler, file), ("合同", cell, given))
        assert confirmed(gd.filler, file, brought(gd.filler, file, edited)).status_code == 302
        assert kept(one) == wanted
        assert brought(gd.filler, file, edited).context["plan"].anything is False
