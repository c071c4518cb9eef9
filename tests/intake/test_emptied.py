"""A cell of the file's own workbook that a person emptied is empty afterwards (§6.1.4)."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests import plant
from tests.dossiers.files import TODAY, Desk, complete_dossier, desk
from tests.intake.test_actions import CONTRACT, bring, commit
from tests.intake.test_whole import brought, changed, confirmed, taken
from yihu.contracts.models import Contract, Offtake
from yihu.dossiers.models import Dossier

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.1.4")]
OPTIONAL = {"合同名称": "", "签订日期": None, "最大日提气量MDQ": None, "照付不议比例": None,
            "合同单价": None, "价格机制": "", "结算方式": "", "备注": ""}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())


@pytest.fixture
def kept() -> tuple[Desk, Dossier, Contract]:
    """A file with a contract of which everything is told, and one month."""
    gd = desk()
    file = complete_dossier(gd)
    contract = plant.contract(file)
    Contract.objects.filter(pk=contract.pk).update(
        price_mechanism="门站价联动", settlement="月结", note="续签"
    )
    plant.month(contract, date(2026, 10, 1))
    Offtake.objects.update(paid_yuan=1000, note="检修")
    return gd, file, contract


def emptied(content: bytes, sheet: str, row: int, *heads: str) -> bytes:
    """The workbook without what stands under these headers; those with a unit by their start."""
    cells = openpyxl.load_workbook(io.BytesIO(content))[sheet][3]
    found = [next(cell for cell in cells if str(cell.value).startswith(head)) for head in heads]
    return changed(content, *((sheet, f"{cell.column_letter}{row}", None) for cell in found))


def shown(seen: Any) -> list[tuple[str, str]]:
    lines = [line for part in seen.context["parts"] for line in part.lines]
    return [(line.label.split(" · ")[1], line.new) for line in lines]


def test_what_is_emptied_of_a_contract_is_shown_and_gone(
    kept: tuple[Desk, Dossier, Contract],
) -> None:
    gd, file, contract = kept
    content = emptied(taken(gd.filler, file), "合同", 4, *OPTIONAL)
    seen = brought(gd.filler, file, content)
    assert len(shown(seen)) == len(OPTIONAL)
    assert {new for _label, new in shown(seen)} == {"（空）"}
    assert confirmed(gd.filler, file, seen).status_code == 302
    contract.refresh_from_db()
    left = (contract.title, contract.signed_on, contract.mdq, contract.take_or_pay_percent,
            contract.price_yuan, contract.price_mechanism, contract.settlement,
            contract.note)  # fmt: skip
    assert left == tuple(OPTIONAL.values())
    assert brought(gd.filler, file, content).context["plan"].anything is False


def test_what_is_emptied_of_a_month_is_shown_and_gone(
    kept: tuple[Desk, Dossier, Contract],
) -> None:
    gd, file, _contract = kept
    heads = ("计划量", "结算金额", "已回款", "备注")
    seen = brought(gd.filler, file, emptied(taken(gd.filler, file), "月度", 4, *heads))
    assert len(shown(seen)) == len(heads)
    assert confirmed(gd.filler, file, seen).status_code == 302
    month = Offtake.objects.get()
    assert (month.planned, month.amount_yuan, month.paid_yuan, month.note) == (None, None, None, "")
    assert month.actual == 100


def test_a_row_that_is_otherwise_as_it_was_changes_by_that_alone(
    kept: tuple[Desk, Dossier, Contract],
) -> None:
    gd, file, contract = kept
    seen = brought(gd.filler, file, emptied(taken(gd.filler, file), "合同", 4, "备注"))
    preview = seen.context["plan"].previews["contracts"]
    assert (preview.changed, preview.unchanged) == (1, 0)
    assert preview.rows["changed"][0].changes == {"note": ["续签", None]}
    confirmed(gd.filler, file, seen)
    contract.refresh_from_db()
    assert (contract.note, contract.settlement) == ("", "月结")


def test_the_direction_cannot_be_emptied(kept: tuple[Desk, Dossier, Contract]) -> None:
    gd, file, _contract = kept
    answer = brought(gd.filler, file, emptied(taken(gd.filler, file), "合同", 4, "购销方向"))
    assert answer.status_code == 422
    (problem,) = answer.context["plan"].problems
    assert (problem.sheet, problem.row, problem.code) == ("合同", 4, "missing_value")
    assert problem.column
    assert "购销方向" in problem.message


def test_a_blank_cell_of_a_ledger_leaves_what_is_there(
    kept: tuple[Desk, Dossier, Contract],
) -> None:
    _gd, file, contract = kept
    row = [contract.number, None, file.credit_code, "管道气", contract.effective_on,
           contract.ends_on, 1300, "万方"]  # fmt: skip
    commit(bring(file.unit, "contracts", CONTRACT, row))
    contract.refresh_from_db()
    assert (contract.acq, contract.note, contract.settlement) == (1300, "续签", "月结")
