"""What a visit may be, what it is about, and where things that came of it stand (FIELDS D)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    RECEIVED = "received", _("来访")
    PAID = "paid", _("拜访")
    MEETING = "meeting", _("会议")
    VIDEO = "video", _("视频")
    PHONE = "phone", _("电话")
    SURVEY = "survey", _("考察")


class Level(models.TextChoices):
    TOP = "top", _("高层")
    DEPARTMENT = "department", _("部门")
    BUSINESS = "business", _("业务")


class State(models.TextChoices):
    PLANNED = "planned", _("已计划")
    HELD = "held", _("待整理纪要")
    WRITTEN = "written", _("已成纪要")
    CANCELLED = "cancelled", _("已取消")


class Topic(models.TextChoices):
    DEMAND = "demand", _("资源需求")
    PRICE = "price", _("价格")
    CONTRACT = "contract", _("合同")
    PERFORMANCE = "performance", _("履约")
    ARREARS = "arrears", _("欠款")
    COMPLAINT = "complaint", _("投诉")
    PROJECT = "project", _("新项目")
    COOPERATION = "cooperation", _("合作")
    RATING = "rating", _("评级")
    SAFETY = "safety", _("安全")
    OTHER = "other", _("其他")


class Side(models.TextChoices):
    OURS = "ours", _("我方")
    THEIRS = "theirs", _("客户方")


class FollowupState(models.TextChoices):
    TODO = "todo", _("未启动")
    DOING = "doing", _("进行中")
    RESULTED = "resulted", _("已有结果")
    CLOSED = "closed", _("已办结")


OPEN = (FollowupState.TODO, FollowupState.DOING, FollowupState.RESULTED)
"""What is still followed; once it has a result it waits for its close and is late no more."""
RUNNING = (FollowupState.TODO, FollowupState.DOING)
"""What is late once its day has passed."""


class Entry(models.TextChoices):
    PROGRESS = "progress", _("进展")
    RESULT = "result", _("形成结果")
    CLOSE = "close", _("办结")
    REOPEN = "reopen", _("重新打开")
    DUE = "due", _("调整期限")


class NeedKind(models.TextChoices):
    SUPPLY = "supply", _("供气保障")
    PRICE = "price", _("价格")
    CONTRACT = "contract", _("合同条款")
    SETTLEMENT = "settlement", _("结算开票")
    METERING = "metering", _("计量气质")
    SERVICE = "service", _("服务响应")
    PROJECT = "project", _("新项目接入")
    FEEDBACK = "feedback", _("评价反馈")
    OTHER = "other", _("其他")


class Priority(models.TextChoices):
    HIGH = "high", _("高")
    NORMAL = "normal", _("中")
    LOW = "low", _("低")


class NeedState(models.TextChoices):
    HEARD = "heard", _("已听取")
    ANSWERED = "answered", _("已答复")
    DONE = "done", _("已落实")
