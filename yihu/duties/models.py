"""The cadence policy, the corrected calendar, and what each file owes by when (§6.2.1)."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.customers.rules import Klass
from yihu.dossiers.models import NEVER, Dossier
from yihu.dossiers.rules import State
from yihu.duties.choices import (
    CYCLES,
    Deed,
    DropReason,
    DueRule,
    DutyKind,
    Ground,
    OccasionKind,
    PeriodKind,
    ReplanState,
    Verdict,
)
from yihu.guide.models import Edition
from yihu.org.models import OrgUnit

MOST_DAYS = 60
AT_REST = [(state.value, state.label) for state in (State.DORMANT, State.CLOSED)]
"""What a file without a contract may come to: 休眠 keeps its clock, 关闭 stops it."""


class CadenceEdition(models.Model):
    """A numbered edition of the cadence policy, in force from a day on; a draft until published.

    The database refuses to change a published one (migration 0007).
    """

    number = models.PositiveIntegerField("版次", unique=True)
    effective_on = models.DateField("生效日")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField("修订说明", max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "更新周期版次"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["published_at"],
                condition=Q(published_at__isnull=True),
                nulls_distinct=False,
                name="cadence_one_draft",
            ),
        ]

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
            models.CheckConstraint(
                condition=Q(kind__in=CYCLES) & ~Q(period=PeriodKind.EVENT)
                | ~Q(kind__in=CYCLES) & Q(period=PeriodKind.EVENT, klass=""),
                name="cadence_line_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(due_days__lte=MOST_DAYS)
                & (Q(due_rule=DueRule.LAST_WORKING_DAY) | Q(due_days__gte=1)),
                name="cadence_line_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.klass} {self.period}"


class StricterCycle(models.Model):
    """A unit's own shorter cycle or fewer days, from a day until another (§4.3a, 7.2).

    `period` is empty for what is no cycle, `due_days` empty where the group's stand. Looser than
    the group's it cannot be: the database refuses it (migration 0007), and the planner takes the
    stricter in any case.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    kind = models.CharField("任务类型", max_length=16, choices=DutyKind)
    klass = models.CharField("客户分类", max_length=12, choices=Klass, blank=True, db_default="")
    period = models.CharField("周期", max_length=10, choices=PeriodKind, blank=True, db_default="")
    due_days = models.PositiveSmallIntegerField("工作日数", null=True)
    since = models.DateField("生效日")
    until = models.DateField("失效日", null=True)
    basis = models.CharField("依据", max_length=200)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField("设定时间")
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位更严周期"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="stricter_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "kind", "klass", "since"], name="stricter_once"
            ),
            models.CheckConstraint(
                condition=~Q(period="") | Q(due_days__isnull=False), name="stricter_says_something"
            ),
            models.CheckConstraint(
                condition=Q(due_days=None) | Q(due_days__gte=1, due_days__lte=MOST_DAYS),
                name="stricter_days",
            ),
            models.CheckConstraint(condition=~Q(basis=""), name="stricter_has_basis"),
            models.CheckConstraint(
                condition=Q(until=None, ended_by=None)
                | Q(until__gte=F("since"), ended_by__isnull=False),
                name="stricter_ended_by_someone",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-since", "id"], name="stricter_of_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.klass} {self.since}"


class CalendarCorrection(models.Model):
    """A day that headquarters declares worked or free, against the calendar library."""

    day = models.DateField("日期", unique=True)
    working = models.BooleanField("工作日")
    note = models.CharField("说明", max_length=100, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField("更正时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作日更正"

    def __str__(self) -> str:
        return f"{self.day} {'班' if self.working else '休'}"


class Replan(models.Model):
    """重排: a job that plans every unit anew, because the group decided something, or one unit.

    `why`: the verb of what was decided. `of_unit`: the one whose own rule it is, None for all.
    `done`: units so far, of `units`. Twice is once: a unit that is planned again gets the same
    duties.
    """

    why = models.CharField("缘由", max_length=40)
    as_of = models.DateField("决定日")
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField("决定时间", db_default=Now())
    of_unit = models.ForeignKey(OrgUnit, models.PROTECT, null=True, related_name="+")
    units = models.PositiveIntegerField("单位数")
    done = models.PositiveIntegerField("已重排单位数", db_default=0)
    state = models.CharField(
        "状态", max_length=8, choices=ReplanState, db_default=ReplanState.RUNNING.value
    )
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "更新任务重排"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(state=ReplanState.RUNNING, ended_at=None)
                | ~Q(state=ReplanState.RUNNING) & Q(ended_at__isnull=False),
                name="replan_ended",
            ),
            models.CheckConstraint(condition=Q(done__lte=F("units")), name="replan_done"),
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.done}/{self.units}"


class Duty(models.Model):
    """更新任务: what a file owes by when, and when the deed was done. Never ticked by hand.

    `subject_id` names the contract, visit … of an event duty and `source` what kind of thing it
    is (`duties.sources`); both periods are then the day of the event. `counts_from`: a version
    approved from that moment on fulfils it. `klass` is the class that the duty was planned for.
    A duty that a replan takes away keeps its row with `dropped_at`, a waived one with
    `waived_at`; neither is done nor open.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, db_index=False, related_name="+")
    dossier = models.ForeignKey(Dossier, models.CASCADE, db_constraint=False, related_name="duties")
    kind = models.CharField("任务类型", max_length=16, choices=DutyKind)
    source = models.CharField("事由", max_length=20, blank=True, db_default="")
    subject_id = models.UUIDField("对象", null=True, blank=True)
    counts_from = models.DateTimeField("起算时间", null=True)
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
    waived_at = models.DateTimeField("豁免时间", null=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "更新任务"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(  # one period and file gets one duty
                fields=[
                    "unit",
                    "dossier",
                    "kind",
                    "period_start",
                    "period_end",
                    "source",
                    "subject_id",
                ],
                name="duty_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(  # and one occasion too, whenever it is said to have been
                fields=["unit", "dossier", "source", "subject_id"],
                condition=~Q(source=""),
                name="duty_event_once",
            ),
            models.CheckConstraint(
                condition=Q(source="", subject_id=None)
                | ~Q(source="") & Q(subject_id__isnull=False),
                name="duty_event_has_subject",
            ),
            models.CheckConstraint(
                condition=Q(waived_at=None) | Q(done_at=None, dropped_at=None),
                name="duty_waived_is_not_done",
            ),
            models.UniqueConstraint(fields=["unit", "id"], name="duty_unit_id"),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="duty_period"
            ),
        ]
        indexes: ClassVar = [
            models.Index(  # home and boards count from the index alone
                fields=["unit", "due_on", "id"],
                include=["dossier", "kind", "klass", "period_start", "period_end"],
                condition=Q(done_at__isnull=True, dropped_at__isnull=True, waived_at__isnull=True),
                name="duty_open_counted",
            ),
            models.Index(fields=["unit", "dossier", "due_on"], name="duty_of_dossier"),
            models.Index(
                fields=["unit", "due_on", "id"],
                include=[
                    "dossier",
                    "kind",
                    "klass",
                    "period_start",
                    "period_end",
                    "done_at",
                    "waived_at",
                    "dropped_at",
                ],
                name="duty_counted",
            ),
            models.Index(fields=["due_on", "id"], name="duty_all_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.period_start:%Y-%m} {self.dossier_id}"


class Occasion(models.Model):
    """What happened to a file and is kept nowhere else, for the duty that it brings.

    Material changes are written by a trigger on the file, by whatever path they come, except an
    approval, which is itself the update (§6.2.1e, migration 0007); what a new guide newly asks
    of a file, as that edition comes into force (§4.1b). `codes`: the fields; never their values.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.CASCADE, db_constraint=False, related_name="+")
    kind = models.CharField("事由", max_length=12, choices=OccasionKind)
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, related_name="+")
    codes = ArrayField(models.CharField(max_length=60), verbose_name="栏目")
    happened_at = models.DateTimeField("发生时间", db_default=Now())

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "更新事由"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="occasion_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "dossier", "edition"], name="occasion_once_an_edition"
            ),
            models.CheckConstraint(
                condition=Q(kind=OccasionKind.GUIDE, edition__isnull=False)
                | Q(kind=OccasionKind.BASIC_CHANGE, edition=None),
                name="occasion_of_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dossier_id}"


class Asked(models.Model):
    """What a unit's steward asks for with a reason, and a supervisor of the group answers, once."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    reason = models.CharField("理由", max_length=200)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("申请时间")
    verdict = models.CharField(
        "结论", max_length=10, choices=Verdict, db_default=Verdict.ASKED.value
    )
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("审批时间", null=True)
    note = models.CharField("意见", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="%(class)s_unit_id"),
            models.CheckConstraint(condition=~Q(reason=""), name="%(class)s_has_reason"),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.ASKED, decided_by=None, decided_at=None)
                | ~Q(verdict=Verdict.ASKED) & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="%(class)s_decided_by_someone",
            ),
            models.CheckConstraint(  # two people, on any path
                condition=Q(verdict__in=[Verdict.ASKED, Verdict.WITHDRAWN])
                | ~Q(decided_by=F("asked_by")),
                name="%(class)s_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.REFUSED) | ~Q(note=""),
                name="%(class)s_refusal_says_why",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["unit", "-asked_at", "-id"], name="%(class)s_of_unit"),
            models.Index(fields=["-asked_at", "-id"], name="%(class)s_all"),
        ]


class Waiver(Asked):
    """豁免 of a duty: it is owed no more, and counts apart."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, db_constraint=False, related_name="+")
    duty = models.ForeignKey(Duty, models.CASCADE, db_constraint=False, related_name="waivers")

    class Meta(Asked.Meta):
        verbose_name = verbose_name_plural = "任务豁免"
        constraints: ClassVar[list[Any]] = [
            *Asked.Meta.constraints,
            models.UniqueConstraint(
                fields=["unit", "duty"],
                condition=Q(verdict__in=[Verdict.ASKED, Verdict.CONSENTED]),
                name="waiver_one_standing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.verdict}"


class Closure(Asked):
    """休眠 or 关闭 of a file.

    A file without a contract keeps its clock until headquarters says otherwise (§6.1.2, DESIGN §8).
    What was consented to holds from `since` until the day before `until`: a contract that comes
    ends it by itself, or a person with a reason. An update that falls due while a file is closed is
    not owed.
    """

    dossier = models.ForeignKey(
        Dossier, models.CASCADE, db_constraint=False, related_name="closures"
    )
    state = models.CharField("申请状态", max_length=8, choices=AT_REST)
    ground = models.CharField("事由", max_length=10, choices=Ground)
    since = models.DateField("起始日", null=True)
    until = models.DateField("恢复日", db_default=NEVER)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField("恢复时间", null=True)
    ended_why = models.CharField("恢复理由", max_length=200, blank=True, db_default="")

    class Meta(Asked.Meta):
        verbose_name = verbose_name_plural = "休眠与关闭"
        constraints: ClassVar[list[Any]] = [
            *Asked.Meta.constraints,
            models.UniqueConstraint(
                fields=["unit", "dossier"],
                condition=Q(verdict=Verdict.ASKED),
                name="closure_one_asked",
            ),
            models.UniqueConstraint(
                fields=["unit", "dossier"],
                condition=Q(verdict=Verdict.CONSENTED, ended_at=None),
                name="closure_one_standing",
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.CONSENTED, since__isnull=False, until__gte=F("since"))
                | ~Q(verdict=Verdict.CONSENTED) & Q(since=None, until=NEVER, ended_at=None),
                name="closure_holds_once_consented",
            ),
            models.CheckConstraint(
                condition=Q(until=NEVER, ended_at=None, ended_why="")
                | Q(until__lt=NEVER, ended_at__isnull=False) & ~Q(ended_why=""),
                name="closure_ended_says_why",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            *Asked.Meta.indexes,
            models.Index(fields=["unit", "dossier", "-asked_at"], name="closure_of_dossier"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.state} {self.verdict}"
