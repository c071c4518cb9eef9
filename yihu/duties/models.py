"""The cadence policy, the corrected calendar, and what each file owes by when (§6.2.1)."""

from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from yihu.access.scope import ScopedQuerySet
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.duties.choices import Deed, DropReason, DueRule, DutyKind, PeriodKind
from yihu.org.models import OrgUnit


class CadenceEdition(models.Model):
    """A published, numbered edition of the cadence policy, in force from a day on."""

    number = models.PositiveIntegerField("版次", unique=True)
    effective_on = models.DateField("生效日")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "更新周期版次"

    def __str__(self) -> str:
        return f"第 {self.number} 版"


class CadenceLine(models.Model):
    """One rule of an edition: who owes what how often, and when it is due."""

    edition = models.ForeignKey(CadenceEdition, models.CASCADE, related_name="lines")
    kind = models.CharField("任务类型", max_length=16, choices=DutyKind)
    klass = models.CharField("客户分类", max_length=12, choices=Klass, blank=True)
    period = models.CharField("周期", max_length=10, choices=PeriodKind)
    due_rule = models.CharField("到期规则", max_length=24, choices=DueRule)
    due_days = models.PositiveSmallIntegerField("工作日数", default=0)
    clause = models.CharField("条款", max_length=20)

    class Meta:
        verbose_name = verbose_name_plural = "更新周期"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "kind", "klass"], name="cadence_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.klass} {self.period}"


class CalendarCorrection(models.Model):
    """A day that an administrator declares worked or free, against the calendar library."""

    day = models.DateField("日期", unique=True)
    working = models.BooleanField("工作日")
    note = models.CharField("说明", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作日更正"

    def __str__(self) -> str:
        return f"{self.day} {'班' if self.working else '休'}"


class Duty(models.Model):
    """更新任务: what a file owes by when, and when the deed was done. Never ticked by hand.

    `subject_id` names the contract, visit … of an event duty. `klass` is the class that the
    duty was planned for. A duty that a replan takes away keeps its row with `dropped_at`.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.CASCADE, db_constraint=False, related_name="duties")
    kind = models.CharField("任务类型", max_length=16, choices=DutyKind)
    subject_id = models.UUIDField("对象", null=True, blank=True)
    period_start = models.DateField("周期起")
    period_end = models.DateField("周期止")
    due_on = models.DateField("截止日")
    klass = models.CharField("客户分类", max_length=12, blank=True, db_default="")
    done_at = models.DateTimeField("完成时间", null=True, blank=True)
    basis = models.CharField("完成依据", max_length=12, choices=Deed, blank=True, db_default="")
    planned_at = models.DateTimeField("生成时间", db_default=Now())
    dropped_at = models.DateTimeField("取消时间", null=True, blank=True)
    dropped_why = models.CharField(
        "取消原因", max_length=12, choices=DropReason, blank=True, db_default=""
    )

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "更新任务"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(  # one period and file gets one duty
                fields=["unit", "dossier", "kind", "period_start", "period_end", "subject_id"],
                name="duty_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(fields=["unit", "id"], name="duty_unit_id"),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="duty_period"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["unit", "due_on", "id"],
                condition=Q(done_at__isnull=True, dropped_at__isnull=True),
                name="duty_open",
            ),
            models.Index(fields=["unit", "due_on", "id"], name="duty_due"),
            models.Index(fields=["due_on", "id"], name="duty_all_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.period_start:%Y-%m} {self.dossier_id}"
