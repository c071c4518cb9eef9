"""What was published under which number, to whom it goes, and how each delivery stands."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q

from yihu.access.models import User
from yihu.org.models import OrgUnit
from yihu.outbox.choices import Sent, State, Why


class Position(models.Model):
    """How far the log is published; one row, which the publisher locks.

    `floor`: the oldest transaction that still ran when it last looked (as in a block of the log's
    chain), of the cluster named in `life`. Events before `kept_from` were pruned, and lines of the
    log before `begins_at` are published no more.
    """

    id = models.PositiveSmallIntegerField(primary_key=True)
    last_number = models.BigIntegerField("最后的事件号")
    floor = models.BigIntegerField("最早未完的事务")
    life = models.CharField("数据库系统", max_length=20)
    begins_at = models.DateTimeField("自此时起外发")
    kept_from = models.BigIntegerField("保留的最早事件号", db_default=1)

    class Meta:
        verbose_name = verbose_name_plural = "外发进度"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(id=1), name="outbox_position_is_one"),
        ]

    def __str__(self) -> str:
        return str(self.last_number)


class Published(models.Model):
    """A line of the log under its public number: type, time, keys and field codes, no value.

    Units and files are plain values, as in the log: what was told outlives them.
    """

    number = models.BigIntegerField("事件号", primary_key=True)
    event_id = models.BigIntegerField("日志编号", unique=True)
    at = models.DateTimeField("时间")
    kind = models.CharField("类型", max_length=60)
    unit_id = models.IntegerField("所属单位", null=True)
    dossier_id = models.UUIDField("客户档案", null=True)
    subject_type = models.CharField("对象类型", max_length=60)
    subject_id = models.CharField("对象编号", max_length=60)
    fields = ArrayField(models.CharField(max_length=120), verbose_name="变更栏目")
    guarded = models.BooleanField("查询员不可见")

    class Meta:
        verbose_name = verbose_name_plural = "外发事件"
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["unit_id", "number"], name="published_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class Endpoint(models.Model):
    """Where events go: asked for by ITC, agreed to by whose data it is, never the same person.

    `unit`: whose events with those below it; None: the group's. `kinds`: none means all. The
    secrets are sealed; `before` still signs until `before_until`. `failures` counts in a row.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField("接收系统", max_length=60)
    url = models.CharField("地址", max_length=300)
    kinds = ArrayField(models.CharField(max_length=60), verbose_name="事件类型", db_default=[])
    purpose = models.CharField("用途", max_length=200)
    state = models.CharField("状态", max_length=8, choices=State, default=State.ASKED)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("申请时间")
    agreed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField("同意时间", null=True)
    secret = models.TextField("签名密钥")
    before = models.TextField("前一个签名密钥", blank=True, db_default="")
    before_until = models.DateTimeField("前一个密钥有效至", null=True)
    failures = models.PositiveIntegerField("连续失败", db_default=0)
    failing_since = models.DateTimeField("送不到起", null=True)
    rest_until = models.DateTimeField("稍候至", null=True)
    last_at = models.DateTimeField("最近送达", null=True)
    why = models.CharField("暂停原因", max_length=8, choices=Why, blank=True, db_default="")
    note = models.CharField("说明", max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "外发端点"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(agreed_by=None) | ~Q(agreed_by=F("asked_by")),
                name="endpoint_asker_does_not_agree",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.ASKED, State.ENDED])
                | Q(agreed_by__isnull=False, agreed_at__isnull=False),
                name="endpoint_open_was_agreed_to",
            ),
            models.CheckConstraint(
                condition=Q(before="", before_until=None)
                | (~Q(before="") & Q(before_until__isnull=False)),
                name="endpoint_secret_before_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PAUSED) | ~Q(why=""), name="endpoint_pause_has_a_reason"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["-asked_at", "id"], name="endpoint_asked"),
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event to one endpoint. `lane` is its file (its unit, the group): the order to keep.

    The first of a lane that is neither delivered nor dropped goes next, and nothing before it.
    """

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    published = models.ForeignKey(Published, models.PROTECT, related_name="+")
    kind = models.CharField("类型", max_length=60)
    lane = models.CharField("次序", max_length=40)
    state = models.CharField("状态", max_length=10, choices=Sent)
    tries = models.PositiveSmallIntegerField("被拒次数", db_default=0)
    problem = models.CharField("原因", max_length=200, blank=True, db_default="")
    tried_at = models.DateTimeField("最近一次", null=True)
    delivered_at = models.DateTimeField("送达时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "外发投递"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["endpoint", "published"], name="delivery_of_event"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["endpoint", "lane", "published"],
                condition=Q(state__in=[Sent.WAITING, Sent.DEAD]),
                name="delivery_standing",
            ),
            models.Index(
                fields=["tried_at", "id"], condition=Q(state=Sent.DEAD), name="delivery_dead"
            ),
            models.Index(
                fields=["delivered_at"], condition=Q(state=Sent.DELIVERED), name="delivery_done"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.published_id} {self.state}"
