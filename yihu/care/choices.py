"""What may be asked of a fact, and where suggestions stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FactType(models.TextChoices):
    NUMBER = "number", _("数值")
    CHOICE = "choice", _("单选")
    CHOICES = "choices", _("多选")
    YES = "yes", _("是否")


class Match(models.TextChoices):
    ALL = "all", _("同时符合全部条件")
    ANY = "any", _("符合任一条件")


class Op(models.TextChoices):
    GE = "ge", _("不低于")
    LE = "le", _("不高于")
    SOME = "some", _("有数据")
    NONE = "none", _("无数据")
    IN = "in", _("属于")
    OUT = "out", _("不属于")
    YES = "yes", _("是")
    NO = "no", _("否")


OPS = {
    FactType.NUMBER: (Op.GE, Op.LE, Op.SOME, Op.NONE),
    FactType.CHOICE: (Op.IN, Op.OUT),
    FactType.CHOICES: (Op.IN, Op.OUT),
    FactType.YES: (Op.YES, Op.NO),
}
"""By the type of the fact."""
VALUED = (Op.GE, Op.LE, Op.IN, Op.OUT)
"""These compare with a value; the others are whole by themselves."""


class SuggestionState(models.TextChoices):
    OPEN = "open", _("待处理")
    TAKEN = "taken", _("已采纳")
    DISMISSED = "dismissed", _("不采纳")
    GONE = "gone", _("情形已消失")
