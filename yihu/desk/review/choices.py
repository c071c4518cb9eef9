"""Which submissions a reviewer can pass together."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    PLAIN = "plain", _("只核对，栏目无改动")
    CHANGED = "changed", _("有栏目改动")
