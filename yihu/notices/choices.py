"""What people are told of, by which way, and how often."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Topic(models.TextChoices):
    """What a notice is about; each can be kept to the page alone."""

    DUTY = "duty", _("更新任务到期与逾期")
    ESCALATION = "escalation", _("所管更新任务逾期")
    REVIEW = "review", _("待审核与被退回的填报")
    GRANT = "grant", _("查询权限的申请与办理")
    LOAN = "loan", _("原件借阅")
    HANDOVER = "handover", _("岗位交接")
    VISIT = "visit", _("客户访谈与跟进事项")
    RISK = "risk", _("风险备注复核与解除")
    INSPECTION = "inspection", _("检查与整改")
    RATING = "rating", _("客户评级")
    EXPORT = "export", _("导出的申请与办理")
    ALERT = "alert", _("异常查阅与告警")
    HELP = "help", _("问题报告与答复")
    OUTBOX = "outbox", _("事件外发")


class Step(models.TextChoices):
    """Where on its way a duty is when somebody is reminded of it."""

    AHEAD = "ahead", _("即将到期")
    TODAY = "today", _("今日到期")
    OVERDUE = "overdue", _("已逾期")
    REVIEWER = "reviewer", _("逾期，提醒审核人")
    STEWARD = "steward", _("逾期，提醒单位管理员")
    SUPERVISOR = "supervisor", _("逾期，提醒集团监督员")


class Charge(models.TextChoices):
    """The sources of duties that somebody answers for beside the file's filler, as told to them."""

    FOLLOWUP = "visit_followup", _("由您负责的客户跟进事项")
    RISK = "risk_check", _("由您负责的风险备注复核")
    RECTIFICATION = "rectification", _("本单位的检查整改")


class Way(models.TextChoices):
    """How a message leaves; what is on the page is there in any case."""

    MAIL = "mail", _("电子邮件")
    WECOM = "wecom", _("企业微信群机器人")
    DINGTALK = "dingtalk", _("钉钉群机器人")
    FEISHU = "feishu", _("飞书群机器人")


class Pace(models.TextChoices):
    SINGLE = "single", _("随时发送")
    DIGEST = "digest", _("每天汇总一次")


class Sent(models.TextChoices):
    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("未能送达")
    DROPPED = "dropped", _("不再发送")
