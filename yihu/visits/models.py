"""Visits, who took part, what came of them: promises followed up and needs heard (§6.2.1d)."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from yihu.access.scope import ScopedQuerySet
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.org.models import OrgUnit, Staff
from yihu.papers.models import Document
from yihu.visits.choices import (
    OPEN,
    RUNNING,
    Entry,
    FollowupState,
    Kind,
    Level,
    NeedKind,
    NeedState,
    Priority,
    Side,
    State,
    Topic,
)

SECTION = "interviews"
"""The part of the file that these rows stand in, and that a grant must open for others."""


def _staff(**more: Any) -> Any:
    return models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+", **more)


class Visit(models.Model):
    """来访或拜访: planned, invited to, held, written up; corrected with a reason, never deleted.

    `number` runs by unit and year. `day` is when it was held, before that when it is planned;
    `moment` the planned hour, `minutes` how long. `lead` is whoever answers for it on our side.
    `revision` counts writes, so that a stale form is noticed; `client_id` is made by the browser,
    so that what is sent twice is one visit. Foreign keys to unit-owned tables are composite.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="visits")
    year = models.PositiveSmallIntegerField("编号年度")
    serial = models.PositiveIntegerField("序号")
    number = models.CharField("访谈编号", max_length=20)
    client_id = models.UUIDField("提交标识", null=True)
    revision = models.PositiveIntegerField("修改次数", db_default=0)
    state = models.CharField("状态", max_length=9, choices=State, db_default=State.PLANNED.value)
    kind = models.CharField("形式", max_length=8, choices=Kind)
    level = models.CharField("层级", max_length=10, choices=Level)
    planned_on = models.DateField("计划日期", null=True)
    moment = models.TimeField("时间", null=True)
    minutes = models.PositiveSmallIntegerField("预计时长（分钟）", db_default=60)
    held_on = models.DateField("访谈日期", null=True)
    day = models.GeneratedField(
        expression=Coalesce("held_on", "planned_on"),
        output_field=models.DateField(),
        db_persist=True,
    )
    place = models.CharField("地点", max_length=120, blank=True, db_default="")
    lead = _staff(verbose_name="负责人")
    topics = ArrayField(models.CharField(max_length=12, choices=Topic), db_default=[])
    purpose = models.CharField("目的", max_length=300, blank=True, db_default="")
    summary = models.TextField("纪要", blank=True, db_default="")
    conclusions = models.TextField("结论", blank=True, db_default="")
    market_intel = models.TextField("市场信息", blank=True, db_default="")
    competitor_intel = models.TextField("竞争信息", blank=True, db_default="")
    risk_signal = models.BooleanField("有风险信号", db_default=False)
    risk_note = models.CharField("风险信号说明", max_length=300, blank=True, db_default="")
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, db_constraint=False, related_name="visits"
    )
    invited_at = models.DateTimeField("邀请时间", null=True)
    recorded_by = _staff(null=True, verbose_name="记录人")
    written_at = models.DateTimeField("纪要提交时间", null=True)
    cancelled_by = _staff(null=True)
    cancelled_at = models.DateTimeField("取消时间", null=True)
    cancelled_reason = models.CharField("取消原因", max_length=200, blank=True, db_default="")
    entered_by = _staff()
    entered_at = models.DateTimeField("登记时间")
    changed_at = models.DateTimeField("更新时间")

    opened_as: ClassVar = SECTION
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客户访谈"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="visit_unit_id"),
            models.UniqueConstraint(fields=["unit", "dossier", "id"], name="visit_of_file"),
            models.UniqueConstraint(fields=["unit", "year", "serial"], name="visit_serial"),
            models.UniqueConstraint(fields=["unit", "number"], name="visit_number"),
            models.UniqueConstraint(fields=["unit", "client_id"], name="visit_sent_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="visit_state"),
            models.CheckConstraint(
                condition=Q(planned_on__isnull=False) | Q(held_on__isnull=False),
                name="visit_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "cancelled"], held_on=None, written_at=None)
                | Q(state="held", held_on__isnull=False, written_at=None)
                | Q(
                    state="written",
                    held_on__isnull=False,
                    written_at__isnull=False,
                    recorded_by__isnull=False,
                ),
                name="visit_state_and_dates",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None, cancelled_reason="")
                & ~Q(state="cancelled")
                | Q(state="cancelled", cancelled_at__isnull=False, cancelled_by__isnull=False)
                & ~Q(cancelled_reason=""),
                name="visit_cancelled_by_someone",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "dossier", "-day", "-id"], name="visit_of_dossier"),
            models.Index(fields=["unit", "-day", "-id"], name="visit_of_unit"),
            models.Index(fields=["-day", "-id"], name="visit_all"),
            models.Index(fields=["unit", "lead", "state"], name="visit_lead"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.purpose}".strip()

    def topic_labels(self) -> list[str]:
        """The topics in words."""
        return [str(Topic(code).label) for code in self.topics]


class Participant(models.Model):
    """参加人: one of ours, or a person of the customer by name and post as they were that day.

    `known`: stood among the file's contacts when entered; others are offered to it.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="+")
    visit = models.ForeignKey(
        Visit, models.PROTECT, db_constraint=False, related_name="participants"
    )
    side = models.CharField("哪一方", max_length=6, choices=Side)
    staff = _staff(null=True)
    name = models.CharField("姓名", max_length=60)
    post = models.CharField("职务", max_length=60, blank=True, db_default="")
    known = models.BooleanField("在联系人名单中", db_default=True)
    place = models.PositiveSmallIntegerField("次序")

    opened_as: ClassVar = SECTION
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "参加人"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="participant_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "visit", "side", "place"], name="participant_place"
            ),
            models.CheckConstraint(
                condition=Q(side="ours", staff__isnull=False) | Q(side="theirs", staff=None),
                name="participant_ours_is_staff",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.post}）" if self.post else self.name


class Followup(models.Model):
    """跟进事项: a promise of either side, with an owner and a day, until its result closes it.

    `escalated`: the highest step of rules.ESCALATION that was told of. A result is event d of
    §6.2.1 once more.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, db_constraint=False, related_name="followups"
    )
    visit = models.ForeignKey(Visit, models.PROTECT, db_constraint=False, related_name="followups")
    side = models.CharField("谁的承诺", max_length=6, choices=Side)
    text = models.CharField("事项", max_length=300)
    owner = _staff(verbose_name="责任人")
    due_on = models.DateField("期限")
    state = models.CharField(
        "状态", max_length=8, choices=FollowupState, db_default=FollowupState.TODO.value
    )
    escalated = models.PositiveSmallIntegerField("已上报级别", db_default=0)
    result = models.TextField("结果", blank=True, db_default="")
    resulted_at = models.DateTimeField("形成结果时间", null=True)
    confirmed = models.BooleanField("客户已确认", db_default=False)
    closed_at = models.DateTimeField("办结时间", null=True)
    entered_by = _staff()
    entered_at = models.DateTimeField("登记时间")

    opened_as: ClassVar = SECTION
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "跟进事项"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="followup_unit_id"),
            models.UniqueConstraint(fields=["unit", "dossier", "id"], name="followup_of_file"),
            models.CheckConstraint(
                condition=Q(state__in=["todo", "doing"], resulted_at=None, closed_at=None)
                | Q(state="resulted", resulted_at__isnull=False, closed_at=None) & ~Q(result="")
                | Q(state="closed", resulted_at__isnull=False, closed_at__isnull=False)
                & ~Q(result=""),
                name="followup_closed_with_result",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "due_on", "id"], name="followup_of_unit"),
            models.Index(fields=["due_on", "id"], name="followup_all"),
            models.Index(fields=["unit", "dossier", "due_on"], name="followup_of_dossier"),
            models.Index(fields=["unit", "visit"], name="followup_of_visit"),
            models.Index(
                fields=["owner", "due_on"],
                condition=Q(state__in=[state.value for state in OPEN]),
                name="followup_open_of_owner",
            ),
            models.Index(
                fields=["due_on"],
                condition=Q(state__in=[state.value for state in RUNNING]),
                name="followup_running",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def late_days(self, today: date) -> int:
        """By how many days it is late; 0 when it is not, or has its result."""
        return max(0, (today - self.due_on).days) if self.state in RUNNING else 0


class Progress(models.Model):
    """进展: one line of a follow-up's history; only ever added."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="+")
    followup = models.ForeignKey(
        Followup, models.PROTECT, db_constraint=False, related_name="progress"
    )
    entry = models.CharField("种类", max_length=8, choices=Entry)
    text = models.TextField("内容")
    due_on = models.DateField("此前期限", null=True)
    """By when it was due until this entry set another day."""
    by = _staff()
    at = models.DateTimeField("时间")

    opened_as: ClassVar = SECTION
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "跟进进展"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="progress_unit_id"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "followup", "at"], name="progress_of_followup"),
        ]

    def __str__(self) -> str:
        return self.text


class Need(models.Model):
    """诉求或反馈: what a customer wants or thinks, heard, answered, done."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="needs")
    visit = models.ForeignKey(Visit, models.PROTECT, db_constraint=False, related_name="needs")
    category = models.CharField("类别", max_length=10, choices=NeedKind)
    text = models.CharField("诉求与反馈", max_length=500)
    priority = models.CharField(
        "优先级", max_length=6, choices=Priority, db_default=Priority.NORMAL.value
    )
    owner = _staff(verbose_name="责任人")
    state = models.CharField(
        "状态", max_length=8, choices=NeedState, db_default=NeedState.HEARD.value
    )
    heard_on = models.DateField("听取日期")
    answer = models.CharField("答复", max_length=500, blank=True, db_default="")
    answered_on = models.DateField("答复日期", null=True)
    outcome = models.CharField("落实情况", max_length=500, blank=True, db_default="")
    done_on = models.DateField("落实日期", null=True)

    opened_as: ClassVar = SECTION
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客户诉求"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="need_unit_id"),
            models.CheckConstraint(
                condition=Q(state="heard", answered_on=None, done_on=None)
                | Q(state="answered", answered_on__isnull=False, done_on=None) & ~Q(answer="")
                | Q(state="done", answered_on__isnull=False, done_on__isnull=False) & ~Q(answer=""),
                name="need_answered_then_done",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-heard_on", "-id"], name="need_of_unit"),
            models.Index(fields=["-heard_on", "-id"], name="need_all"),
            models.Index(fields=["unit", "dossier", "-heard_on"], name="need_of_dossier"),
            models.Index(fields=["unit", "visit"], name="need_of_visit"),
            models.Index(fields=["owner"], condition=~Q(state="done"), name="need_open_of_owner"),
        ]

    def __str__(self) -> str:
        return self.text


class Revision(models.Model):
    """更正: what written minutes said before, and why they were changed; only ever added."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="+")
    visit = models.ForeignKey(Visit, models.PROTECT, db_constraint=False, related_name="revisions")
    number = models.PositiveSmallIntegerField("次序")
    reason = models.CharField("更正原因", max_length=200)
    before = models.JSONField("更正前")
    by = _staff()
    at = models.DateTimeField("时间")

    opened_as: ClassVar = SECTION
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "纪要更正"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="revision_unit_id"),
            models.UniqueConstraint(fields=["unit", "visit", "number"], name="revision_number"),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.number}"


class Quota(models.Model):
    """走访计划: how many visits a year a unit means to have with each customer of a class."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField("年度")
    klass = models.CharField("客户分类", max_length=12, choices=Klass)
    visits = models.PositiveSmallIntegerField("每户次数")
    set_by = _staff()
    set_at = models.DateTimeField("制定时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "走访计划"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="quota_unit_id"),
            models.UniqueConstraint(fields=["unit", "year", "klass"], name="quota_once"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.klass} {self.visits}"
