"""By which gas a customer is told apart (§6.4.1)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Supply(models.TextChoices):
    """Of which gas the sale contracts of a customer are; "" where there is none."""

    PIPELINE = "pipeline", _("只用管道气")
    LNG = "lng", _("只用 LNG")
    BOTH = "both", _("管道气和 LNG")
