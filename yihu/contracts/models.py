"""Contracts and what was taken under them, month by month (§6.1.1 section C)."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.contracts.choices import Direction, MonthBasis, Named, QuantityUnit, Source
from yihu.dossiers.models import Dossier
from yihu.org.models import OrgUnit


class Contract(models.Model):
    """A purchase or sale contract of one dossier. Quantities stand in `quantity_unit`.

    `acq` and `mdq`: a year's and a day's quantity; `price_yuan`: yuan per m³ (pipeline) or
    per tonne (LNG); `take_or_pay_percent`: 0 to 100 of ACQ; `terminated_on`: the last day on
    which it ran, where it was ended before `ends_on`.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, db_constraint=False, related_name="contracts"
    )
    number = models.CharField("合同编号", max_length=60)
    title = models.CharField("合同名称", max_length=200, blank=True, db_default="")
    direction = models.CharField(
        "购销方向", max_length=8, choices=Direction, db_default=Direction.SALE.value
    )
    source = models.CharField("气源类型", max_length=8, choices=Source)
    signed_on = models.DateField("签订日期", null=True, blank=True)
    effective_on = models.DateField("生效日期")
    ends_on = models.DateField("终止日期")
    terminated_on = models.DateField("提前终止日", null=True, blank=True)
    quantity_unit = models.CharField("计量单位", max_length=6, choices=QuantityUnit)
    acq = models.DecimalField("年合同量ACQ", max_digits=16, decimal_places=4)
    mdq = models.DecimalField(
        "最大日提气量MDQ", max_digits=16, decimal_places=4, null=True, blank=True
    )
    take_or_pay_percent = models.DecimalField(
        "照付不议比例", max_digits=7, decimal_places=4, null=True, blank=True
    )
    price_yuan = models.DecimalField(
        "合同单价", max_digits=14, decimal_places=4, null=True, blank=True
    )
    price_mechanism = models.CharField("价格机制", max_length=60, blank=True, db_default="")
    settlement = models.CharField("结算方式", max_length=60, blank=True, db_default="")
    note = models.CharField("备注", max_length=500, blank=True, db_default="")
    entered_at = models.DateTimeField("录入时间", db_default=Now())
    changed_at = models.DateTimeField("更新时间", db_default=Now())

    opened_as: ClassVar = "performance"
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "合同"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "number"], name="contract_number"),
            models.UniqueConstraint(fields=["unit", "id"], name="contract_unit_id"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("effective_on")), name="contract_term"
            ),
            models.CheckConstraint(
                condition=Q(terminated_on__isnull=True)
                | Q(terminated_on__gte=F("effective_on"), terminated_on__lte=F("ends_on")),
                name="contract_ended_early",
            ),
            models.CheckConstraint(condition=Q(acq__gte=0), name="contract_acq"),
            models.CheckConstraint(
                condition=Q(mdq__isnull=True) | Q(mdq__gte=0), name="contract_mdq"
            ),
            models.CheckConstraint(
                condition=Q(take_or_pay_percent__isnull=True)
                | Q(take_or_pay_percent__gte=0, take_or_pay_percent__lte=100),
                name="contract_take_or_pay",
            ),
            models.CheckConstraint(
                condition=Q(price_yuan__isnull=True) | Q(price_yuan__gte=0), name="contract_price"
            ),
            models.CheckConstraint(  # tonnes for LNG, 万立方米 for pipeline gas
                condition=Q(source=Source.PIPELINE, quantity_unit=QuantityUnit.WAN_M3)
                | Q(source=Source.LNG, quantity_unit=QuantityUnit.TONNE),
                name="contract_unit_fits_source",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "dossier"], name="contract_dossier"),
            models.Index(fields=["unit", "effective_on", "ends_on"], name="contract_in_force"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def last_on(self) -> date:
        """The last day on which it runs."""
        return self.terminated_on or self.ends_on


class ContractAmendment(models.Model):
    """A supplement to a contract: what it changed, from when."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        Contract, models.CASCADE, db_constraint=False, related_name="amendments"
    )
    number = models.CharField("补充协议编号", max_length=60)
    signed_on = models.DateField("签订日期")
    effective_on = models.DateField("生效日期")
    summary = models.CharField("变更内容", max_length=500)

    opened_as: ClassVar = "performance"
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "补充协议"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="amendment_unit_id"),
            models.UniqueConstraint(fields=["unit", "contract", "number"], name="amendment_number"),
        ]

    def __str__(self) -> str:
        return self.number


class Offtake(models.Model):
    """提气量、价: a contract's month. `month` is its first day; quantities in `quantity_unit`.

    `price_yuan`: yuan per m³ or per tonne; `amount_yuan`, `paid_yuan`: yuan. The table is made up
    of one for each month (`contracts.months`).
    """

    pk = models.CompositePrimaryKey("unit_id", "contract_id", "month")
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False)
    contract = models.ForeignKey(
        Contract, models.PROTECT, db_constraint=False, related_name="offtake"
    )
    month = models.DateField("月份")
    quantity_unit = models.CharField("计量单位", max_length=6, choices=QuantityUnit)
    planned = models.DecimalField("计划量", max_digits=16, decimal_places=4, null=True, blank=True)
    actual = models.DecimalField("实际提气量", max_digits=16, decimal_places=4)
    price_yuan = models.DecimalField(
        "结算单价", max_digits=14, decimal_places=4, null=True, blank=True
    )
    amount_yuan = models.DecimalField(
        "结算金额", max_digits=18, decimal_places=2, null=True, blank=True
    )
    paid_yuan = models.DecimalField(
        "已回款", max_digits=18, decimal_places=2, null=True, blank=True
    )
    basis = models.CharField(
        "月份口径", max_length=8, choices=MonthBasis, db_default=MonthBasis.CALENDAR.value
    )
    note = models.CharField("备注", max_length=500, blank=True, db_default="")
    entered_at = models.DateTimeField("录入时间", db_default=Now())
    changed_at = models.DateTimeField("更新时间", db_default=Now())

    opened_as: ClassVar = "performance"
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "月度提气量、价"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(month__day=1), name="offtake_first_of_month"),
            models.CheckConstraint(
                condition=Q(actual__gte=0) & (Q(planned__isnull=True) | Q(planned__gte=0)),
                name="offtake_quantity",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "month"], name="offtake_month"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.month:%Y-%m}"


class Stray(models.Model):
    """查无: a contract or customer that a ledger named and the unit does not have (§5.4, 6.1.2).

    Once for each number or name: the import that named it last, and the row there. It is one as
    long as nothing of the name is there (`contracts.strays`), or until somebody puts it aside.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    what = models.CharField("查无", max_length=8, choices=Named)
    named = models.CharField("编号或名称", max_length=200)
    customer = models.CharField("所载客户", max_length=200, blank=True, db_default="")
    ledger = models.CharField("台账类型", max_length=12)
    import_id = models.UUIDField("导入")
    file_name = models.CharField("文件名", max_length=255)
    row = models.PositiveIntegerField("行号")
    seen_at = models.DateTimeField("出现时间")
    aside_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    aside_at = models.DateTimeField("搁置时间", null=True)
    aside_why = models.CharField("搁置理由", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "台账中查无的合同和客户"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="stray_unit_id"),
            models.UniqueConstraint(fields=["unit", "what", "named"], name="stray_once"),
            models.CheckConstraint(condition=~Q(named=""), name="stray_has_a_name"),
            models.CheckConstraint(
                condition=Q(aside_by=None, aside_at=None, aside_why="")
                | Q(aside_by__isnull=False, aside_at__isnull=False) & ~Q(aside_why=""),
                name="stray_aside_with_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "named", "id"], name="stray_by_name"),
            models.Index(fields=["unit", "seen_at", "id"], name="stray_by_day"),
        ]

    def __str__(self) -> str:
        return self.named
