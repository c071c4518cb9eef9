"""Kinds, levels and states of remarks and of proposals (§6.2.2)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """The four of §6.2.2a-d, by their letters."""

    CONDUCT = "a", _("违法违约损誉")
    CREDIT = "b", _("资信风险")
    FINANCE = "c", _("财务问题")
    OTHER = "d", _("其他重大事项")


CLAUSE_SAYS = {
    Kind.CONDUCT: _("严重违法违规、恶意违约、故意损害名誉或造成经济损失"),
    Kind.CREDIT: _("资信明显变化，经核实存在重大合规资信审查风险"),
    Kind.FINANCE: _("经营存在明显财务问题，丧失履约基本能力或条件"),
    Kind.OTHER: _("其他可能对合作造成实质性影响的重大事项"),
}


class Level(models.IntegerChoices):
    WATCH = 1, _("关注")
    SERIOUS = 2, _("较重")
    SEVERE = 3, _("严重")


class State(models.TextChoices):
    PENDING = "pending", _("待核实")
    ACTIVE = "active", _("生效")
    MITIGATED = "mitigated", _("缓释")
    LIFTED = "lifted", _("解除")


STANDING = (State.PENDING, State.ACTIVE, State.MITIGATED)
"""Not lifted: these are what a banner and a check speak of."""


class ProposalState(models.TextChoices):
    OPEN = "open", _("待处理")
    ACCEPTED = "accepted", _("已登记备注")
    DISMISSED = "dismissed", _("不予登记")
    GONE = "gone", _("已不再提示")


class Due(models.TextChoices):
    """Where the next check of a remark stands."""

    OVERDUE = "overdue", _("逾期未复核")
    SOON = "soon", _("30 天内复核")
    LIFTING = "lifting", _("待批准解除")
