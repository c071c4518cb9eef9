"""By what the board of timeliness is broken down."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class By(models.TextChoices):
    UNIT = "unit", _("单位")
    FILLER = "filler", _("填报人")
    KLASS = "klass", _("客户分类")
    KIND = "kind", _("任务")


MOST_MONTHS = 24
SHOWN_MONTHS = 12
"""Ending with the month after this one: what is due next is on its way already."""
