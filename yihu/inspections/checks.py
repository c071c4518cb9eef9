"""The automatic checks of an inspection: a line here, a query in `sql/checks/` (§6.4.1).

A query says for every file that it applies to: `unit_id`, `id` (of the subject), and `detail`,
NULL where the file passes. It reads `subject` (the frozen files) or `fact` (the same with what
their version says), and may use `%(cutoff)s`, `%(since)s`, `%(until)s` and the arrays of
`queries.given`. A new check is a line here, its query, and its sentence in `saying.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from yihu.inspections.choices import Cause, PlaceKind, Severity

HERE = Path(__file__).parent / "sql"
OFFTAKE, WHOLE = "offtake", "whole"
LONG_TEXT = 20
"""Characters: shorter texts may well be the same in two files."""
STILL_DAYS = 30
"""A follow-up without an entry for so long does not move."""
TOLERANCE_YUAN = 100
"""0.01 万元: what volume × price may differ from the amount (FIELDS C)."""
HOLLOW = (
    "无",
    "同上",
    "暂无",
    "略",
    "/",
    "-",
    "—",
    "不详",
    "未知",
    "待补充",
    "待定",
    "N/A",
    "n/a",
    "同前",
)
"""Texts that say nothing."""


@dataclass(frozen=True, slots=True)
class Check:
    """`scope`: `whole` files only, or `offtake` for every file in scope. `explains`: what is
    looked at, for the page. `place_kind`, `place`: where its finding hangs.
    """

    code: str
    label: Any
    clause: str
    severity: Severity
    weight: int
    cause: Cause
    scope: str
    place_kind: PlaceKind
    place: str
    explains: Any

    @property
    def sql(self) -> str:
        """Its query."""
        return (HERE / "checks" / f"{self.code}.sql").read_text("utf-8")


def _check(
    code: str,
    label: Any,
    clause: str,
    severity: Severity,
    weight: int,
    cause: Cause,
    place: tuple[PlaceKind, str],
    explains: Any,
    *,
    scope: str = WHOLE,
) -> Check:
    return Check(code, label, clause, severity, weight, cause, scope, *place, explains)


_FILE = (PlaceKind.FILE, "")
_PERFORMANCE = (PlaceKind.SECTION, "performance")
_INTERVIEWS = (PlaceKind.SECTION, "interviews")
CHECKS: Sequence[Check] = (
    _check(
        "complete", _("按现行指南填齐"), "5.4", Severity.NORMAL, 10, Cause.MISSING, _FILE,
        _("截止日在用的填报指南对该客户分类、用气类型要求必填的栏目，逐栏看是否有内容。"),
    ),
    _check(
        "on_time", _("按期更新"), "6.2.1", Severity.NORMAL, 10, Cause.LATE, _FILE,
        _("期间内到期的档案更新和事件任务，是否在截止日期前由新版本或结果完成；豁免、取消的不算。"),
    ),
    _check(
        "credit_code", _("信用代码有效"), "5.2", Severity.SERIOUS, 6, Cause.WRONG,
        (PlaceKind.FIELD, "uscc"),
        _("18 位，字符集和校验码符合 GB 32100-2015。"),
    ),
    _check(
        "licence", _("证照在有效期内"), "6.2.2b", Severity.SERIOUS, 6, Cause.LATE,
        (PlaceKind.FIELD, "gas_licence"),
        _("燃气经营、危险化学品经营、电力业务许可证和营业期限，同类取最迟到期的一份，不早于截止日。"),
    ),
    _check(
        "region", _("区域相符"), "6.3.1", Severity.NORMAL, 3, Cause.WRONG,
        (PlaceKind.FIELD, "region_code"),
        _("档案的行政区划已填，且在所属单位的销售区域之内。"),
    ),
    _check(
        "ledger", _("合同台账与档案一致"), "5.3", Severity.NORMAL, 8, Cause.MISMATCH, _PERFORMANCE,
        _("截止日前签订的合同，与档案最近审核版本所载逐份比对：有无、年合同量、单价、照付不议比例、起止。"),
    ),
    _check(
        "take_or_pay", _("照付不议自洽"), "6.1.1", Severity.NORMAL, 4, Cause.MISMATCH, _PERFORMANCE,
        _("期限满一年、仍在执行的销售合同应载明照付不议比例；全年计划量不应低于年合同量乘以该比例。"),
    ),
    _check(
        "original", _("合同原件已登记"), "6.3.3", Severity.NORMAL, 5, Cause.PAPER, _PERFORMANCE,
        _("截止日前签订的每份合同，原件登记簿中有同号的合同原件（未销毁）。"),
    ),
    _check(
        "letters", _("函件已回复"), "4.3c", Severity.NORMAL, 4, Cause.PAPER, _PERFORMANCE,
        _("有回复期限的函件，期限早于截止日的，已有回函或注明无需回复。"),
    ),
    _check(
        "followups", _("跟进事项有进展"), "6.2.1d", Severity.NORMAL, 5, Cause.FOLLOW, _INTERVIEWS,
        _("截止日未形成结果的跟进事项，没有超过期限，且最近 30 天有登记。"),
    ),
    _check(
        "risks", _("风险备注按期复核"), "6.2.2", Severity.SERIOUS, 6, Cause.RISK, _PERFORMANCE,
        _("未解除的风险备注，下次复核日不早于截止日。"),
    ),
    _check(
        "filler", _("专人填报"), "5.2", Severity.SERIOUS, 5, Cause.PEOPLE, _FILE,
        _("档案有指定的填报人，且其本人在职。"),
    ),
    _check(
        "two_people", _("双人审核"), "5.2", Severity.SERIOUS, 6, Cause.REVIEW, _FILE,
        _("档案至少有一个审核通过的版本，指定的审核人与填报人不是同一人。"),
    ),
    _check(
        "class_rating", _("分类与评级一致"), "6.1.3", Severity.NORMAL, 5, Cause.MISMATCH,
        (PlaceKind.FIELD, "cust_class"),
        _("客户分类等于截止日前最近一次最终评级所定的类别；其后集团另行认定的不比。"),
    ),
    _check(
        "hollow", _("内容言之有物"), "5.2", Severity.MINOR, 4, Cause.WRONG, _FILE,
        _("必填和大段文字不是“无”“同上”之类；大段文字没有与另一客户的一字不差。"),
    ),
    _check(
        "offtake_on_time", _("提气量、价按月入库"), "6.2.1", Severity.NORMAL, 8, Cause.LATE,
        _PERFORMANCE, _("期间内各月的提气量、价任务，在截止日期前完成。"), scope=OFFTAKE,
    ),
    _check(
        "amount", _("金额等于量乘价"), "5.2", Severity.SERIOUS, 8, Cause.WRONG, _PERFORMANCE,
        _("期间内各月，结算金额与提气量乘单价相差不超过 100 元（0.01 万元）。"), scope=OFFTAKE,
    ),
    _check(
        "above_mdq", _("提气量在合同范围内"), "5.2", Severity.NORMAL, 4, Cause.WRONG, _PERFORMANCE,
        _("期间内各月，提气量不超过最大日量乘当月天数，且该月在合同期内。"), scope=OFFTAKE,
    ),
)  # fmt: skip
CHECK = {check.code: check for check in CHECKS}


def run_sql(check: Check) -> str:
    """The whole statement of a check: what it says, its failures and each unit's tally."""
    frame = (HERE / "run.sql").read_text("utf-8")
    return frame.replace("{check}", check.sql)
