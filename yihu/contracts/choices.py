"""Choices of contracts and offtake."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    SALE = "sale", _("销售")
    PURCHASE = "purchase", _("采购")


class Source(models.TextChoices):
    PIPELINE = "pipeline", _("管道气")
    LNG = "lng", _("LNG")


class QuantityUnit(models.TextChoices):
    """10⁴ m³ at 20 °C and 101.325 kPa, or tonnes."""

    WAN_M3 = "wan_m3", _("万立方米")
    TONNE = "t", _("吨")


class MonthBasis(models.TextChoices):
    """Which days a month's figure covers: the gas day runs 08:00 to 08:00."""

    CALENDAR = "calendar", _("自然月")
    GAS = "gas", _("供气月（08:00–08:00）")


UNIT_OF = {Source.PIPELINE: QuantityUnit.WAN_M3, Source.LNG: QuantityUnit.TONNE}
"""The unit that a contract's quantities stand in, by its source."""

PRICE_UNIT = {Source.PIPELINE: _("元/立方米"), Source.LNG: _("元/吨")}


class Named(models.TextChoices):
    """What a row of a ledger named and the unit does not have."""

    CONTRACT = "contract", _("合同")
    CUSTOMER = "customer", _("客户")
