"""Kinds of duty, of period, and of due date."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DutyKind(models.TextChoices):
    OFFTAKE = "offtake", _("月度提气量、价")
    REVIEW = "review", _("档案更新")


class PeriodKind(models.TextChoices):
    MONTH = "month", _("每月")
    QUARTER = "quarter", _("每季度")
    HALF_YEAR = "half_year", _("每半年")


class DueRule(models.TextChoices):
    LAST_WORKING_DAY = "last_working_day", _("周期最后一个工作日")
    NTH_WORKING_DAY_AFTER = "nth_working_day_after", _("周期结束后第 N 个工作日")


class Deed(models.TextChoices):
    """What fulfilled a duty: rows or an approval, never a tick."""

    OFFTAKE = "offtake", _("提气量、价已入库")
    VERSION = "version", _("新版本已审核通过")


class DropReason(models.TextChoices):
    CLASS = "class", _("客户分类已变更")
    CLOSED = "closed", _("档案已关闭")
    NO_CONTRACT = "no_contract", _("该月没有在执行的合同")
