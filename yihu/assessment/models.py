"""Schemes, assessments, frozen facts with their points, places, objections, entries (§6.4.2)."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.assessment.choices import EntryKind, State, Verdict
from yihu.org.models import OrgUnit


def _key() -> Any:
    return models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)


def _user(label: str, *, empty: bool = False) -> Any:
    return models.ForeignKey(User, models.PROTECT, verbose_name=label, null=empty, related_name="+")


class Scheme(models.Model):
    """考核方案: an edition of the rules, as `assessment.rules.parse` reads `definition`.

    Without `published_at` it is a draft, of which there is one at most; published it never
    changes. A period is judged by the newest one that is effective on its first day.
    """

    number = models.PositiveIntegerField("版次", unique=True)
    title = models.CharField("名称", max_length=120)
    effective_on = models.DateField("适用考核期自")
    definition = models.JSONField("内容")
    based_on = models.ForeignKey("self", models.PROTECT, null=True, related_name="followed_by")
    version = models.PositiveIntegerField("保存次数", db_default=1)
    changed_by = _user("最近保存人", empty=True)
    changed_at = models.DateTimeField("最近保存时间", null=True)
    published_by = _user("发布人", empty=True)
    published_at = models.DateTimeField("发布时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "考核方案"
        ordering: ClassVar = ["-number"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["published_at"],
                condition=Q(published_at__isnull=True),
                nulls_distinct=False,
                name="assessment_scheme_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} 第 {self.number} 版"


class Assessment(models.Model):
    """考核期: a month, quarter or year of all units, by one scheme.

    `frozen_at`: when its facts were taken; they never change afterwards, they can only be taken
    anew before the ranking is published. Final, nothing of it changes (migration 0002).
    """

    id = _key()
    year = models.PositiveSmallIntegerField("年度")
    period = models.CharField("考核期", max_length=3)
    starts_on = models.DateField("期间起")
    ends_on = models.DateField("期间止")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="assessments")
    state = models.CharField("状态", max_length=9, choices=State, db_default=State.DRAFT.value)
    opened_by = _user("发起人")
    opened_at = models.DateTimeField("发起时间")
    asked_by = _user("要求计算的人", empty=True)
    asked_at = models.DateTimeField("要求计算时间", null=True)
    frozen_at = models.DateTimeField("取数时间", null=True)
    computed_at = models.DateTimeField("计算时间", null=True)
    published_by = _user("公布人", empty=True)
    published_at = models.DateTimeField("公布时间", null=True)
    objections_until = models.DateField("申诉截止日", null=True)
    final_by = _user("定案人", empty=True)
    final_at = models.DateTimeField("定案时间", null=True)
    dropped_why = models.CharField("作废原因", max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "单位考核"
        ordering: ClassVar = ["-ends_on", "-starts_on"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["year", "period"],
                condition=~Q(state=State.DROPPED),
                name="assessment_once_a_period",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="assessment_period"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.COMPUTING, State.DROPPED])
                | Q(frozen_at__isnull=False, computed_at__isnull=False),
                name="assessment_computed_of_frozen",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.PUBLISHED, State.FINAL])
                & Q(published_at=None, published_by=None, objections_until=None)
                | Q(state__in=[State.PUBLISHED, State.FINAL])
                & Q(published_at__isnull=False, published_by__isnull=False)
                & Q(objections_until__isnull=False),
                name="assessment_published_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.FINAL) & Q(final_at=None, final_by=None)
                | Q(state=State.FINAL, final_at__isnull=False, final_by__isnull=False),
                name="assessment_final_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.DROPPED) | ~Q(dropped_why=""),
                name="assessment_dropped_says_why",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["ends_on", "id"], name="assessment_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.period}"


class UnitScore(models.Model):
    """A unit's score and place among all units, once published for everybody to read.

    What it is made of stands in `Line`, for headquarters and the unit alone.
    """

    id = _key()
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="scores")
    subsidiary = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    score = models.DecimalField("得分", max_digits=5, decimal_places=2)
    base = models.DecimalField("加权得分", max_digits=5, decimal_places=2)
    bonus = models.DecimalField("加分", max_digits=4, decimal_places=2)
    rank = models.PositiveSmallIntegerField("名次", null=True)
    published = models.BooleanField("已公布", db_default=False)

    class Meta:
        verbose_name = verbose_name_plural = "考核得分"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["assessment", "subsidiary"], name="unit_score_once"),
            models.CheckConstraint(
                condition=Q(base__gte=0, base__lte=100, bonus__gte=0)
                & Q(score=F("base") + F("bonus")),
                name="unit_score_adds_up",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subsidiary", "assessment"], name="unit_score_of_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.subsidiary_id} {self.score}"


class Line(models.Model):
    """One line of a unit's assessment: the frozen facts, and what the scheme makes of them.

    `hits`, `misses`: the keys of what was counted for and against the unit; `top` of `bottom`
    (which may be more, where something was owed and is not there), `amount`: points of entries.
    `adjusted`: what granted objections gave back. `weight` None: the scheme leaves it out.
    """

    id = _key()
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="lines")
    code = models.CharField("指标", max_length=20)
    top = models.PositiveIntegerField("分子")
    bottom = models.PositiveIntegerField("分母")
    amount = models.DecimalField("加减分合计", max_digits=7, decimal_places=2)
    hits = ArrayField(models.UUIDField(), verbose_name="计入分子")
    misses = ArrayField(models.UUIDField(), verbose_name="未计入分子")
    adjusted = models.DecimalField("申诉调整", max_digits=9, decimal_places=2, db_default=0)
    weight = models.DecimalField("权重", max_digits=7, decimal_places=4, null=True)
    value = models.DecimalField("数值", max_digits=9, decimal_places=4, null=True)
    points = models.DecimalField("得分", max_digits=5, decimal_places=2, null=True)
    gives = models.DecimalField("折合", max_digits=5, decimal_places=2, null=True)
    published = models.BooleanField("已公布", db_default=False)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考核明细"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="assessment_line_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "assessment", "code"], name="assessment_line_once"
            ),
            models.CheckConstraint(
                condition=Q(top=models.Func("hits", function="cardinality")),
                name="assessment_line_counts_hits",
            ),
            models.CheckConstraint(
                condition=Q(
                    bottom__gte=F("top")
                    + models.Func(
                        "misses", function="cardinality", output_field=models.IntegerField()
                    )
                ),
                name="assessment_line_counts_all",
            ),
            models.CheckConstraint(
                condition=Q(adjusted__gte=0, amount__gte=0), name="assessment_line_gives_back"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["assessment", "code"], name="assessment_line_of_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.top}/{self.bottom}"


class Objection(models.Model):
    """申诉: what a unit says against a line, and what headquarters decided with a reason.

    Granted, `by_how_much` goes to the line's `adjusted`. `judge_unit`: the unit whose staff the
    judge is, None for headquarters' people; never the unit itself.
    """

    id = _key()
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="objections")
    line = models.ForeignKey(Line, models.PROTECT, db_constraint=False, related_name="objections")
    text = models.TextField("申诉理由")
    by = _user("申诉人")
    at = models.DateTimeField("申诉时间")
    verdict = models.CharField(
        "裁定", max_length=9, choices=Verdict, db_default=Verdict.WAITING.value
    )
    by_how_much = models.DecimalField("调整", max_digits=9, decimal_places=2, null=True)
    reason = models.CharField("裁定理由", max_length=300, blank=True, db_default="")
    judge = _user("裁定人", empty=True)
    judge_unit = models.ForeignKey(OrgUnit, models.PROTECT, null=True, related_name="+")
    judged_at = models.DateTimeField("裁定时间", null=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考核申诉"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="objection_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "line"],
                condition=Q(verdict=Verdict.WAITING),
                name="objection_one_waiting",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="objection_says_why"),
            models.CheckConstraint(
                condition=Q(verdict__in=[Verdict.WAITING, Verdict.WITHDRAWN])
                & Q(judge=None, judged_at=None, reason="")
                | Q(verdict__in=[Verdict.GRANTED, Verdict.REFUSED])
                & Q(judge__isnull=False, judged_at__isnull=False)
                & ~Q(reason=""),
                name="objection_judged_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.GRANTED, by_how_much__gt=0)
                | ~Q(verdict=Verdict.GRANTED) & Q(by_how_much=None),
                name="objection_granted_gives_back",
            ),
            models.CheckConstraint(  # two people, and never of the unit itself
                condition=(Q(judge=None) | ~Q(judge=F("by")))
                & (Q(judge_unit=None) | ~Q(judge_unit=F("unit"))),
                name="objection_judged_by_others",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["assessment", "verdict", "at"], name="objection_of_assessment"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.verdict}"


class Entry(models.Model):
    """加减分记录: points that headquarters writes down for a deed, on what basis; only added.

    Withdrawn, it counts no more for what is frozen from then on.
    """

    id = _key()
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    kind = models.CharField("种类", max_length=8, choices=EntryKind)
    happened_on = models.DateField("发生日期")
    points = models.DecimalField("分值", max_digits=5, decimal_places=2)
    text = models.CharField("事由", max_length=200)
    basis = models.CharField("依据", max_length=200)
    by = _user("登记人")
    at = models.DateTimeField("登记时间")
    withdrawn_by = _user("撤销人", empty=True)
    withdrawn_at = models.DateTimeField("撤销时间", null=True)
    withdrawn_why = models.CharField("撤销理由", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考核加减分"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="assessment_entry_unit_id"),
            models.CheckConstraint(
                condition=Q(points__gt=0, points__lte=100) & Q(kind__in=EntryKind.values),
                name="assessment_entry_points",
            ),
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(basis=""), name="assessment_entry_says_why"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_why="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_why=""),
                name="assessment_entry_withdrawn_says_why",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-happened_on", "-id"], name="assessment_entry_of_unit"),
            models.Index(fields=["-happened_on", "-id"], name="assessment_entry_all"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"
