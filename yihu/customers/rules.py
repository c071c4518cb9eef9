"""Classes and gas uses of annex 2 and the guide."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Klass(models.TextChoices):
    STRATEGIC = "strategic", _("战略客户")
    VIP = "vip", _("VIP客户")
    INTERNAL = "internal", _("内部客户")
    GENERAL = "general", _("一般客户")


class GasUse(models.TextChoices):
    CITY_GAS = "01", _("城镇燃气")
    INDUSTRIAL_FUEL = "02", _("工业燃料")
    POWER = "03", _("燃气发电")
    CHEMICAL = "04", _("化工原料")
    LNG_TRADE = "05", _("LNG贸易/分销")
    DISTRIBUTED = "06", _("分布式能源")
    GRID = "07", _("省网/管道")
    LIQUEFACTION = "08", _("液化厂")
    CNG = "09", _("CNG母站")
    TRANSFER = "10", _("内部转供")
    OTHER = "99", _("其他")


class ClassSource(models.TextChoices):
    LEDGER = "ledger", _("客户台账")
    RATING = "rating", _("评级结果")
    DECISION = "decision", _("集团认定")
