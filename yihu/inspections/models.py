"""Inspections, the frozen files in them, what was found, ordered and put right (§6.4, 6.2.1)."""

from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.customers.rules import Klass
from yihu.dossiers.models import NEVER, Dossier, FileVersion
from yihu.inspections.choices import (
    Cause,
    FindingState,
    Judgement,
    Kind,
    Method,
    PlaceKind,
    ResultState,
    Root,
    Severity,
    State,
    SubjectState,
    Verdict,
)
from yihu.inspections.rules import HEAVY_MOST
from yihu.org.models import OrgUnit
from yihu.originals.models import Original
from yihu.papers.models import Blob


def _key() -> Any:
    return models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)


def _unit() -> Any:
    return models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")


def _user(label: str, *, empty: bool = False) -> Any:
    return models.ForeignKey(User, models.PROTECT, verbose_name=label, null=empty, related_name="+")


class Checklist(models.Model):
    """An edition of what inspectors look at, a draft until published, then never changed (0004).

    `items`: the lines of `checklist.Item`. A later edition supersedes it from its day on.
    """

    number = models.PositiveIntegerField("版次", unique=True)
    effective_on = models.DateField("生效日")
    items = models.JSONField("检查项")
    published_at = models.DateTimeField("发布时间", null=True)
    published_by = _user("发布人", empty=True)
    reason = models.CharField("修订说明", max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "检查单"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["published_at"],
                condition=Q(published_at=None),
                nulls_distinct=False,
                name="checklist_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.number} 版"


class InspectionQuerySet(models.QuerySet[Any]):
    """Headquarters sees all; a unit its self-checks, and those in which its files are."""

    def visible_to(self, user: User) -> Self:
        """Only what the person may see; the base of every list and single row."""
        scope = scope_of(user)
        if scope.everything:
            return self.all()
        mine = Share.objects.filter(unit__in=scope.whole_units & scope.own_ids)
        return self.filter(
            Q(owner__in=scope.own_ids) | Q(pk__in=mine.values("inspection")),
        )


class Inspection(models.Model):
    """检查: which files, as of which day, by whom; of the group, or a unit's own (`owner`).

    `klasses`: the classes whose files are checked as a whole, [] for all; `offtake`: volume and
    price of every other file in scope too. `units`: keys of the units, [] for all. Files are
    frozen as of the end of `cutoff_on`. `seed` and the digests stand once the sample is drawn and
    never change again (migration 0002). `checks_done`: codes of the checks that have run.
    """

    id = _key()
    number = models.CharField("检查编号", max_length=20, unique=True)
    kind = models.CharField("种类", max_length=10, choices=Kind)
    name = models.CharField("名称", max_length=80)
    owner = models.ForeignKey(OrgUnit, models.PROTECT, null=True, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State, db_default=State.PLANNED.value)
    period_start = models.DateField("期间起")
    period_end = models.DateField("期间止")
    cutoff_on = models.DateField("截止日")
    begins_on = models.DateField("检查开始")
    ends_on = models.DateField("检查结束")
    klasses = ArrayField(models.CharField(max_length=12, choices=Klass), db_default=[])
    units = ArrayField(models.BigIntegerField(), db_default=[])
    offtake = models.BooleanField("所有客户提气量、价", db_default=False)
    method = models.CharField("抽样方式", max_length=6, choices=Method)
    amount = models.PositiveIntegerField("比例或数量")
    minimum = models.PositiveIntegerField("每单位最少")
    weighted = models.BooleanField("加权", db_default=False)
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="+")
    inspectors = models.ManyToManyField(User, related_name="+")
    made_by = _user("制定人")
    made_at = models.DateTimeField("制定时间")
    seed = models.CharField("抽样种子", max_length=64, blank=True, db_default="")
    begun_by = _user("启动人", empty=True)
    begun_at = models.DateTimeField("启动时间", null=True)
    population = models.PositiveIntegerField("总体", db_default=0)
    drawn = models.PositiveIntegerField("抽中", db_default=0)
    population_sha256 = models.CharField("总体摘要", max_length=64, blank=True, db_default="")
    draw_sha256 = models.CharField("样本摘要", max_length=64, blank=True, db_default="")
    checks_done = ArrayField(models.CharField(max_length=20), db_default=[])
    checked_at = models.DateTimeField("自动检查完成", null=True)
    failed = models.CharField("中断原因", max_length=60, blank=True, db_default="")
    closed_by = _user("结束人", empty=True)
    closed_at = models.DateTimeField("结束时间", null=True)
    conclusion = models.TextField("结论", blank=True, db_default="")

    objects: ClassVar[Any] = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "检查"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="inspection_kind"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="inspection_state"),
            models.CheckConstraint(
                condition=Q(kind=Kind.SELF, owner__isnull=False)
                | ~Q(kind=Kind.SELF) & Q(owner=None),
                name="inspection_self_has_owner",
            ),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")) & Q(ends_on__gte=F("begins_on")),
                name="inspection_period",
            ),
            models.CheckConstraint(
                condition=Q(method__in=Method.values)
                & (~Q(method=Method.SHARE) | Q(amount__gte=1, amount__lte=100)),
                name="inspection_method",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.PLANNED, State.CANCELLED], seed="", begun_at=None)
                | ~Q(seed="")
                & Q(begun_at__isnull=False, begun_by__isnull=False)
                & ~Q(state=State.PLANNED),
                name="inspection_begun_with_seed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.FINISHED, State.CANCELLED])
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="inspection_closed_by_someone",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-made_at", "-id"], name="inspection_newest"),
            models.Index(fields=["owner", "-made_at", "-id"], name="inspection_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Share(models.Model):
    """A unit's part of an inspection: how many files were in it, and how many were drawn."""

    id = _key()
    unit = _unit()
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="shares")
    checked = models.PositiveIntegerField("规则检查")
    population = models.PositiveIntegerField("抽样总体")
    drawn = models.PositiveIntegerField("抽中")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "各单位抽样"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "inspection"], name="share_once"),
            models.CheckConstraint(
                condition=Q(drawn__lte=F("population")), name="share_within_population"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.drawn}/{self.population}"


class Subject(models.Model):
    """A file in an inspection, frozen as of the cut-off: its version, digest and facts.

    `whole`: checked as a whole and in the population; else volume and price only. `facts` stand
    where no version was approved by then. `hands`: staff who filled or approved the file; none of
    them inspects it (三员分立, by a constraint). `lot`: the smallest ticket of the draw. `risk` is
    no column, as on a file.
    """

    id = _key()
    unit = _unit()
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="subjects")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="+")
    version = models.ForeignKey(
        FileVersion, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    version_number = models.PositiveIntegerField("版本号", db_default=0)
    sha256 = models.CharField("摘要", max_length=64, blank=True, db_default="")
    number = models.CharField("档案编号", max_length=30)
    name_full = models.CharField("客户名称", max_length=200)
    credit_code = models.CharField("统一社会信用代码", max_length=18)
    klass = models.CharField("客户分类", max_length=12, blank=True, db_default="")
    region_code = models.CharField("行政区划", max_length=6, blank=True, db_default="")
    gas_uses = ArrayField(models.CharField(max_length=2), db_default=[])
    filler_name = models.CharField("填报人", max_length=80, blank=True, db_default="")
    facts = models.JSONField("档案内容", null=True)
    hands = ArrayField(models.UUIDField(), db_default=[])
    whole = models.BooleanField("整份检查")
    weight = models.PositiveSmallIntegerField("权重", db_default=1)
    lot = models.CharField("抽签数", max_length=64, blank=True, db_default="")
    drawn = models.BooleanField("抽中", db_default=False)
    state = models.CharField(
        "状态", max_length=8, choices=SubjectState, db_default=SubjectState.WAITING.value
    )
    claimed_by = _user("检查人", empty=True)
    claimed_staff = models.UUIDField("检查人工号", null=True)
    claimed_at = models.DateTimeField("开始检查", null=True)
    done_at = models.DateTimeField("完成检查", null=True)

    risk: Any = None
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "被检档案"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="subject_unit_id"),
            models.UniqueConstraint(fields=["unit", "inspection", "dossier"], name="subject_once"),
            models.CheckConstraint(
                condition=Q(weight__gte=1, weight__lte=HEAVY_MOST), name="subject_weight"
            ),
            models.CheckConstraint(
                condition=Q(drawn=False) | Q(whole=True) & ~Q(lot=""), name="subject_drawn_by_lot"
            ),
            models.CheckConstraint(
                condition=Q(state=SubjectState.WAITING, claimed_by=None, done_at=None)
                | Q(state=SubjectState.CLAIMED, claimed_by__isnull=False, done_at=None)
                | Q(state=SubjectState.DONE, claimed_by__isnull=False, done_at__isnull=False),
                name="subject_claimed_by_someone",
            ),
            models.CheckConstraint(  # whoever filled or approved it does not inspect it
                condition=Q(claimed_staff=None) | ~Q(hands__contains=[F("claimed_staff")]),
                name="subject_not_by_own_hands",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["inspection", "unit", "lot", "id"], name="subject_by_lot"),
            models.Index(
                fields=["inspection", "state", "unit", "lot"],
                condition=Q(drawn=True),
                name="subject_to_inspect",
            ),
            models.Index(fields=["unit", "dossier"], name="subject_of_file"),
        ]

    def __str__(self) -> str:
        return self.name_full


class Tally(models.Model):
    """What a check said of a unit's files: to which it applied, and how many did not pass.

    Those that did not are rows of `Result`; all others in `applied_to` passed.
    """

    id = _key()
    unit = _unit()
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="tallies")
    check_code = models.CharField("检查规则", max_length=20)
    applied = models.PositiveIntegerField("适用")
    failed = models.PositiveIntegerField("未通过")
    applied_to = ArrayField(models.UUIDField())

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "自动检查汇总"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "inspection", "check_code"], name="tally_once"),
            models.CheckConstraint(condition=Q(failed__lte=F("applied")), name="tally_failed"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["inspection", "check_code"], name="tally_of_check")
        ]

    def __str__(self) -> str:
        return f"{self.check_code} {self.failed}/{self.applied}"


class Finding(models.Model):
    """问题: what is wrong with a file, where, how bad, on what evidence, and what became of it.

    `topic` names what it is about, so that the same thing found again is known as repeated:
    `repeats` is the finding before. `righted_at`: when the reply came that was accepted.
    """

    id = _key()
    unit = _unit()
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="findings")
    subject = models.ForeignKey(
        Subject, models.PROTECT, db_constraint=False, related_name="findings"
    )
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="+")
    serial = models.PositiveIntegerField("序号")
    check_code = models.CharField("检查规则", max_length=20, blank=True, db_default="")
    item = models.CharField("检查项", max_length=20, blank=True, db_default="")
    place_kind = models.CharField("对象", max_length=10, choices=PlaceKind)
    place = models.CharField("位置", max_length=80, blank=True, db_default="")
    place_label = models.CharField("位置名称", max_length=120, blank=True, db_default="")
    original = models.ForeignKey(
        Original, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    topic = models.CharField("事由", max_length=120)
    severity = models.PositiveSmallIntegerField("严重程度", choices=Severity)
    cause = models.CharField("问题类型", max_length=10, choices=Cause)
    clause = models.CharField("条款", max_length=20)
    text = models.TextField("问题")
    evidence = models.TextField("依据", blank=True, db_default="")
    state = models.CharField(
        "状态", max_length=10, choices=FindingState, db_default=FindingState.OPEN.value
    )
    repeats = models.ForeignKey(
        "self", models.PROTECT, null=True, db_constraint=False, related_name="repeated_by"
    )
    order = models.ForeignKey(
        "Order", models.PROTECT, null=True, db_constraint=False, related_name="findings"
    )
    due_on = models.DateField("整改期限", null=True)
    due_rank = models.GeneratedField(
        expression=Coalesce("due_on", models.Value(NEVER)),
        output_field=models.DateField(),
        db_persist=True,
    )
    found_by = _user("检查人")
    found_at = models.DateTimeField("发现时间")
    righted_at = models.DateTimeField("整改完成时间", null=True)
    closed_by = _user("销号人", empty=True)
    closed_at = models.DateTimeField("销号时间", null=True)
    withdrawn_why = models.CharField("撤销理由", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "检查问题"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="finding_unit_id"),
            models.UniqueConstraint(fields=["unit", "inspection", "serial"], name="finding_serial"),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="finding_severity"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="finding_says_what"),
            models.CheckConstraint(
                condition=Q(state__in=FindingState.values), name="finding_state"
            ),
            models.CheckConstraint(
                condition=Q(order=None, due_on=None)
                & Q(state__in=[FindingState.OPEN, FindingState.WITHDRAWN])
                | Q(order__isnull=False, due_on__isnull=False) & ~Q(state=FindingState.OPEN),
                name="finding_ordered_with_due",
            ),
            models.CheckConstraint(
                condition=~Q(state=FindingState.CLOSED) & Q(righted_at=None)
                | Q(
                    state=FindingState.CLOSED,
                    righted_at__isnull=False,
                    closed_by__isnull=False,
                    closed_at__isnull=False,
                ),
                name="finding_closed_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state=FindingState.WITHDRAWN) & Q(withdrawn_why="")
                | Q(state=FindingState.WITHDRAWN) & ~Q(withdrawn_why=""),
                name="finding_withdrawn_says_why",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-found_at", "-id"], name="finding_of_unit"),
            models.Index(fields=["-found_at", "-id"], name="finding_all"),
            models.Index(fields=["unit", "due_rank", "id"], name="finding_by_due"),
            models.Index(fields=["due_rank", "id"], name="finding_all_by_due"),
            models.Index(fields=["unit", "dossier", "topic", "found_at"], name="finding_of_topic"),
            models.Index(fields=["inspection", "state"], name="finding_of_inspection"),
            models.Index(fields=["unit", "order"], name="finding_of_order"),
            models.Index(fields=["unit", "subject"], name="finding_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.serial}"

    def overdue(self, today: date) -> bool:
        """Whether the unit should have answered by now."""
        owing = self.state in (FindingState.ORDERED, FindingState.RETURNED)
        return owing and self.due_on is not None and self.due_on < today


class Result(models.Model):
    """A check that a file did not pass: what it saw, and whether it became a finding."""

    id = _key()
    unit = _unit()
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="results")
    subject = models.ForeignKey(
        Subject, models.CASCADE, db_constraint=False, related_name="results"
    )
    check_code = models.CharField("检查规则", max_length=20)
    detail = models.JSONField("所见")
    state = models.CharField(
        "状态", max_length=10, choices=ResultState, db_default=ResultState.OPEN.value
    )
    finding = models.ForeignKey(
        Finding, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    decided_by = _user("处理人", empty=True)
    decided_at = models.DateTimeField("处理时间", null=True)
    reason = models.CharField("不列为问题的理由", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "自动检查结果"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="result_unit_id"),
            models.CheckConstraint(
                condition=Q(state=ResultState.OPEN, decided_by=None, finding=None, reason="")
                | Q(state=ResultState.FOUND, decided_by__isnull=False, finding__isnull=False)
                | Q(state=ResultState.DISMISSED, decided_by__isnull=False, finding=None)
                & ~Q(reason=""),
                name="result_decided_by_someone",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["inspection", "check_code", "id"], name="result_of_check"),
            models.Index(fields=["unit", "subject"], name="result_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.check_code} {self.subject_id}"


class ItemMark(models.Model):
    """What the inspector said of one item of the checklist on one file."""

    id = models.BigAutoField(primary_key=True)
    unit = _unit()
    subject = models.ForeignKey(Subject, models.CASCADE, db_constraint=False, related_name="marks")
    item = models.CharField("检查项", max_length=20)
    verdict = models.CharField("结论", max_length=8, choices=Verdict)
    by = _user("检查人")
    at = models.DateTimeField("时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "检查项结论"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "subject", "item"], name="item_marked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.item} {self.verdict}"


class Order(models.Model):
    """整改通知书: a bundle of findings of one unit, to be answered by a day.

    `escalated`: the highest step of `rules.ESCALATION` that was told of.
    """

    id = _key()
    unit = _unit()
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="orders")
    number = models.CharField("通知书编号", max_length=30)
    due_on = models.DateField("整改期限")
    text = models.CharField("要求", max_length=500, blank=True, db_default="")
    issued_by = _user("签发人")
    issued_at = models.DateTimeField("签发时间")
    escalated = models.PositiveSmallIntegerField("已上报级别", db_default=0)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "整改通知书"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="order_unit_id"),
            models.UniqueConstraint(fields=["unit", "number"], name="order_number"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-issued_at", "-id"], name="order_of_unit"),
            models.Index(fields=["-issued_at", "-id"], name="order_all"),
            models.Index(fields=["inspection", "unit"], name="order_of_inspection"),
        ]

    def __str__(self) -> str:
        return self.number


class Reply(models.Model):
    """What the unit did about a finding, and what the inspector said of it; not the same person."""

    id = _key()
    unit = _unit()
    finding = models.ForeignKey(
        Finding, models.PROTECT, db_constraint=False, related_name="replies"
    )
    text = models.TextField("整改情况")
    root = models.CharField("原因", max_length=10, choices=Root)
    by = _user("回复人")
    at = models.DateTimeField("回复时间")
    judgement = models.CharField(
        "复核结论", max_length=10, choices=Judgement, blank=True, db_default=""
    )
    note = models.CharField("复核意见", max_length=300, blank=True, db_default="")
    judged_by = _user("复核人", empty=True)
    judged_at = models.DateTimeField("复核时间", null=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "整改回复"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="reply_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "finding"], condition=Q(judgement=""), name="reply_one_waiting"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="reply_says_something"),
            models.CheckConstraint(
                condition=Q(judgement="", judged_by=None, judged_at=None)
                | Q(judgement__in=Judgement.values, judged_by__isnull=False)
                & Q(judged_at__isnull=False),
                name="reply_judged_by_someone",
            ),
            models.CheckConstraint(  # two people, on any path
                condition=Q(judged_by=None) | ~Q(judged_by=F("by")), name="reply_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(judgement=Judgement.RETURNED) | ~Q(note=""),
                name="reply_return_says_why",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["unit", "finding", "at"], name="reply_history")]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.at:%Y-%m-%d}"


class Evidence(models.Model):
    """证据: a picture or paper to a finding, or to the reply to it; only added."""

    id = _key()
    unit = _unit()
    finding = models.ForeignKey(Finding, models.PROTECT, db_constraint=False, related_name="papers")
    reply = models.ForeignKey(
        Reply, models.PROTECT, null=True, db_constraint=False, related_name="papers"
    )
    blob = models.ForeignKey(Blob, models.PROTECT, db_column="sha256", related_name="+")
    media_type = models.CharField("格式", max_length=100)
    file_name = models.CharField("文件名", max_length=255)
    by = _user("上传人")
    at = models.DateTimeField("上传时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "检查证据"
        indexes: ClassVar = [models.Index(fields=["unit", "finding", "at"], name="evidence_order")]

    def __str__(self) -> str:
        return self.file_name
