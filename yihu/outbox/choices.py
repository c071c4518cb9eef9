"""How an endpoint stands, and how one event to one endpoint does."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    ASKED = "asked", _("待同意")
    OPEN = "open", _("启用")
    PAUSED = "paused", _("暂停")
    ENDED = "ended", _("停用")


class Why(models.TextChoices):
    """What made an endpoint pause."""

    NONE = "", _("—")
    HAND = "hand", _("人工暂停")
    FAILING = "failing", _("长时间送不到，自动暂停")
    KEEPER = "keeper", _("负责人已离岗或不再任此角色")


class Sent(models.TextChoices):
    WAITING = "waiting", _("待送")
    DELIVERED = "delivered", _("已送达")
    DEAD = "dead", _("送不出去")
    DROPPED = "dropped", _("已放弃")
