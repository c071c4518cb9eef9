"""Rules propose, people judge: each rule finds its case and not the one beside it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests import plant
from tests.dossiers.files import TODAY, desk, moment
from tests.risks.remarked import content
from yihu.access.rules import Role
from yihu.contracts.models import Offtake
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.risks import actions
from yihu.risks.models import Proposal
from yihu.risks.proposing import propose
from yihu.risks.rules import RULES, sentence

pytestmark = pytest.mark.django_db


def found() -> list[tuple[str, str, int]]:
    """Rule, occasion and level of what is open."""
    rows = Proposal.objects.filter(state="open").order_by("rule", "occasion")
    return list(rows.values_list("rule", "occasion", "level"))


def with_document(**document: Any) -> Dossier:
    made = plant.dossier(plant.unit())
    made.document = document
    made.save(update_fields=["document"])
    return made


@pytest.mark.clause("6.2.2c")
def test_unpaid_months_are_one_proposal_a_contract() -> None:
    contract = plant.contract(plant.dossier(plant.unit()))
    for month, actual, paid in ((8, "100", "0"), (9, "100", "3100000"), (10, "100", "0")):
        plant.month(contract, date(2026, month, 1), actual=actual)
        Offtake.objects.filter(month=date(2026, month, 1)).update(paid_yuan=Decimal(paid))
    propose(today=TODAY)
    assert found() == [("overdue", f"{contract.number} 2026-08", 1)]
    (row,) = Proposal.objects.all()
    assert sentence(row.rule, row.figures) == (
        f"合同 {contract.number} 自 2026-08 起有 1 个月未付清，逾期 35 天，共欠 3,100,000.00 元。"
    )
    Offtake.objects.update(paid_yuan=Decimal("3100000"))
    propose(today=TODAY)
    assert (found(), Proposal.objects.get().state) == ([], "gone")


def test_a_payment_that_nobody_stated_is_not_unpaid() -> None:
    contract = plant.contract(plant.dossier(plant.unit()))
    plant.month(contract, date(2026, 5, 1))
    propose(today=TODAY)
    assert "overdue" not in {rule for rule, _occasion, _level in found()}


@pytest.mark.clause("6.2.2d")
def test_too_little_is_taken() -> None:
    file = plant.dossier(plant.unit())
    little, enough = plant.contract(file), plant.contract(file)
    for month in range(1, 11):
        plant.month(little, date(2026, month, 1), actual="40")
        plant.month(enough, date(2026, month, 1), actual="70")
    propose(today=TODAY)
    assert found() == [("completion", f"{little.number} 2026-Q4", 1)]
    assert Proposal.objects.get().figures["percent"] == "40.0"


@pytest.mark.clause("6.2.2b")
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"reg_status": "existing"}, []),
        ({"reg_status": "revoked"}, [("registration", "revoked", 3)]),
        (
            {"compliance_check": [
                {"checked_on": "2026-01-01", "lawsuits": "4"},
                {"checked_on": "2026-10-01", "result": "passed", "lawsuits": "0"}]},
            [],
        ),
        (
            {"compliance_check": [
                {"checked_on": "2026-10-01", "result": "failed", "dishonesty": "1"}]},
            [("compliance", "2026-10-01 1 0 0 failed", 3)],
        ),
        (
            {"compliance_check": [
                {"checked_on": "2026-10-01", "result": "passed", "lawsuits": "1"}]},
            [("compliance", "2026-10-01 0 1 0 passed", 1)],
        ),
        (
            {"compliance_check": [
                {"checked_on": "2026-10-01", "result": "passed", "penalties": "3"}]},
            [("compliance", "2026-10-01 0 0 3 passed", 2)],
        ),
        (
            {"compliance_check": [
                {"checked_on": "2026-10-01", "result": "passed", "dishonesty": "1"}]},
            [("compliance", "2026-10-01 1 0 0 passed", 3)],
        ),
        (
            {"compliance_check": [{"checked_on": "2026-10-01", "result": "conditional"}]},
            [("compliance", "2026-10-01 0 0 0 conditional", 2)],
        ),
        ({"gas_licence": [{"number": "燃1", "valid_to": "2027-03-01"}]}, []),
        (
            {"gas_licence": [{"number": "燃1", "valid_to": "2027-01-31"}]},
            [("licence", "gas_licence 燃1 2027-01-31 soon", 1)],
        ),
        (
            {"gas_licence": [{"number": "燃1", "valid_to": "2026-11-04"}],
             "hazchem_licence": "不是表格", "term_to": "长期"},
            [("licence", "gas_licence 燃1 2026-11-04 expired", 2)],
        ),
        (
            {"gas_licence": [
                {"number": "旧", "valid_to": "2020-01-01"},
                {"number": "新", "valid_to": "2030-01-01"}]},
            [],
        ),
    ],
)  # fmt: skip
def test_what_the_file_itself_says(
    document: dict[str, Any], expected: list[tuple[str, str, int]]
) -> None:
    with_document(**document)
    propose(today=TODAY)
    assert found() == expected
    assert all("%(" not in sentence(row.rule, row.figures) for row in Proposal.objects.all())


@pytest.mark.clause("6.2.2d")
def test_gas_after_the_end_and_above_the_daily_maximum() -> None:
    file = plant.dossier(plant.unit())
    over = plant.contract(file, ends_on=date(2026, 8, 31))
    plant.month(over, date(2026, 8, 1), actual="124")  # 4 × 31, and no more
    plant.month(over, date(2026, 9, 1), actual="125")  # 4 × 30 = 120
    propose(today=TODAY)
    assert found() == [
        ("above_mdq", f"{over.number} 2026-09", 1),
        ("after_end", f"{over.number} 2026-09", 2),
    ]
    assert all("%(" not in sentence(row.rule, row.figures) for row in Proposal.objects.all())


@pytest.mark.clause("6.2.2")
def test_accepted_or_dismissed_once_and_not_again_for_the_same_facts() -> None:
    gd = desk()
    files = [with_document(reg_status=status) for status in ("revoked", "suspended")]
    assert propose(today=TODAY)["registration"] == 2
    assert propose(today=TODAY)["registration"] == 0
    taken, left = (Proposal.objects.get(dossier=file) for file in files)
    made = actions.raise_remark(
        gd.filler, files[0], content=content(gd), level=3, next_check_on=date(2026, 12, 1),
        at=moment(), today=TODAY, proposal=taken,
    )  # fmt: skip
    taken.refresh_from_db()
    assert (taken.state, taken.remark) == ("accepted", made)
    with pytest.raises(Unfit, match="请写明不予登记的理由"):
        actions.dismiss(gd.filler, left, reason=" ", at=moment())
    actions.dismiss(gd.filler, left, reason="季节性停业", at=moment())
    with pytest.raises(Refused, match="已处理"):
        actions.dismiss(gd.filler, left, reason="再来", at=moment())
    propose(today=TODAY)
    assert found() == []
    files[1].document = {"reg_status": "deregistered"}
    files[1].save(update_fields=["document"])
    propose(today=TODAY)
    assert found() == [("registration", "deregistered", 3)]


def test_headquarters_sets_a_parameter_from_a_day_on() -> None:
    head = plant.person(Role.SUPERVISOR)
    with_document(gas_licence=[{"number": "燃1", "valid_to": "2027-01-31"}])
    with pytest.raises(Unfit, match="参数应在 0 与 365 之间"):
        actions.set_rule(
            head, "licence", number=999, effective_on=TODAY, reason="试", at=moment(), today=TODAY
        )
    actions.set_rule(
        head, "licence", number=30, effective_on=TODAY, reason="减少提示", at=moment(), today=TODAY
    )
    propose(today=TODAY)
    assert found() == []
    propose(today=date(2027, 1, 5))
    assert len(found()) == 1


@pytest.mark.clause("6.2.2b")
def test_more_lawsuits_may_be_let_pass_but_no_dishonesty() -> None:
    actions.set_rule(
        plant.person(Role.SUPERVISOR), "compliance", number=3, effective_on=TODAY,
        reason="减少提示", at=moment(), today=TODAY,
    )  # fmt: skip
    for counted in ({"lawsuits": "2"}, {"lawsuits": "2", "penalties": "1"}, {"dishonesty": "1"}):
        with_document(
            compliance_check=[{"checked_on": "2026-10-01", "result": "passed", **counted}]
        )
    propose(today=TODAY)
    assert found() == [
        ("compliance", "2026-10-01 0 2 1 passed", 2),
        ("compliance", "2026-10-01 1 0 0 passed", 3),
    ]


def test_every_rule_runs_on_nothing() -> None:
    assert propose(today=TODAY) == {rule.code: 0 for rule in RULES}
