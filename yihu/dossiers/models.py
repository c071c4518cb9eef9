"""The file of one customer at one unit (一户一档, §5.4), and its approved versions."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now

from yihu.access.scope import ScopedQuerySet
from yihu.customers.models import Customer
from yihu.customers.rules import ClassSource, Klass
from yihu.dossiers.rules import Secrecy, State
from yihu.guide.models import Edition
from yihu.org.models import OrgUnit, Staff


class Dossier(models.Model):
    """客户档案: everything in it is the unit's own statement, registry facts included.

    `document` holds the fields that the guide defines, by identifier; decimals as strings.
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
    pinyin = models.CharField("拼音", max_length=600, blank=True, db_default="")
    initials = models.CharField("拼音首字母", max_length=200, blank=True, db_default="")
    search_text = models.TextField("检索文本", blank=True, db_default="")
    klass = models.CharField("客户分类", max_length=12, choices=Klass, blank=True, db_default="")
    klass_from = models.DateField("分类生效日", null=True, blank=True)
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
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True)
    entered_at = models.DateTimeField("录入时间", db_default=Now())
    changed_at = models.DateTimeField("更新时间", db_default=Now())

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
            models.Index(fields=["customer", "unit"], name="dossier_customer"),
            models.Index(fields=["unit", "filler"], name="dossier_filler"),
        ]

    def __str__(self) -> str:
        return self.name_full


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
