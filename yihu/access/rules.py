"""The roles of the platform, and which of them may not meet in one person."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    FILLER = "filler", _("填报员")
    REVIEWER = "reviewer", _("审核员")
    STEWARD = "steward", _("单位管理员")
    CUSTODIAN = "custodian", _("档案保管员")
    READER = "reader", _("查询员")
    SUPERVISOR = "supervisor", _("集团监督员")
    ITC = "itc", _("信息技术中心")
    AUDITOR = "auditor", _("审计员")


UNIT_ROLES = frozenset({Role.FILLER, Role.REVIEWER, Role.STEWARD, Role.CUSTODIAN, Role.READER})
GROUP_ROLES = frozenset({Role.SUPERVISOR, Role.ITC, Role.AUDITOR})
"""Held for the group as a whole; two supervisors have to want them (§6.3.2)."""
EVERY_REGION = frozenset({Role.FILLER, Role.REVIEWER, Role.STEWARD, Role.CUSTODIAN})
"""Those who keep the files see the unit's whole; a reader only the unit's regions (§6.3.1)."""

SIDE = {  # 三员分立: no person stands on two sides
    Role.ITC: "itc",
    Role.AUDITOR: "auditor",
}


def side_of(role: str) -> str:
    """`itc`, `auditor`, or `business` for every role that reads or decides on customers."""
    return SIDE.get(Role(role), "business")


class Asked(models.TextChoices):
    """How a request for a role stands."""

    ASKED = "asked", _("待办理")
    AGREED = "agreed", _("已同意，待开通")
    OPENED = "opened", _("已开通")
    REFUSED = "refused", _("不同意")
    WITHDRAWN = "withdrawn", _("已撤回")
    ENDED = "ended", _("已注销")


WAITING = (Asked.ASKED, Asked.AGREED)
