"""What is masked, for how long it is shown, how often in a day; who is sealed (§5.5, PIPL)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from yihu.access.rules import Role

KEEPERS = (Role.FILLER, Role.REVIEWER, Role.STEWARD)
"""Who keeps a unit's files sees that unit's in full: they fill and check them (§5.2)."""
SHOWN_FOR = timedelta(minutes=10)
DAILY = 30
"""Reveals of one person in a day; a full day of honest work takes fewer."""
CORE, PERSONAL = 3, 4
"""Sensitivities of the guide's fields: commercial secret, core; personal."""
CONTACTS = "contacts"
SEALED = "已封存"
"""What stands in place of a sealed contact's name."""


class Group(models.TextChoices):
    """What is shown together by one act."""

    PERSONAL = "personal", _("联系人等个人信息")
    CORE = "core", _("核心商密栏目")
    PRICES = "prices", _("合同价、结算价、金额")
    PAPERS = "papers", _("核心商密、个人信息资料的原文")


class Purpose(models.TextChoices):
    """Why people usually look."""

    INSPECTION = "inspection", _("监督检查")
    CONTACT = "contact", _("联系客户办理业务")
    SETTLEMENT = "settlement", _("结算、对账与催款")
    CONTRACT = "contract", _("合同谈判与续签")
    RISK = "risk", _("风险核实")
    OTHER = "other", _("其他（请写明）")


class MarkState(models.TextChoices):
    PROPOSED = "proposed", _("待第二人同意")
    IN_FORCE = "in_force", _("已生效")
    REFUSED = "refused", _("不同意")


def group_of(sensitivity: int) -> Group | None:
    """The group that a field of that sensitivity is masked with; None: it is not."""
    if sensitivity >= PERSONAL:
        return Group.PERSONAL
    return Group.CORE if sensitivity == CORE else None


def name_key(name: Any) -> str:
    """A person's name as it is compared: without spaces."""
    return "".join(str(name or "").split())


def without_sealed(rows: Any, sealed: Sequence[str]) -> Any:
    """The rows of a table of contacts, a sealed person's replaced by the word for it."""
    if not sealed or not isinstance(rows, list):
        return rows
    return [
        {"name": SEALED}
        if isinstance(row, Mapping) and name_key(row.get("name")) in sealed
        else row
        for row in rows
    ]


def veiled_name(name: str) -> str:
    """王芳 → 王某: enough for the steward to know whom, and no more."""
    return f"{name_key(name)[:1]}某"


def seconds_left(at: datetime) -> int:
    """Until the day ends in Shanghai: when the limit begins anew."""
    here = localtime(at)
    tomorrow = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, int((tomorrow - here).total_seconds()))
