"""Segments of customers, their versions and months; what is suggested to be done (§1, 3b)."""

from typing import Any, ClassVar, Self

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.care.choices import Match, SuggestionState
from yihu.dossiers.models import Dossier
from yihu.org.models import OrgUnit, Staff
from yihu.visits.choices import Level


class SegmentQuerySet(ScopedQuerySet):
    """The group's segments are read by all units, a unit's own by that unit."""

    def visible_to(self, user: User) -> Self:
        """Only what the person may see; regions bound who is in it, not the segment itself."""
        scope = scope_of(user)
        if scope.everything:
            return self.all()
        return self.filter(Q(of_group=True) | Q(unit__in=scope.own_ids))


class Segment(models.Model):
    """客群: named conditions over the facts of files, and what their customers are due.

    It holds what its newest version says (`version`); `SegmentVersion` keeps each. `conditions`:
    a list of {"fact", "op", "values"} (care.rules). `due_visits`: visits a year, None: as the
    unit's plan for the class. `due_level`: on which level one of them at least, "" any.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    of_group = models.BooleanField("集团客群")
    code = models.CharField("预置代码", max_length=20, blank=True, db_default="")
    name = models.CharField("名称", max_length=60)
    about = models.CharField("说明", max_length=300, blank=True, db_default="")
    match = models.CharField("条件关系", max_length=3, choices=Match)
    conditions = models.JSONField("条件")
    due_visits = models.PositiveSmallIntegerField("每年访谈次数", null=True)
    due_level = models.CharField(
        "接触层级", max_length=10, choices=Level, blank=True, db_default=""
    )
    price_policy = models.CharField("价格政策", max_length=300, blank=True, db_default="")
    version = models.PositiveIntegerField("版本", db_default=1)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField("更新时间")
    retired_at = models.DateTimeField("停用时间", null=True)

    objects: ClassVar[Any] = SegmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客群"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="segment_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(retired_at=None), name="segment_name"
            ),
            models.UniqueConstraint(
                fields=["unit", "code"], condition=~Q(code=""), name="segment_code"
            ),
            models.CheckConstraint(condition=Q(match__in=Match.values), name="segment_match"),
            models.CheckConstraint(
                condition=Q(due_level__in=["", *Level.values]), name="segment_level"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="segment_by_name"),
            models.Index(fields=["changed_at", "id"], name="segment_by_change"),
        ]

    def __str__(self) -> str:
        return self.name


class SegmentVersion(models.Model):
    """What a segment said from then on, who said so and why; only ever added."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    segment = models.ForeignKey(
        Segment, models.PROTECT, db_constraint=False, related_name="versions"
    )
    number = models.PositiveIntegerField("版本")
    content = models.JSONField("内容")
    reason = models.CharField("修改原因", max_length=200, blank=True, db_default="")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客群版本"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["unit", "segment", "number"], name="segment_version_once"
            ),
            models.CheckConstraint(
                condition=Q(number=1) | ~Q(reason=""), name="segment_version_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} v{self.number}"


class SegmentMonth(models.Model):
    """How many customers of a unit a segment had in a month, and how many got their visits.

    `unit` is the unit of the customers; `version` the segment's at the month's last reckoning.
    `month`: its first day. The current month is reckoned anew each night, a past one never.
    """

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    segment = models.ForeignKey(Segment, models.PROTECT, db_constraint=False, related_name="months")
    month = models.DateField("月份")
    version = models.PositiveIntegerField("版本")
    customers = models.PositiveIntegerField("客户数")
    due = models.PositiveIntegerField("应访次数")
    held = models.PositiveIntegerField("已访次数")
    met = models.PositiveIntegerField("达到次数的客户")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客群月度"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "segment", "month"], name="segment_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="segment_month_first"),
        ]
        indexes: ClassVar = [models.Index(fields=["segment", "month"], name="segment_months")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.month:%Y-%m}"


class Suggestion(models.Model):
    """建议: a customer to see to, and why; one a rule, file and occasion (care.rules.RULES)."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="+")
    rule = models.CharField("类型", max_length=20)
    occasion = models.CharField("情形", max_length=200)
    figures = models.JSONField("数据")
    state = models.CharField(
        "状态", max_length=10, choices=SuggestionState, db_default=SuggestionState.OPEN.value
    )
    found_on = models.DateField("提出日")
    decided_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    decided_at = models.DateTimeField("处理时间", null=True)
    reason = models.CharField("不采纳的理由", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客户建议"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="suggestion_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "rule", "dossier", "occasion"], name="suggestion_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "gone"], decided_by=None, decided_at=None, reason="")
                | Q(state="taken", decided_by__isnull=False, decided_at__isnull=False, reason="")
                | Q(state="dismissed", decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(reason=""),
                name="suggestion_decided",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "found_on", "id"], name="suggestion_by_found"),
            models.Index(fields=["found_on", "id"], name="suggestion_all_by_found"),
            models.Index(fields=["unit", "dossier"], name="suggestion_of_file"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.occasion}"
