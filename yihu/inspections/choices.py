"""Kinds of inspection, how files are drawn, what is found, and where it stands (§6.4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    MONTHLY = "monthly", _("每月检查")
    QUARTERLY = "quarterly", _("每季度抽查")
    YEARLY = "yearly", _("每年统查")
    SPECIAL = "special", _("专项检查")
    SELF = "self", _("单位自查")


class Method(models.TextChoices):
    """How many files of each unit people look at; rules look at every one."""

    ALL = "all", _("全部")
    SHARE = "share", _("按比例")
    NUMBER = "number", _("按数量")


class State(models.TextChoices):
    PLANNED = "planned", _("已计划")
    RUNNING = "running", _("自动检查中")
    OPEN = "open", _("检查中")
    FINISHED = "finished", _("已结束")
    CANCELLED = "cancelled", _("已取消")


class SubjectState(models.TextChoices):
    """Where the inspection of a drawn file stands."""

    WAITING = "waiting", _("待检查")
    CLAIMED = "claimed", _("检查中")
    DONE = "done", _("已检查")


class Severity(models.IntegerChoices):
    MINOR = 1, _("轻微")
    NORMAL = 2, _("一般")
    SERIOUS = 3, _("严重")


class Verdict(models.TextChoices):
    """What an inspector says of an item of the checklist, in the order of the keys 1 to 5."""

    OK = "ok", _("符合")
    MINOR = "minor", _("轻微问题")
    NORMAL = "normal", _("一般问题")
    SERIOUS = "serious", _("严重问题")
    NOT_APPLICABLE = "na", _("不适用")


SEVERITY_OF = {
    Verdict.MINOR: Severity.MINOR,
    Verdict.NORMAL: Severity.NORMAL,
    Verdict.SERIOUS: Severity.SERIOUS,
}


class ResultState(models.TextChoices):
    """What became of a check that a file did not pass."""

    OPEN = "open", _("待核")
    FOUND = "found", _("列为问题")
    DISMISSED = "dismissed", _("不列为问题")


class PlaceKind(models.TextChoices):
    """What a finding hangs on."""

    FIELD = "field", _("栏目")
    SECTION = "section", _("部分")
    ORIGINAL = "original", _("原件")
    CONTRACT = "contract", _("合同")
    FILE = "file", _("整份档案")


class Cause(models.TextChoices):
    """The sort of a finding, by which rounds are counted."""

    LATE = "late", _("未及时更新")
    MISSING = "missing", _("漏填漏建")
    WRONG = "wrong", _("填报不准确")
    MISMATCH = "mismatch", _("前后不一致")
    REVIEW = "review", _("审核不到位")
    PAPER = "paper", _("原件与函件保管")
    FOLLOW = "follow", _("跟进不落实")
    RISK = "risk", _("风险未复核")
    PEOPLE = "people", _("人员未落实")
    OTHER = "other", _("其他")


class Root(models.TextChoices):
    """Why it came to that, as the unit says in its reply."""

    CARE = "care", _("责任心不足")
    RULES = "rules", _("制度要求不清")
    SKILL = "skill", _("业务不熟")
    HANDS = "hands", _("人手不足")
    SYSTEM = "system", _("系统或数据接口")
    CUSTOMER = "customer", _("客户未提供")
    OTHER = "other", _("其他")


class FindingState(models.TextChoices):
    OPEN = "open", _("待下发")
    ORDERED = "ordered", _("待整改")
    REPLIED = "replied", _("待复核")
    RETURNED = "returned", _("退回整改")
    CLOSED = "closed", _("已销号")
    WITHDRAWN = "withdrawn", _("已撤销")


OWING = (FindingState.ORDERED, FindingState.RETURNED)
"""What the unit has yet to answer."""
STANDING = (FindingState.ORDERED, FindingState.REPLIED, FindingState.RETURNED)
"""What is ordered and not closed."""


class Judgement(models.TextChoices):
    """What the inspector says of a reply."""

    ACCEPTED = "accepted", _("同意销号")
    RETURNED = "returned", _("退回")
