"""What a regulation is worth on a day, and whose it is."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Standing(models.TextChoices):
    IN_FORCE = "in_force", _("现行有效")
    COMING = "coming", _("尚未施行")
    SUPERSEDED = "superseded", _("已被替代")
    REPEALED = "repealed", _("已废止")


class Level(models.TextChoices):
    GROUP = "group", _("集团制度")
    UNIT = "unit", _("单位细则")
