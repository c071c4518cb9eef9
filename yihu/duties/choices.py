"""Kinds of duty, of period, and of due date."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DutyKind(models.TextChoices):
    """The two clocks of §6.2.1, then what an event brings (§6.2.1a-e, 6.2.2, 4.1b, 6.4.2)."""

    OFFTAKE = "offtake", _("月度提气量、价")
    REVIEW = "review", _("档案更新")
    NEW_CUSTOMER = "new_customer", _("新客户建档")
    NEW_CONTRACT = "new_contract", _("新签合同更新")
    RATING = "rating", _("评级结果更新")
    VISIT = "visit", _("访谈情况更新")
    BASIC_CHANGE = "basic_change", _("重大变化更新")
    RISK = "risk", _("风险备注复核")
    GUIDE = "guide", _("新版指南补填")
    RECTIFICATION = "rectification", _("检查整改")


CYCLES = (DutyKind.OFFTAKE, DutyKind.REVIEW)
EVENTS = tuple(kind for kind in DutyKind if kind not in CYCLES)
CLAUSES = {
    DutyKind.OFFTAKE: "6.2.1",
    DutyKind.REVIEW: "6.2.1",
    DutyKind.NEW_CUSTOMER: "6.2.1a",
    DutyKind.NEW_CONTRACT: "6.2.1b",
    DutyKind.RATING: "6.2.1c",
    DutyKind.VISIT: "6.2.1d",
    DutyKind.BASIC_CHANGE: "6.2.1e",
    DutyKind.RISK: "6.2.2",
    DutyKind.GUIDE: "6.1.4",
    DutyKind.RECTIFICATION: "6.4.2",
}


class PeriodKind(models.TextChoices):
    MONTH = "month", _("每月")
    QUARTER = "quarter", _("每季度")
    HALF_YEAR = "half_year", _("每半年")
    EVENT = "event", _("每次发生")


class DueRule(models.TextChoices):
    """`own_date`: the date that the occasion itself names, else so many working days after it."""

    LAST_WORKING_DAY = "last_working_day", _("周期最后一个工作日")
    NTH_WORKING_DAY_AFTER = "nth_working_day_after", _("周期结束后第 N 个工作日")
    AFTER_EVENT = "after_event", _("发生后第 N 个工作日")
    OWN_DATE = "own_date", _("所载日期；未载明的为发生后第 N 个工作日")


class Deed(models.TextChoices):
    """What fulfilled a duty: rows or an approval, never a tick."""

    OFFTAKE = "offtake", _("提气量、价已入库")
    VERSION = "version", _("新版本已审核通过")
    RESULT = "result", _("事项已办结")


class DropReason(models.TextChoices):
    CLASS = "class", _("客户分类已变更")
    CLOSED = "closed", _("档案已关闭")
    NO_CONTRACT = "no_contract", _("该月没有在执行的合同")
    WITHDRAWN = "withdrawn", _("事由已撤销")


class OccasionKind(models.TextChoices):
    BASIC_CHANGE = "basic_change", _("基本信息重大变化")
    GUIDE = "guide", _("新版指南新增必填")


class Verdict(models.TextChoices):
    ASKED = "asked", _("待集团审批")
    CONSENTED = "consented", _("已同意")
    REFUSED = "refused", _("未同意")
    WITHDRAWN = "withdrawn", _("已撤回")


class Ground(models.TextChoices):
    """Why a file is to be dormant or closed, as the unit says it."""

    ENDED = "ended", _("合同已全部终止，不再合作")
    CANCELLED = "cancelled", _("客户已注销、吊销或歇业")
    MOVED = "moved", _("业务已转至其他所属单位")
    DOUBLE = "double", _("与另一份档案重复")
    MISTAKEN = "mistaken", _("误建档案，未成交")
    OTHER = "other", _("其他（在理由中写明）")


class ReplanState(models.TextChoices):
    RUNNING = "running", _("正在重排")
    DONE = "done", _("已重排")
    FAILED = "failed", _("没有完成")
