"""What the nightly rules look for: each a query of the same name in `sql/` (§6.2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from yihu.risks.choices import Kind

CHECK_DAYS = {1: 180, 2: 90, 3: 30}
"""When a new remark is looked at again unless somebody says otherwise, by level."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`number` is its parameter's default in `measure`; None where it has
    none; `least` and `most` bound what may be set.

    `says` is the sentence of a proposal, with the names of the query's figures.
    """

    code: str
    clause: str
    kind: Kind
    label: Any
    says: Any
    number: int | None
    measure: Any
    least: int
    most: int


RULES = (
    Rule(
        "overdue", "6.2.2c", Kind.FINANCE, _("货款逾期"),
        _("合同 %(contract)s 自 %(month)s 起有 %(months)s 个月未付清，"
          "逾期 %(days)s 天，共欠 %(owed_yuan)s 元。"),
        30, _("天（月末起算的账期）"), 0, 365,
    ),
    Rule(
        "completion", "6.2.2d", Kind.OTHER, _("提气量明显不足"),
        _("合同 %(contract)s 截至 %(through)s 提气 %(actual)s %(unit)s，"
          "为按天折算合同量 %(expected)s %(unit)s 的 %(percent)s%%。"),
        60, _("%（低于即提示）"), 1, 100,
    ),
    Rule(
        "compliance", "6.2.2b", Kind.CREDIT, _("合规资信审查有问题"),
        _("%(on)s 的合规资信审查：失信 %(dishonesty)s 项，诉讼 %(lawsuits)s 项，"
          "处罚 %(penalties)s 项，%(result)s。"),
        1, _("项（诉讼、处罚合计；失信有一项即提示）"), 1, 100,
    ),
    Rule(
        "licence", "6.2.2b", Kind.CREDIT, _("许可证到期"),
        _("%(name)s %(licence)s 有效期至 %(until)s。"),
        90, _("天（提前提示）"), 0, 365,
    ),
    Rule(
        "registration", "6.2.2b", Kind.CREDIT, _("登记状态异常"),
        _("登记状态为“%(status)s”。"),
        None, "", 0, 0,
    ),
    Rule(
        "after_end", "6.2.2d", Kind.OTHER, _("合同终止后仍提气"),
        _("合同 %(contract)s 已于 %(ended)s 终止，%(month)s 仍提气 %(actual)s %(unit)s。"),
        12, _("个月（回看）"), 1, 36,
    ),
    Rule(
        "above_mdq", "6.2.2d", Kind.OTHER, _("月提气量超最大日提气量"),
        _("合同 %(contract)s %(month)s 提气 %(actual)s %(unit)s，"
          "超过最大日提气量 × 天数 %(most)s %(unit)s。"),
        6, _("个月（回看）"), 1, 36,
    ),
)  # fmt: skip
RULE = {rule.code: rule for rule in RULES}

RESULTS = {"passed": _("结论通过"), "conditional": _("结论附条件"), "failed": _("结论不通过")}
STATUSES = {
    "revoked": _("吊销"),
    "deregistered": _("注销"),
    "suspended": _("停业"),
    "liquidation": _("清算"),
    "relocated": _("迁出"),
}
LICENCES = {
    "gas_licence": _("燃气经营许可证"),
    "hazchem_licence": _("危险化学品经营许可证"),
    "power_licence": _("电力业务许可证"),
    "term_to": _("营业期限"),
}
UNITS = {"wan_m3": _("万立方米"), "t": _("吨")}
WORDS: Mapping[str, Mapping[str, Any]] = {
    "result": RESULTS,
    "status": STATUSES,
    "name": LICENCES,
    "unit": UNITS,
}


def sentence(code: str, figures: Mapping[str, Any]) -> str:
    """What a rule found, in words; figures as their query gives them."""
    said = {name: WORDS.get(name, {}).get(value, value) for name, value in figures.items()}
    return str(RULE[code].says) % said
