"""The file of one customer at one unit (一户一档, §5.4), and its approved versions."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.customers.models import Customer
from yihu.customers.rules import ClassSource, Klass
from yihu.dossiers.rules import (
    PENDING,
    Decision,
    DraftState,
    FileMark,
    Mark,
    Secrecy,
    State,
    mark_of,
)
from yihu.guide.models import Edition
from yihu.org.models import OrgUnit, Staff

NEVER = date(9999, 12, 31)
"""Where a file owes nothing: after every real date."""


class Dossier(models.Model):
    """客户档案: everything in it is the unit's own statement, registry facts included.

    `document` holds the fields that the guide defines, by identifier; decimals as strings.
    `next_due_on` is the day of the soonest open duty, kept by the slice of duties for sorting.
    `retired` keeps what a newer guide took away: code → {"label", "value", "edition"}.
    `customer_since`: when the file came to its customer by a join or a code corrected, set by the
    database (0013); None for the customer that it was opened for.
    `risk` is no column: the mark of risk for the person at the page (`dossiers.marks.put`).
    Foreign keys to unit-owned tables are composite (unit_id, id) in the database (0002).
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="dossiers")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="dossiers")
    credit_code = models.CharField("统一社会信用代码", max_length=18)
    number = models.CharField("档案编号", max_length=30)
    name_full = models.CharField("客户名称", max_length=200)
    short_name = models.CharField("简称", max_length=80, blank=True, db_default="")
    former_names = ArrayField(models.CharField(max_length=200), db_default=[])
    former_codes = ArrayField(models.CharField(max_length=18), db_default=[])
    pinyin = models.CharField("拼音", max_length=600, blank=True, db_default="")
    initials = models.CharField("拼音首字母", max_length=200, blank=True, db_default="")
    search_text = models.TextField("检索文本", blank=True, db_default="")
    klass = models.CharField("客户分类", max_length=12, choices=Klass, blank=True, db_default="")
    klass_from = models.DateField("分类生效日", null=True, blank=True)
    klass_rank = models.GeneratedField(
        expression=models.Case(
            *(
                models.When(klass=code, then=models.Value(rank))
                for rank, code in enumerate(Klass.values, 1)
            ),
            default=models.Value(9),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )
    region_code = models.CharField("行政区划", max_length=6, blank=True, db_default="")
    gas_uses = ArrayField(models.CharField(max_length=2), db_default=[])
    state = models.CharField("状态", max_length=8, choices=State, db_default=State.ACTIVE.value)
    opened_on = models.DateField("建档日期")
    filler = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, db_constraint=False, related_name="+"
    )
    reviewer = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, db_constraint=False, related_name="+"
    )
    secrecy = models.CharField(
        "密级", max_length=10, choices=Secrecy, db_default=Secrecy.ORDINARY.value
    )
    secrecy_until = models.DateField("保密期限", null=True, blank=True)
    circle = models.CharField("知悉范围", max_length=200, blank=True, db_default="")
    document = models.JSONField("档案内容", db_default=models.Value({}, models.JSONField()))
    retired = models.JSONField("停用栏目", db_default=models.Value({}, models.JSONField()))
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True)
    version_number = models.PositiveIntegerField("最新版本号", db_default=0)
    customer_since = models.DateTimeField("归属该客户时间", null=True, blank=True)
    next_due_on = models.DateField("下次到期", db_default=NEVER)
    entered_at = models.DateTimeField("录入时间", db_default=Now())
    changed_at = models.DateTimeField("更新时间", db_default=Now())

    opened_as: ClassVar = ""
    risk: Any = None
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客户档案"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "credit_code"], name="dossier_one_per_code"),
            models.UniqueConstraint(fields=["unit", "number"], name="dossier_number"),
            models.UniqueConstraint(fields=["unit", "id"], name="dossier_unit_id"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "pinyin", "id"], name="dossier_by_name"),
            models.Index(fields=["unit", "opened_on", "id"], name="dossier_by_opened"),
            models.Index(fields=["unit", "klass", "id"], name="dossier_by_class"),
            models.Index(fields=["pinyin", "id"], name="dossier_all_by_name"),
            models.Index(fields=["number", "id"], name="dossier_all_by_number"),
            models.Index(fields=["opened_on", "id"], name="dossier_all_by_opened"),
            models.Index(fields=["klass", "id"], name="dossier_all_by_class"),
            models.Index(fields=["unit", "klass_rank", "id"], name="dossier_by_rank"),
            models.Index(fields=["klass_rank", "id"], name="dossier_all_by_rank"),
            models.Index(fields=["unit", "next_due_on", "id"], name="dossier_by_due"),
            models.Index(fields=["next_due_on", "id"], name="dossier_all_by_due"),
            models.Index(fields=["customer", "unit"], name="dossier_customer"),
            models.Index(fields=["unit", "filler"], name="dossier_filler"),
            models.Index(  # all that the policy and the counts of a home ask of a file
                fields=["unit", "region_code", "id"],
                include=["state", "klass", "filler"],
                name="dossier_counted",
            ),
            models.Index(
                fields=["unit", "id"],
                condition=models.Q(version_number=0),
                name="dossier_unapproved",
            ),
            models.Index(
                fields=["unit"], condition=~models.Q(former_codes=[]), name="dossier_recoded"
            ),
        ]

    def __str__(self) -> str:
        return self.name_full

    @property
    def mark(self) -> FileMark:
        """密级★期限 and the circle, as all that shows or takes the file bears them (§5.5)."""
        return mark_of(
            secrecy=self.secrecy,
            until=self.secrecy_until,
            circle=self.circle,
            klass=self.klass,
            opened_on=self.opened_on,
            content=self.document,
        )


class ClassChange(models.Model):
    """The class that a unit's file ran on from a day on; its history is never overwritten."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(
        Dossier, models.CASCADE, db_constraint=False, related_name="class_changes"
    )
    klass = models.CharField("客户分类", max_length=12, choices=Klass)
    effective_on = models.DateField("生效日")
    source = models.CharField("来源", max_length=12, choices=ClassSource)
    basis = models.CharField("依据", max_length=200, blank=True, db_default="")
    entered_at = models.DateTimeField("录入时间", db_default=Now())

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "分类变更"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="class_change_unit_id"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "dossier", "effective_on"], name="class_change_history"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.klass} {self.effective_on}"


class FileVersion(models.Model):
    """An approved version: the whole file as it stood, chained to the one before (§3c).

    The database refuses UPDATE, DELETE and TRUNCATE (migration 0002).
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, db_constraint=False, related_name="versions"
    )
    number = models.PositiveIntegerField("版本号")
    content = models.JSONField("内容")
    sha256 = models.CharField("摘要", max_length=64)
    previous_sha256 = models.CharField("上一版摘要", max_length=64, blank=True, db_default="")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+")
    filled_by = models.ForeignKey(
        Staff, models.PROTECT, db_constraint=False, related_name="versions_filled"
    )
    approved_by = models.ForeignKey(
        Staff, models.PROTECT, db_constraint=False, related_name="versions_approved"
    )
    approved_at = models.DateTimeField("审核通过时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "档案版本"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="version_unit_id"),
            models.UniqueConstraint(fields=["unit", "dossier", "number"], name="version_number"),
            models.CheckConstraint(  # §5.2: a second pair of eyes
                condition=~models.Q(filled_by=models.F("approved_by")), name="version_two_people"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "dossier", "approved_at"], name="version_approved"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} v{self.number}"


class Draft(models.Model):
    """What is being changed on a file: at most one open or submitted draft a file.

    `changes` holds only the fields that were touched, `bases` what they were in the file when
    first touched: where the file has moved since (an import), all three values are shown.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="drafts")
    state = models.CharField(
        "状态", max_length=10, choices=DraftState, db_default=DraftState.OPEN.value
    )
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+")
    changes = models.JSONField("改动", db_default=models.Value({}, models.JSONField()))
    bases = models.JSONField("改动前", db_default=models.Value({}, models.JSONField()))
    retired = models.JSONField("停用栏目", db_default=models.Value({}, models.JSONField()))
    opened_by = models.ForeignKey(
        Staff, models.PROTECT, db_constraint=False, related_name="drafts_opened"
    )
    opened_at = models.DateTimeField("开始填报时间")
    changed_at = models.DateTimeField("最近保存时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "档案草稿"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="draft_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "dossier"],
                condition=models.Q(state__in=PENDING),
                name="draft_one_pending",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "state", "changed_at", "id"], name="draft_by_state"),
            models.Index(fields=["state", "changed_at", "id"], name="draft_all_by_state"),
            models.Index(fields=["unit", "dossier", "opened_at"], name="draft_of_dossier"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.state}"


class FieldSave(models.Model):
    """One acknowledged value of a draft's field; only ever added, so that nothing typed is lost."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    draft = models.ForeignKey(Draft, models.PROTECT, db_constraint=False, related_name="saves")
    code = models.CharField("栏目", max_length=60)
    old = models.JSONField("原值", null=True)
    new = models.JSONField("新值", null=True)
    by = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    at = models.DateTimeField("时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "栏目保存记录"
        indexes: ClassVar = [
            models.Index(fields=["unit", "draft", "code", "id"], name="field_save_of_draft")
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.code}"


class Attestation(models.Model):
    """What the filler says of a section: 有变更 or 核对无变化, with a line of basis."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    draft = models.ForeignKey(
        Draft, models.PROTECT, db_constraint=False, related_name="attestations"
    )
    section = models.CharField("部分", max_length=20)
    mark = models.CharField("结论", max_length=10, choices=Mark)
    basis = models.CharField("依据", max_length=200, blank=True, db_default="")
    by = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    at = models.DateTimeField("时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "核对结论"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "draft", "section"], name="attested_once"),
            models.CheckConstraint(
                condition=~models.Q(mark=Mark.UNCHANGED) | ~models.Q(basis=""),
                name="unchanged_has_basis",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.section} {self.mark}"


class Submission(models.Model):
    """A draft handed to the reviewer, and what became of it."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    draft = models.ForeignKey(
        Draft, models.PROTECT, db_constraint=False, related_name="submissions"
    )
    number = models.PositiveSmallIntegerField("次数")
    digest = models.CharField("摘要", max_length=64)
    plain = models.BooleanField("无栏目改动", db_default=False)
    submitted_by = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    submitted_at = models.DateTimeField("提交时间")
    decision = models.CharField("结论", max_length=10, choices=Decision, blank=True, db_default="")
    decided_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    decided_at = models.DateTimeField("审核时间", null=True)
    reason = models.CharField("意见", max_length=500, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "提交审核"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="submission_unit_id"),
            models.UniqueConstraint(fields=["unit", "draft", "number"], name="submission_number"),
            models.UniqueConstraint(
                fields=["unit", "draft"],
                condition=models.Q(decision=""),
                name="submission_one_waiting",
            ),
            models.CheckConstraint(  # never by the submitter, on any path (§5.2)
                condition=models.Q(decision__in=["", Decision.WITHDRAWN])
                | ~models.Q(decided_by=models.F("submitted_by")),
                name="submission_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_by=None, decided_at=None)
                | models.Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~models.Q(decision=""),
                name="submission_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=~models.Q(decision=Decision.RETURNED) | ~models.Q(reason=""),
                name="return_has_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["unit", "submitted_at", "id"],
                condition=models.Q(decision=""),
                name="submission_waiting",
            ),
            models.Index(
                fields=["submitted_at", "id"],
                condition=models.Q(decision=""),
                name="submission_all_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.number}"


class Comment(models.Model):
    """What a reviewer or filler says about one field of a draft."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    draft = models.ForeignKey(Draft, models.PROTECT, db_constraint=False, related_name="comments")
    code = models.CharField("栏目", max_length=60, blank=True, db_default="")
    text = models.CharField("意见", max_length=500)
    by = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    at = models.DateTimeField("时间")
    settled_at = models.DateTimeField("处理时间", null=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审核意见"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="comment_unit_id"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "draft", "at"], name="comment_of_draft"),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.code}"


class GuideImpact(models.Model):
    """What publishing a draft of the guide would mean for the files: one reckoning a draft.

    `version` is the draft's when it was asked; `result` is what `dossiers.impact.Tally.as_json`
    says, None while it runs. Counts only: it holds nothing of any file.
    """

    edition = models.OneToOneField(Edition, models.CASCADE, related_name="impact")
    version = models.PositiveIntegerField("草稿保存次数")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("测算时间")
    done = models.PositiveIntegerField("已测算", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    result = models.JSONField("结果", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "填报指南影响测算"

    def __str__(self) -> str:
        return f"{self.edition_id} {self.done}/{self.total}"
