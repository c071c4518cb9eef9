"""What each person was told, by which ways they want to be told, and what left the house.

All of it belongs to one person, not to a unit: nobody else reads it. A notice holds counts,
periods and an address inside Yihu; never a customer's name or a figure (§5.5).
"""

from datetime import time
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from yihu.access.models import User
from yihu.notices.choices import Pace, Sent, Topic, Way


class ReminderEdition(models.Model):
    """The published numbers of the ladder, in force from a day on; in working days. Kept."""

    number = models.PositiveIntegerField("版次", unique=True)
    effective_on = models.DateField("生效日期")
    ahead = ArrayField(models.PositiveSmallIntegerField(), verbose_name="提前提醒")
    again = models.PositiveSmallIntegerField("逾期后每隔")
    reviewer = models.PositiveSmallIntegerField("逾期后提醒审核人")
    steward = models.PositiveSmallIntegerField("逾期后提醒单位管理员")
    supervisor = models.PositiveSmallIntegerField("逾期后提醒集团监督员")
    basis = models.CharField("依据", max_length=200)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField("发布时间")

    class Meta:
        verbose_name = verbose_name_plural = "提醒规则"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(again__gte=1)
                & Q(reviewer__gte=1)
                & Q(steward__gte=F("reviewer"))
                & Q(supervisor__gte=F("steward")),
                name="reminder_rises",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.number} 版"


class Notice(models.Model):
    """Something one person is told once; `key` says what, so that no job tells it twice."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    topic = models.CharField("类别", max_length=16, choices=Topic)
    verb = models.CharField("事项", max_length=40)
    key = models.CharField("标识", max_length=200)
    facts = models.JSONField("内容", db_default={})
    url = models.CharField("链接", max_length=300)
    told_at = models.DateTimeField("时间", db_default=Now())
    read_at = models.DateTimeField("已读时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="notice_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "told_at", "id"], name="notice_told"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.verb}"


class Preference(models.Model):
    """When a person wants to be left alone, and when the digest of the day leaves."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    digest_at = models.TimeField("汇总时间", default=time(8, 30))
    quiet_from = models.TimeField("免打扰起", null=True, blank=True)
    quiet_until = models.TimeField("免打扰止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "提醒设置"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False)
                & ~Q(quiet_from=F("quiet_until")),
                name="quiet_both_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"


class Channel(models.Model):
    """A way out of the house to one person. The address is sealed: a bot's holds its key.

    `hint` is what the page shows of it. A channel works once its address proved to be the
    person's: the code that was sent there came back.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    way = models.CharField("方式", max_length=10, choices=Way)
    pace = models.CharField("频次", max_length=8, choices=Pace, default=Pace.SINGLE)
    address = models.TextField("地址")
    secret = models.TextField("加签密钥", blank=True, db_default="")
    hint = models.CharField("地址", max_length=80)
    muted = ArrayField(models.CharField(max_length=16), db_default=[], verbose_name="不发送的类别")
    code = models.CharField("校验码摘要", max_length=64, blank=True, db_default="")
    code_until = models.DateTimeField("校验码有效至", null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField("校验次数", db_default=0)
    proven_at = models.DateTimeField("校验时间", null=True, blank=True)
    failing_since = models.DateTimeField("发送失败起", null=True, blank=True)
    added_at = models.DateTimeField("添加时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "提醒方式"

    def __str__(self) -> str:
        return f"{self.user_id} {self.way}"


class Delivery(models.Model):
    """One notice by one channel. All that are due on a channel leave as one message."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    state = models.CharField("状态", max_length=8, choices=Sent, default=Sent.WAITING)
    due_at = models.DateTimeField("发送时间")
    tries = models.PositiveSmallIntegerField("次数", db_default=0)
    sent_at = models.DateTimeField("送出时间", null=True, blank=True)
    problem = models.CharField("原因", max_length=120, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "提醒发送"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_due"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.state}"


class Feed(models.Model):
    """A private address of one person's calendar; only the hash of its secret is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField("地址摘要", max_length=64, unique=True)
    made_at = models.DateTimeField("生成时间")
    used_at = models.DateTimeField("最近读取", null=True, blank=True)
    ended_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "日历订阅"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True), name="feed_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.made_at:%Y-%m-%d}"
