"""Reports with their frozen figures, and when they are made by themselves (§6.4)."""

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.org.models import OrgUnit
from yihu.supervision.rules import LATEST_DAY, Kind, State


class Schedule(models.Model):
    """When a kind is made by itself and who is told: one row a kind.

    `day`: so many days after the period's end; `since`: what was due before it is not made.
    """

    kind = models.CharField("种类", max_length=10, primary_key=True, choices=Kind)
    running = models.BooleanField("启用", db_default=False)
    day = models.PositiveSmallIntegerField("期末后第几日")
    roles = ArrayField(models.CharField(max_length=12, choices=Role), verbose_name="接收人")
    since = models.DateField("启用日")
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField("设置时间")

    class Meta:
        verbose_name = verbose_name_plural = "监督报告计划"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="schedule_kind"),
            models.CheckConstraint(
                condition=Q(day__gte=1, day__lte=LATEST_DAY), name="schedule_day"
            ),
            models.CheckConstraint(
                condition=Q(running=False) | ~Q(roles=[]), name="schedule_reaches_someone"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class ReportQuerySet(models.QuerySet[Any]):
    """Headquarters sees all; a unit those of its own."""

    def visible_to(self, user: User) -> Self:
        """Only what the person may see; the base of every list and single row."""
        scope = scope_of(user)
        if scope.everything:
            return self.all()
        return self.filter(unit__in=scope.whole_units & scope.own_ids)


class Report(models.Model):
    """监督报告: the figures of a period as they stood at `as_of`, of the group or of a unit.

    `figures` and their SHA-256 stand once it is made and never change again (migration 0002); the
    pages, the PDF and the .docx are all set from them. `schedule`: it was made by itself, once.
    `step`: how far it is.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, null=True, related_name="+")
    kind = models.CharField("种类", max_length=10, choices=Kind)
    number = models.CharField("编号", max_length=40)
    period_start = models.DateField("期间起")
    period_end = models.DateField("期间止")
    version = models.PositiveIntegerField("版次")
    state = models.CharField("状态", max_length=8, choices=State, db_default=State.QUEUED.value)
    step = models.PositiveSmallIntegerField("进度", db_default=0)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField("提出时间")
    schedule = models.ForeignKey(Schedule, models.PROTECT, null=True, related_name="reports")
    as_of = models.DateTimeField("数据截至", null=True)
    figures = models.JSONField("数据", null=True)
    sha256 = models.CharField("数据摘要", max_length=64, blank=True, db_default="")
    made_at = models.DateTimeField("生成时间", null=True)

    objects: ClassVar[Any] = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "监督报告"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="report_kind"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="report_state"),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="report_period"
            ),
            models.CheckConstraint(
                condition=Q(state=State.READY)
                & Q(figures__isnull=False, as_of__isnull=False, made_at__isnull=False)
                & ~Q(sha256="")
                | ~Q(state=State.READY) & Q(figures=None, as_of=None, made_at=None, sha256=""),
                name="report_ready_with_figures",
            ),
            models.CheckConstraint(
                condition=Q(schedule=None, asked_by__isnull=False)
                | Q(schedule__isnull=False, asked_by=None),
                name="report_asked_or_scheduled",
            ),
            models.UniqueConstraint(
                fields=["unit", "number"], name="report_number", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["kind", "period_start", "unit", "version"],
                name="report_version",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["schedule", "period_start", "unit"],
                condition=Q(schedule__isnull=False),
                name="report_scheduled_once",
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-asked_at", "-id"], name="report_newest"),
            models.Index(fields=["unit", "-asked_at", "-id"], name="report_of_unit"),
            models.Index(
                fields=["asked_at"], condition=~Q(state=State.READY), name="report_under_way"
            ),
        ]

    def __str__(self) -> str:
        return self.number
