"""Rating schemes, rounds and their scores; results of customer ratings, year by year (§6.1.3)."""

import json
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.customers.models import Customer
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.org.models import OrgUnit
from yihu.ratings.rules import unfold


class Exact(json.JSONDecoder):
    """Fractions as decimals, digit by digit as they stand."""

    def __init__(self) -> None:
        super().__init__(parse_float=Decimal)


class ResultState(models.TextChoices):
    PROVISIONAL = "provisional", _("初评")
    FINAL = "final", _("最终")


class RoundKind(models.TextChoices):
    REAL = "real", _("年度评级")
    TRIAL = "trial", _("试算")


class RoundState(models.TextChoices):
    OPEN = "open", _("待计算")
    COMPUTING = "computing", _("正在计算")
    COMPUTED = "computed", _("已计算")
    HANDED = "handed", _("待复核")
    REVIEWED = "reviewed", _("已复核")
    CLOSING = "closing", _("正在定稿")
    FINAL = "final", _("已定稿")
    DROPPED = "dropped", _("已作废")


class Verdict(models.TextChoices):
    WAITING = "waiting", _("待认定")
    ACCEPTED = "accepted", _("按建议认定")
    KEPT = "kept", _("维持原分类")


class RatingScheme(models.Model):
    """评级方案: an edition of the rules, as `ratings.rules.parse` reads `definition`.

    Without `published_at` it is a draft, of which there is one at most; published it never
    changes. A round of a year is judged by the newest one that is effective by then. The
    database checks weights and grade bands of what is published (migration 0005).
    """

    number = models.PositiveIntegerField("版次", unique=True)
    title = models.CharField("名称", max_length=120)
    effective_year = models.PositiveSmallIntegerField("适用评级年度自")
    definition = models.JSONField("内容")
    based_on = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by"
    )
    version = models.PositiveIntegerField("保存次数", db_default=1)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField("最近保存时间", null=True, blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "评级方案"
        ordering: ClassVar = ["-number"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["published_at"],
                condition=Q(published_at__isnull=True),
                nulls_distinct=False,
                name="rating_scheme_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} 第 {self.number} 版"


class RatingRound(models.Model):
    """评级轮次: a year's rating of all files by one scheme, or a trial run of one.

    Who hands it in never reviews it. Final, nothing of it changes (migration 0005). A trial of a
    draft has `beside` it a trial of the scheme in force on the same data; `scheme_version` is
    the save of the draft that was tried. `lines`: the indicators as they were computed, which name
    the figures of its scores (`rules.unfold`).
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    kind = models.CharField("种类", max_length=5, choices=RoundKind)
    year = models.PositiveSmallIntegerField("评级年度")
    scheme = models.ForeignKey(RatingScheme, models.PROTECT, related_name="rounds")
    scheme_version = models.PositiveIntegerField("方案保存次数")
    cut_off_on = models.DateField("数据截止日")
    state = models.CharField(
        "状态", max_length=9, choices=RoundState, db_default=RoundState.OPEN.value
    )
    beside = models.ForeignKey("self", models.CASCADE, null=True, related_name="+")
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField("发起时间")
    asked_at = models.DateTimeField("要求计算时间", null=True)
    computed_at = models.DateTimeField("计算时间", null=True)
    files = models.PositiveIntegerField("参评档案数", db_default=0)
    lines = models.JSONField("计分项", db_default=models.Value([], models.JSONField()))
    handed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    handed_at = models.DateTimeField("提交复核时间", null=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField("复核时间", null=True)
    returned_why = models.CharField("退回原因", max_length=200, blank=True, db_default="")
    final_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    final_at = models.DateTimeField("定稿时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "评级轮次"
        ordering: ClassVar = ["-year", "-opened_at"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(kind=RoundKind.REAL) & ~Q(state=RoundState.DROPPED),
                name="rating_round_one_a_year",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("handed_by")),
                name="rating_round_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[RoundState.REVIEWED, RoundState.CLOSING, RoundState.FINAL])
                | Q(kind=RoundKind.REAL, handed_by__isnull=False, reviewed_by__isnull=False),
                name="rating_round_reviewed_before_final",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[RoundState.CLOSING, RoundState.FINAL])
                | Q(final_by__isnull=False, final_at__isnull=False),
                name="rating_round_final_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.get_kind_display()}"


class RatingScore(models.Model):
    """One file's score in a round, down to its inputs.

    `figures`: what the round's `lines` name, one after the other; `details` reads them. `joined`:
    the score of the customer over all its files, from which `klass` is proposed; only headquarters
    reads it, for it tells of other units' files. `score_before`, `grade_before`: the last final
    result of an earlier year, or what the scheme in force gives (a trial). A unit reads its rows
    once they are `final`. A round writes a row a file, so the row is narrow, the table has no index
    that another one begins with, and triggers of the statement, not of the row, hold it to its
    round (migration 0011). `id`, as a round computes it, begins as the file's and ends as the
    round's: keys are written in their order, and a score that is computed again keeps its own.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    round = models.ForeignKey(
        RatingRound, models.CASCADE, db_constraint=False, db_index=False, related_name="scores"
    )
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    score = models.DecimalField("得分", max_digits=5, decimal_places=2)
    grade = models.CharField("等级", max_length=8)
    joined = models.DecimalField("客户得分", max_digits=5, decimal_places=2)
    klass_now = models.CharField("现分类", max_length=12, choices=Klass, blank=True, db_default="")
    klass = models.CharField("建议分类", max_length=12, choices=Klass)
    score_before = models.DecimalField("上次得分", max_digits=5, decimal_places=2, null=True)
    grade_before = models.CharField("上次等级", max_length=8, blank=True, db_default="")
    rise = models.GeneratedField(
        expression=Coalesce(F("score") - F("score_before"), models.Value(0)),
        output_field=models.DecimalField(max_digits=6, decimal_places=2),
        db_persist=True,
    )
    figures = models.JSONField("计分明细", db_column="details", decoder=Exact)
    final = models.BooleanField("已定稿", db_default=False)

    opened_as: ClassVar = "performance"
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评级得分"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["dossier", "round", "unit"], name="rating_score_once_a_round"
            ),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=100, joined__gte=0, joined__lte=100),
                name="rating_score_range",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["round", "score", "id"], name="rating_score_by_score"),
            models.Index(fields=["round", "rise", "id"], name="rating_score_by_rise"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.score} {self.grade}"

    @property
    def details(self) -> dict[str, dict[str, Any]]:
        """By indicator, as `rules.unfold` gives them."""
        return unfold(self.round.lines, self.figures)


class RatingJudgement(models.Model):
    """What a judge gives a file for a judged indicator of a round, 0 to 100; None: taken back."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    round = models.ForeignKey(RatingRound, models.CASCADE, related_name="judgements")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="+")
    code = models.CharField("指标", max_length=40)
    points = models.DecimalField("评分", max_digits=5, decimal_places=2, null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("评分时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评级评分"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="rating_judgement_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "round", "dossier", "code"], name="rating_judgement_once"
            ),
            models.CheckConstraint(
                condition=Q(points__gte=0, points__lte=100), name="rating_judgement_range"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["round", "-at"], name="rating_judgement_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.code} {self.points}"


class RatingProposal(models.Model):
    """A class that a final round proposes for a customer, and what headquarters decided.

    `carried_at`: when an accepted class reached the customer and its files.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    round = models.ForeignKey(RatingRound, models.PROTECT, related_name="proposals")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    score = models.DecimalField("客户得分", max_digits=5, decimal_places=2)
    klass_now = models.CharField("现分类", max_length=12, choices=Klass, blank=True, db_default="")
    klass = models.CharField("建议分类", max_length=12, choices=Klass)
    verdict = models.CharField(
        "认定", max_length=8, choices=Verdict, db_default=Verdict.WAITING.value
    )
    reason = models.CharField("理由", max_length=200, blank=True, db_default="")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("认定时间", null=True)
    carried_at = models.DateTimeField("生效时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "分类建议"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["round", "customer"], name="rating_proposal_once"),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.WAITING, decided_by=None, decided_at=None)
                | ~Q(verdict=Verdict.WAITING)
                & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="rating_proposal_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.KEPT) | ~Q(reason=""),
                name="rating_proposal_kept_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(carried_at=None) | Q(verdict=Verdict.ACCEPTED),
                name="rating_proposal_carried_if_accepted",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["round", "verdict", "score", "id"], name="rating_proposal_list"),
            models.Index(
                fields=["round"],
                condition=Q(verdict=Verdict.ACCEPTED, carried_at=None),
                name="rating_proposal_to_carry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.klass_now} → {self.klass}"


class RatingResult(models.Model):
    """A customer's score (0 to 100), grade and proposed class of one rating year.

    `round`: the final round that it comes from, None for an imported list.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, db_constraint=False, related_name="ratings"
    )
    year = models.PositiveSmallIntegerField("评级年度")
    score = models.DecimalField("得分", max_digits=6, decimal_places=2)
    grade = models.CharField("信用等级", max_length=8, blank=True, db_default="")
    klass = models.CharField("客户类别", max_length=12, choices=Klass, blank=True, db_default="")
    rated_on = models.DateField("评级日期", null=True, blank=True)
    state = models.CharField("状态", max_length=12, choices=ResultState)
    round = models.ForeignKey(RatingRound, models.PROTECT, null=True, related_name="results")
    entered_at = models.DateTimeField("录入时间", db_default=Now())
    changed_at = models.DateTimeField("更新时间", db_default=Now())

    opened_as: ClassVar = "performance"
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客户评级结果"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "dossier", "year"], name="rating_once_a_year"),
            models.UniqueConstraint(fields=["unit", "id"], name="rating_unit_id"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="rating_score"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.year} {self.grade}"
