"""Kinds and states of an import."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportKind(models.TextChoices):
    CUSTOMERS = "customers", _("客户台账")
    CONTRACTS = "contracts", _("合同台账")
    OFFTAKE = "offtake", _("月度提气量、价")
    PERSONNEL = "personnel", _("人事变动")
    RATINGS = "ratings", _("客户评级结果")


class ImportState(models.TextChoices):
    PARSING = "parsing", _("读取中")
    PREVIEWED = "previewed", _("待确认")
    COMMITTING = "committing", _("入库中")
    COMMITTED = "committed", _("已入库")
    REFUSED = "refused", _("已退回")
    DISCARDED = "discarded", _("已放弃")
    FAILED = "failed", _("失败")
