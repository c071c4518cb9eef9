"""What left the house, or was to: who, why, how much, who agreed; the file and its links (§5.5)."""

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.exports.rules import NOTE_MOST, Level, Purpose, State
from yihu.org.models import OrgUnit


class Takeout(models.Model):
    """导出（打印）登记: one request to take something out of the house.

    `args` and `query`: the address that was asked for, so that it can be made again by its asker
    and nobody else; `concerns`: the units whose rows are in it. It is a person's, of several units
    maybe, so it has no unit of its own: its policy reads these two (migration 0002).
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="takeouts")
    kind = models.CharField("种类", max_length=40)
    title = models.CharField("内容", max_length=200)
    args = models.JSONField("地址参数", default=dict)
    query = models.CharField("筛选条件", max_length=2000, blank=True)
    columns = ArrayField(models.CharField(max_length=80), verbose_name="栏目", default=list)
    rows = models.PositiveIntegerField("行数")
    level = models.CharField("密级", max_length=10, choices=Level)
    concerns = ArrayField(models.BigIntegerField(), verbose_name="涉及单位")
    purpose = models.CharField("用途", max_length=10, choices=Purpose)
    note = models.CharField("说明", max_length=NOTE_MOST, blank=True)
    trace = models.CharField("追溯码", max_length=14, unique=True)
    state = models.CharField("状态", max_length=10, choices=State)
    waits_why = models.CharField("须审批的原因", max_length=200, blank=True)
    counted = models.BooleanField("计入当日次数", default=True)
    asked_at = models.DateTimeField("申请时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("审批时间", null=True)
    reason = models.CharField("审批意见", max_length=NOTE_MOST, blank=True)
    file_name = models.CharField("文件名", max_length=200, blank=True)
    sha256 = models.CharField("文件摘要", max_length=64, blank=True)
    size = models.PositiveIntegerField("字节数", default=0)
    made_at = models.DateTimeField("生成时间", null=True)
    taken = models.PositiveSmallIntegerField("取走次数", default=0)
    expires_at = models.DateTimeField("保留至", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "导出登记"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="takeout_asker_does_not_decide",
                condition=Q(decided_by=None) | ~Q(decided_by=F("by")),
            ),
            models.CheckConstraint(
                name="takeout_decision_is_whole",
                condition=Q(decided_by=None, decided_at=None)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="takeout_refusal_has_a_reason",
                condition=~Q(state=State.REFUSED) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="takeout_of_others_words_has_them",
                condition=~Q(purpose=Purpose.OTHER) | ~Q(note=""),
            ),
            models.CheckConstraint(
                name="takeout_that_waited_was_decided",
                condition=Q(waits_why="")
                | Q(decided_by__isnull=False)
                | Q(state__in=[State.WAITING, State.EXPIRED, State.DESTROYED]),
            ),
            models.CheckConstraint(
                name="takeout_made_has_its_digest",
                condition=~Q(state__in=[State.READY, State.TAKEN]) | ~Q(sha256=""),
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["by", "-asked_at", "id"], name="takeout_mine"),
            models.Index(fields=["-asked_at", "id"], name="takeout_register"),
            models.Index(
                fields=["asked_at"], name="takeout_waiting", condition=Q(state=State.WAITING)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.trace}"


class TakeoutFile(models.Model):
    """The made file, in the database and nowhere else: whatever ends the right deletes it in the
    same transaction, on whatever machine it was made."""

    takeout = models.OneToOneField(Takeout, models.CASCADE, primary_key=True, related_name="file")
    content = models.BinaryField("内容")
    media_type = models.CharField("类型", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "导出文件"

    def __str__(self) -> str:
        return str(self.takeout_id)


class Link(models.Model):
    """A way to the file: for its asker, once, for some hours. `digest`: SHA-256 of the secret."""

    digest = models.CharField("摘要", max_length=64, primary_key=True)
    takeout = models.ForeignKey(Takeout, models.CASCADE, related_name="links")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    made_at = models.DateTimeField("生成时间")
    expires_at = models.DateTimeField("有效至")
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "下载链接"

    def __str__(self) -> str:
        return f"{self.takeout_id} {self.made_at:%Y-%m-%d %H:%M}"


class Reading(models.Model):
    """How many single files a person opened today, and in the running minute."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    day = models.DateField("日期")
    minute = models.DateTimeField("分钟")
    in_day = models.PositiveIntegerField("当日次数")
    in_minute = models.PositiveIntegerField("本分钟次数")

    class Meta:
        verbose_name = verbose_name_plural = "查阅次数"

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}: {self.in_day}"


class Alert(models.Model):
    """A person went past a quota: for the unit's steward, the supervisor, and in the log."""

    class What(models.TextChoices):
        READS = "reads", _("当日查阅过多")
        PACE = "pace", _("短时间查阅过快")
        EXPORTS = "exports", _("当日导出过多")

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    what = models.CharField("情况", max_length=10, choices=What)
    on = models.DateField("日期")
    limit = models.PositiveIntegerField("限额")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "超额提醒"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "what", "on"], name="alert_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.what} {self.on}"
