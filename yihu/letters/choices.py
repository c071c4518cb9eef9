"""Which way a letter went, and where its answer stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    IN = "in", _("来函")
    OUT = "out", _("去函")


OTHER_WAY = {Direction.IN: Direction.OUT, Direction.OUT: Direction.IN}
INITIAL = {Direction.IN: "来", Direction.OUT: "去"}
"""What a running number begins with, on paper as on the page."""


class Standing(models.TextChoices):
    """Where a letter's answer stands. `open` is due later or has passed, `overdue` has passed."""

    OPEN = "open", _("待回复")
    OVERDUE = "overdue", _("逾期未复")
    ANSWERED = "answered", _("已回复")
    WAIVED = "waived", _("无需回复")
    UNASKED = "unasked", _("未要求回复")
    VOIDED = "voided", _("已作废")
