"""Who looked behind the mask, who set a file's mark, and which contact is sealed."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.disclosure.rules import Group, MarkState, Purpose
from yihu.dossiers.models import Dossier
from yihu.dossiers.rules import Secrecy
from yihu.org.models import OrgUnit


class Reveal(models.Model):
    """One group of one file, shown to one person until a moment; only ever added.

    `fields` are codes, never values. `rights` stands for what the person might see then: where
    it is another now, the reveal is over. `refused`: asked for above the day's limit.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, db_constraint=False, related_name="reveals"
    )
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    group = models.CharField("内容", max_length=10, choices=Group)
    fields = ArrayField(models.CharField(max_length=80), verbose_name="栏目", db_default=[])
    purpose = models.CharField("目的", max_length=12, choices=Purpose)
    note = models.CharField("说明", max_length=200, blank=True, db_default="")
    rights = models.CharField("权限摘要", max_length=64)
    at = models.DateTimeField("时间")
    until = models.DateTimeField("显示至")
    refused = models.BooleanField("超出限额", db_default=False)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "查看记录"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="reveal_unit_id"),
            models.CheckConstraint(
                condition=~Q(purpose=Purpose.OTHER) | ~Q(note=""), name="reveal_says_why"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "at"], name="reveal_of_person"),
            models.Index(fields=["unit", "dossier", "user", "until"], name="reveal_standing"),
            models.Index(fields=["unit", "-at", "-id"], name="reveal_of_unit"),
            models.Index(fields=["-at", "-id"], name="reveal_all"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.dossier_id} {self.group}"


class Marking(models.Model):
    """密级、保密期限、知悉范围 as a steward set them; lowering waits for a second person."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, db_constraint=False, related_name="markings"
    )
    secrecy = models.CharField("密级", max_length=10, choices=Secrecy)
    secrecy_until = models.DateField("保密期限", null=True)
    circle = models.CharField("知悉范围", max_length=200)
    reason = models.CharField("理由", max_length=200)
    state = models.CharField("状态", max_length=10, choices=MarkState)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("决定时间", null=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "定密记录"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="marking_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "dossier"],
                condition=Q(state=MarkState.PROPOSED),
                name="marking_one_proposed",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(circle=""), name="marking_says_why"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="marking_two_people",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "dossier", "-proposed_at"], name="marking_of_file"),
            models.Index(fields=["unit", "state"], name="marking_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.secrecy} {self.state}"


class Seal(models.Model):
    """封存: a contact of a file whom nobody reads any more, at the person's own request (PIPL).

    `name` is compared without spaces, in the file and in every version of it. `kept` holds the
    rows as they stood in the file: [{"place": 0, "row": {…}}]. Undone by two people.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="seals")
    name = models.CharField("姓名", max_length=80)
    kept = models.JSONField("原内容")
    requested_on = models.DateField("请求日期")
    reason = models.CharField("封存理由", max_length=200)
    sealed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sealed_at = models.DateTimeField("封存时间")
    lift_reason = models.CharField("解封理由", max_length=200, blank=True, db_default="")
    lift_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lift_at = models.DateTimeField("提出解封时间", null=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField("解封时间", null=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "封存的联系人"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="seal_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "dossier", "name"],
                condition=Q(lifted_at=None),
                name="seal_one_standing",
            ),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(name=""), name="seal_says_why"),
            models.CheckConstraint(
                condition=Q(lift_by=None, lift_at=None, lift_reason="")
                | Q(lift_by__isnull=False, lift_at__isnull=False) & ~Q(lift_reason=""),
                name="seal_lift_says_why",
            ),
            models.CheckConstraint(
                condition=Q(lifted_by=None, lifted_at=None)
                | Q(lifted_by__isnull=False, lifted_at__isnull=False, lift_by__isnull=False)
                & ~Q(lifted_by=F("lift_by")),
                name="seal_lifted_by_two",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-sealed_at", "-id"], name="seal_of_unit"),
            models.Index(fields=["-sealed_at", "-id"], name="seal_all"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.sealed_at}"
