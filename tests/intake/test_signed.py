"""contract.signed: each new contract is news of its file, whichever door brought it (§6.2.1b)."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from tests import plant
from tests.dossiers.files import complete_dossier, desk
from tests.intake.test_actions import CONTRACT, NOW, TODAY, bring, commit
from tests.intake.test_whole import brought, changed, confirmed, taken
from tests.interface.calling import Program
from tests.kit.test_sheet import workbook
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.tokens.rules import Use
from yihu.audit.models import Event
from yihu.contracts.models import Contract
from yihu.desk.dossier_page.queries import timeline_of
from yihu.dossiers.models import Dossier
from yihu.duties.actions import FEW, load_first_policy
from yihu.duties.models import Duty
from yihu.intake import actions
from yihu.org.models import OrgUnit
from yihu.outbox.actions import publish
from yihu.outbox.models import Published

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("on_the_day"),
    pytest.mark.clause("6.2.1b"),
]
HEADERS = [*CONTRACT, "签订日期"]
LIVE, BEFORE = "2026-10-08", "2026-09-30"
"""Days of signing: since the unit's first month with Yihu, October, and the last one before it."""


@pytest.fixture
def file() -> Dossier:
    load_first_policy()
    return plant.dossier(plant.unit("GD"))


def row(of: Dossier, number: str, signed: str | None = LIVE, acq: int = 1200) -> list[object]:
    return [number, None, of.credit_code, "管道气", "2026-10-15", "2027-10-14", acq, "万方", signed]


def ledger(of: Dossier, *rows: list[object], by: User | None = None) -> None:
    commit(bring(of.unit, "contracts", HEADERS, *rows, by=by), by)


def heard() -> list[tuple[str, Any]]:
    """What was told, in its order: number and file."""
    events = Event.objects.filter(verb="contract.signed").order_by("id")
    return [(event.data["number"], event.dossier_id) for event in events]


def test_one_event_a_new_contract_and_none_for_another(file: Dossier) -> None:
    other, filler = plant.dossier(file.unit), plant.person(Role.FILLER, file.unit)
    ledger(file, row(file, "H1"), row(other, "H2"), by=filler)
    assert heard() == [("H1", file.pk), ("H2", other.pk)]
    event = Event.objects.filter(verb="contract.signed").first()
    assert event is not None
    assert (event.subject_type, event.unit_id, event.actor_id) == (
        "contracts.contract",
        file.unit_id,
        filler.pk,
    )
    assert event.subject_id == str(Contract.objects.get(number="H1").pk)
    ledger(file, row(file, "H1"), row(other, "H2", acq=1300), row(file, "H3"))
    assert heard()[2:] == [("H3", file.pk)]


def test_what_was_signed_before_the_unit_lived_with_it_is_no_news(file: Dossier) -> None:
    ledger(file, row(file, "H1", BEFORE), row(file, "H2", "2026-10-01"), row(file, "H3", None))
    assert Contract.objects.count() == 3
    assert heard() == [("H2", file.pk), ("H3", file.pk)]  # of H3 the day of effect is known
    OrgUnit.objects.filter(pk=file.unit_id).update(live_from=None)
    ledger(file, row(file, "H4"))
    assert len(heard()) == 2


def test_a_look_and_a_ledger_that_is_not_taken_tell_nothing(file: Dossier) -> None:
    waiting = bring(file.unit, "contracts", HEADERS, row(file, "H1"))
    content = workbook(HEADERS, row(file, "H1"))
    actions.preview_only(file.unit, kind="contracts", name="台账.xlsx", content=content)
    assert heard() == []
    commit(waiting, digest="moved meanwhile")
    assert heard() == []


def test_the_command_line_tells_it_too(file: Dossier) -> None:
    content = workbook(HEADERS, row(file, "H1"))
    actions.import_now(
        file.unit, kind="contracts", name="台账.xlsx", content=content, today=TODAY, at=NOW
    )
    assert heard() == [("H1", file.pk)]


def test_a_program_tells_it_too(file: Dossier) -> None:
    program = Program(plant.person(Role.FILLER, file.unit), Use.CONTRACTS)
    sent = {
        "number": "ERP-1", "credit_code": file.credit_code, "source": "管道气", "signed_on": LIVE,
        "effective_on": "2026-10-15", "ends_on": "2027-10-14", "acq": "1200", "unit": "万立方米",
    }  # fmt: skip
    for _twice in range(2):
        assert program.post("contracts", [sent]).status_code == 200
    assert heard() == [("ERP-1", file.pk)]


def test_a_whole_workbook_tells_it_once() -> None:
    gd = desk()
    of = complete_dossier(gd)
    plant.contract(of)
    content = taken(gd.filler, of)
    heads = {cell.value: cell.column_letter for cell in load_workbook(BytesIO(content))["合同"][3]}
    values = {"合同编号": "HT-NEW-1", "气源类型": "管道气", "签订日期": date(2026, 10, 8),
              "生效日期": date(2026, 10, 15), "终止日期": date(2027, 12, 31), "年合同量ACQ": 500,
              "计量单位": "万立方米"}  # fmt: skip
    edits = [("合同", f"{heads[head]}5", value) for head, value in values.items()]
    seen = brought(gd.filler, of, changed(content, *edits))
    assert heard() == []
    assert confirmed(gd.filler, of, seen).status_code == 302
    assert heard() == [("HT-NEW-1", of.pk)]


def test_it_stands_in_the_timeline_and_leaves_the_house(file: Dossier) -> None:
    ledger(file, row(file, "H1"))
    assert [event.verb for event in timeline_of([file.pk], risks=False)] == ["contract.signed"]
    publish()
    told = Published.objects.filter(unit_id=file.unit_id).order_by("number")
    assert list(told.values_list("kind", "dossier_id")) == [
        ("contract.signed", file.pk),
        ("contracts.imported", None),
    ]


def test_many_are_told_and_planned_as_one(file: Dossier) -> None:
    def statements(first: int, number: int) -> int:
        files = [plant.dossier(file.unit) for _n in range(number)]
        rows = [row(of, f"H{first + n}") for n, of in enumerate(files)]
        waiting = bring(file.unit, "contracts", HEADERS, *rows)
        with CaptureQueriesContext(connection) as asked:
            commit(waiting)
        assert len(heard()) == first + number
        assert Duty.objects.filter(kind="new_customer").count() == first + number
        return len(asked)

    statements(0, 1)
    assert statements(1, FEW + 1) == statements(FEW + 2, 2 * FEW)
