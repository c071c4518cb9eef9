"""Hand-overs between people of a unit, what ended with a post, and the HR system's tokens.

What a hand-over may never do (change once it is frozen, be done before all have signed) is kept
by triggers in migration 0002, and so are the composite foreign keys (unit_id, id).
"""

from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.handover.rules import OPEN, Part, State
from yihu.org.models import OrgUnit, Staff


def _unit() -> Any:
    return models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")


def _staff(label: str, *, empty: bool = False) -> Any:
    return models.ForeignKey(
        Staff,
        models.PROTECT,
        verbose_name=label,
        db_constraint=False,
        null=empty,
        blank=empty,
        related_name="+",
    )


def _key() -> Any:
    return models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)


class Handover(models.Model):
    """岗位交接: what a leaver holds goes to successors on a list that all sign (§3d).

    `digest`: of the list, from the moment it is frozen. The witness may be of another unit.
    """

    id = _key()
    unit = _unit()
    leaver = _staff("移交人")
    witness = _staff("监交人", empty=True)
    state = models.CharField("状态", max_length=10, choices=State, db_default=State.DRAFT.value)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("发起时间")
    frozen_at = models.DateTimeField("固定时间", null=True)
    digest = models.CharField("清单摘要", max_length=64, blank=True, db_default="")
    done_at = models.DateTimeField("完成时间", null=True)
    cancelled_at = models.DateTimeField("取消时间", null=True)
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "岗位交接"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="handover_unit_id"),
            models.UniqueConstraint(  # what the lines' leaver refers to
                fields=["unit", "id", "leaver"], name="handover_of_leaver"
            ),
            models.UniqueConstraint(
                fields=["unit", "leaver"], condition=Q(state__in=OPEN), name="handover_one_open"
            ),
            models.CheckConstraint(
                condition=Q(witness=None) | ~Q(witness=F("leaver")),
                name="handover_witness_is_another",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.FROZEN, State.DONE])
                | Q(witness__isnull=False, frozen_at__isnull=False) & ~Q(digest=""),
                name="handover_frozen_whole",
            ),
            models.CheckConstraint(
                condition=Q(state=State.DONE, done_at__isnull=False)
                | ~Q(state=State.DONE) & Q(done_at=None),
                name="handover_done_at",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CANCELLED, cancelled_at__isnull=False)
                & ~Q(cancel_reason="")
                | ~Q(state=State.CANCELLED) & Q(cancelled_at=None, cancel_reason=""),
                name="handover_cancelled_with_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-opened_at", "-id"], name="handover_of_unit"),
            models.Index(fields=["-opened_at", "-id"], name="handover_all"),
            models.Index(fields=["unit", "leaver"], name="handover_leaver"),
        ]

    def __str__(self) -> str:
        return f"{self.leaver_id} {self.state}"


class Line(models.Model):
    """One thing of the list. `follows`: why it needs no successor of its own ("" where it does)."""

    id = models.BigAutoField(primary_key=True)
    unit = _unit()
    handover = models.ForeignKey(
        Handover, models.PROTECT, db_constraint=False, related_name="lines"
    )
    leaver = _staff("移交人")
    kind = models.CharField("种类", max_length=20)
    subject_id = models.UUIDField("对象")
    dossier_id = models.UUIDField("客户档案", null=True)
    title = models.CharField("名称", max_length=300)
    follows = models.CharField("随同", max_length=80, blank=True, db_default="")
    successor = _staff("接收人", empty=True)
    moved_at = models.DateTimeField("移交时间", null=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "交接清单"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["unit", "handover", "kind", "subject_id"], name="handover_line_once"
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | ~Q(successor=F("leaver")),
                name="handover_successor_is_another",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "successor"], name="handover_line_successor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"


class Signature(models.Model):
    """Somebody confirmed the frozen list. `in_place`: a supervisor for a leaver who has gone."""

    id = models.BigAutoField(primary_key=True)
    unit = _unit()
    handover = models.ForeignKey(
        Handover, models.PROTECT, db_constraint=False, related_name="signatures"
    )
    part = models.CharField("身份", max_length=10, choices=Part)
    staff = _staff("确认人")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    in_place = models.BooleanField("代为确认", db_default=False)
    digest = models.CharField("清单摘要", max_length=64)
    at = models.DateTimeField("确认时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "交接确认"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["unit", "handover", "part", "staff"], name="handover_signed_once"
            ),
            models.UniqueConstraint(  # nobody stands on two sides
                fields=["unit", "handover", "by"], name="handover_one_part_each"
            ),
            models.CheckConstraint(
                condition=Q(in_place=False) | Q(part=Part.LEAVER),
                name="handover_only_the_leaver_is_stood_for",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handover_id} {self.part}"


class Ending(models.Model):
    """What ended with a post, as the certificate says it. `ended`: kind of credential → number."""

    id = models.BigAutoField(primary_key=True)
    unit = _unit()
    staff = _staff("人员")
    username = models.CharField("账号", max_length=30)
    status = models.CharField("在职状态", max_length=12)
    ended = models.JSONField("终止")
    at = models.DateTimeField("终止时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "权限终止"
        indexes: ClassVar = [models.Index(fields=["unit", "staff", "id"], name="ending_of_staff")]

    def __str__(self) -> str:
        return f"{self.username} {self.at:%Y-%m-%d %H:%M}"


class Token(models.Model):
    """What an HR system shows to send personnel events; only its SHA-256 is kept."""

    id = models.BigAutoField(primary_key=True)
    label = models.CharField("名称", max_length=60, unique=True)
    sha256 = models.CharField("摘要", max_length=64, unique=True)
    issued_at = models.DateTimeField("签发时间")
    revoked_at = models.DateTimeField("吊销时间", null=True)
    used_at = models.DateTimeField("最近使用", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"

    def __str__(self) -> str:
        return self.label


class Call(models.Model):
    """An answered call under its idempotency key: the same call again gets the same answer."""

    id = models.BigAutoField(primary_key=True)
    token = models.ForeignKey(Token, models.PROTECT, related_name="calls")
    key = models.CharField("幂等键", max_length=80)
    sha256 = models.CharField("请求摘要", max_length=64)
    answer = models.JSONField("答复")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "接口调用"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["token", "key"], name="call_once"),
        ]

    def __str__(self) -> str:
        return f"{self.token_id} {self.key}"


class Dropped(models.Model):
    """A file that lay in the HR system's folder, by its content, and what became of it."""

    sha256 = models.CharField("摘要", max_length=64, primary_key=True)
    name = models.CharField("文件名", max_length=200)
    taken_at = models.DateTimeField("处理时间")
    result = models.TextField("结果")

    class Meta:
        verbose_name = verbose_name_plural = "人事文件"

    def __str__(self) -> str:
        return self.name
