"""What a token may be for, and for how long."""

import re

from django.db import models
from django.utils.translation import gettext_lazy as _

PREFIX = "yihu-me-"
"""So that a token that lies about somewhere is known for what it is."""
SHAPE = re.compile(f"{PREFIX}[0-9A-Za-z_-]{{43}}")
"""Anything else is no token, and nobody is asked about it."""
MOST = 10
"""Tokens of one person that stand at once."""


class Use(models.TextChoices):
    """The operations of the interface that a token opens; each is named one by one."""

    RISK_CHECK = "risk-check", _("签约前核查")
    READ = "read", _("读取档案、合同、提气量、任务、风险")
    OFFTAKE = "offtake-upsert", _("报送月度提气量、价")
    CONTRACTS = "contracts-upsert", _("报送合同台账")
    EVENTS = "events", _("读取事件")
    ASSESSMENTS = "assessments", _("单位考核结果")
    DOSSIERS = "dossiers-upsert", _("报送客户台账，建档")
    FILL = "fill", _("填写、提交档案")
    VISITS = "visits", _("访谈、跟进、诉求")
    LETTERS = "letters", _("往来函件")
    RISKS = "risks", _("登记、复核风险备注")
    WAIVERS = "waivers", _("申请、答复任务豁免和档案休眠、关闭")
    REVIEW = "review", _("审核档案")
    PAPERS = "papers", _("档案资料、原件借阅")
    STEWARD = "steward", _("指定填报人、定密、解封、搁置缺口")
    GRANTS = "grants", _("申请、注销查询权限")
    SUPERVISION = "supervision", _("整改、考核申诉")


class Days(models.IntegerChoices):
    WEEK = 7, _("7 天")
    MONTH = 30, _("30 天")
    QUARTER = 90, _("90 天")
    HALF_YEAR = 180, _("180 天")
