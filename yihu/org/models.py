"""Units, their regions, the people they employ, and what becomes of them."""

from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now

from yihu.org.rules import EmploymentStatus, PersonnelEventKind, UnitKind


class OrgUnit(models.Model):
    """A node of the group's tree: the group, a department, a subsidiary or its sub-unit.

    `credit_code`: its own, where others sell to it (内部客户): its people never read those files.
    """

    code = models.CharField("单位代码", max_length=20, unique=True)
    name = models.CharField("单位名称", max_length=80)
    short_name = models.CharField("简称", max_length=20)
    kind = models.CharField("类型", max_length=12, choices=UnitKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    live_from = models.DateField("上线月份", null=True, blank=True)
    credit_code = models.CharField(
        "本单位信用代码", max_length=18, null=True, blank=True, unique=True
    )
    sort = models.PositiveSmallIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering: ClassVar = ["sort", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(live_from__isnull=True) | models.Q(live_from__day=1),
                name="unit_live_from_first_of_month",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UnitRegion(models.Model):
    """A province or city (GB/T 2260, six digits) that a unit sells in (§6.3.1)."""

    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="regions")
    region_code = models.CharField("行政区划", max_length=6)

    class Meta:
        verbose_name = verbose_name_plural = "所属区域"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "region_code"], name="unit_region_once"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.region_code}"


class Staff(models.Model):
    """A person employed by a unit. Whoever moves to another unit gets a new row there."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="staff")
    employee_no = models.CharField("工号", max_length=30)
    name = models.CharField("姓名", max_length=80)
    post = models.CharField("岗位", max_length=80, blank=True)
    status = models.CharField(
        "在职状态", max_length=12, choices=EmploymentStatus, default=EmploymentStatus.ACTIVE
    )

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "employee_no"], name="staff_employee_no"),
            models.UniqueConstraint(fields=["unit", "id"], name="staff_unit_id"),
        ]
        indexes: ClassVar = [models.Index(fields=["employee_no"], name="staff_number")]

    def __str__(self) -> str:
        return f"{self.name}（{self.employee_no}）"


class PersonnelEvent(models.Model):
    """A dated change of employment (§6.3.4): joined, transferred, retired, left, 兼职 over.

    `other_unit`: where a transfer leads, or the unit where the second post ends; None where
    nobody said. Append-only: what has not taken effect may be cancelled, never changed.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="personnel_events")
    staff = models.ForeignKey(
        Staff, models.PROTECT, db_constraint=False, related_name="personnel_events"
    )
    kind = models.CharField("变动类型", max_length=12, choices=PersonnelEventKind)
    effective_on = models.DateField("生效日期")
    other_unit = models.ForeignKey(
        OrgUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="转入单位"
    )
    other_post = models.CharField("转入岗位", max_length=80, blank=True, db_default="")
    entered_at = models.DateTimeField("登记时间", db_default=Now())
    entered_by = models.CharField("登记人", max_length=80, blank=True, db_default="")
    applied_at = models.DateTimeField("执行时间", null=True, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)
    cancelled_by = models.CharField("取消人", max_length=80, blank=True, db_default="")
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "人事变动"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unit", "staff", "kind", "effective_on", "other_unit"],
                condition=models.Q(cancelled_at=None),
                name="personnel_event_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["unit", "staff", "kind", "other_unit"],
                condition=models.Q(cancelled_at=None, applied_at=None),
                name="personnel_event_one_ahead",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(fields=["unit", "id"], name="personnel_event_unit_id"),
            models.CheckConstraint(
                condition=models.Q(cancelled_at=None, cancel_reason="")
                | models.Q(cancelled_at__isnull=False, applied_at=None)
                & ~models.Q(cancel_reason=""),
                name="personnel_event_cancelled_before_its_day",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=PersonnelEventKind.CONCURRENT)
                | models.Q(other_unit__isnull=False),
                name="personnel_event_concurrent_where",
            ),
            models.CheckConstraint(
                condition=models.Q(other_unit=None) | ~models.Q(other_unit=models.F("unit")),
                name="personnel_event_to_another_unit",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["effective_on"],
                condition=models.Q(applied_at=None, cancelled_at=None),
                name="personnel_event_ahead",
            ),
            models.Index(fields=["unit", "staff", "-effective_on"], name="personnel_event_of"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.kind} {self.effective_on}"
