"""Periods of assessment and where each stands (§6.4.2)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """How long a period is; the value begins its code: M1 to M12, Q1 to Q4, Y."""

    MONTH = "M", _("月度")
    QUARTER = "Q", _("季度")
    YEAR = "Y", _("年度")


MONTHS = {Kind.MONTH: 1, Kind.QUARTER: 3, Kind.YEAR: 12}


class State(models.TextChoices):
    DRAFT = "draft", _("草稿")
    COMPUTING = "computing", _("正在计算")
    COMPUTED = "computed", _("已计算")
    PUBLISHED = "published", _("已公布")
    FINAL = "final", _("已定案")
    DROPPED = "dropped", _("已作废")


TOLD = (State.PUBLISHED, State.FINAL)
"""What units see."""
OPEN = (State.DRAFT, State.COMPUTED)
"""What may still be computed anew."""


class Verdict(models.TextChoices):
    WAITING = "waiting", _("待裁定")
    GRANTED = "granted", _("成立")
    REFUSED = "refused", _("不成立")
    WITHDRAWN = "withdrawn", _("已撤回")


class EntryKind(models.TextChoices):
    """What headquarters writes down beside what the system counts."""

    BREACH = "breach", _("保密扣分")
    BONUS = "bonus", _("工作加分")
