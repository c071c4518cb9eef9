"""Figures of files and of units, materialised; what was touched since; until when they hold."""

from typing import Any, ClassVar

from django.db import models

from yihu.access.scope import ScopedQuerySet
from yihu.boards.choices import Supply
from yihu.dossiers.models import Dossier
from yihu.org.models import OrgUnit


def _unit() -> Any:
    return models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")


def _volume(label: str) -> Any:
    return models.DecimalField(label, max_digits=20, decimal_places=4, db_default=0)


def _yuan(label: str) -> Any:
    return models.DecimalField(label, max_digits=20, decimal_places=2, db_default=0)


def _supply() -> Any:
    return models.CharField("气源", max_length=8, blank=True, db_default="", choices=Supply)


def _number(label: str) -> Any:
    return models.PositiveIntegerField(label, db_default=0)


class FileFact(models.Model):
    """A file as the boards count it today. `before`: the same months of last year.

    Volumes by unit of measure, never added; amounts of sale contracts. `supply`: of which gas its
    sale contracts are. `last` and `older`: the whole of last year and of the one before it.
    `owed_*`: unpaid by days since the month's end. `version`: the one whose required fields were
    counted.
    """

    id = models.BigAutoField(primary_key=True)
    unit = _unit()
    dossier = models.ForeignKey(Dossier, models.CASCADE, db_constraint=False, related_name="+")
    klass = models.CharField("客户分类", max_length=12, blank=True)
    province = models.CharField("省份", max_length=2, blank=True)
    gas_use = models.CharField("用气类型", max_length=2, blank=True)
    supply = _supply()
    signed = models.BooleanField("签有合同", db_default=False)
    approved = models.BooleanField("有审核通过版本", db_default=False)
    version = _number("版本")
    filled = _number("已填")
    required = _number("应填")
    on_time = _number("按时")
    fallen = _number("到期")
    overdue = _number("逾期任务")
    risks = _number("未解除风险")
    late = _number("逾期跟进")
    short_percent = models.DecimalField(
        "照付不议欠提", max_digits=5, decimal_places=1, db_default=0
    )
    wan_m3 = _volume("提气量（万立方米）")
    wan_m3_before = _volume("上年同期（万立方米）")
    tonne = _volume("提气量（吨）")
    tonne_before = _volume("上年同期（吨）")
    amount_yuan = _yuan("结算金额")
    amount_before = _yuan("上年同期金额")
    wan_m3_last = _volume("上年（万立方米）")
    wan_m3_older = _volume("前年（万立方米）")
    tonne_last = _volume("上年（吨）")
    tonne_older = _volume("前年（吨）")
    amount_last = _yuan("上年金额")
    amount_older = _yuan("前年金额")
    owed_30 = _yuan("30 天以内")
    owed_60 = _yuan("31 至 60 天")
    owed_90 = _yuan("61 至 90 天")
    owed_more = _yuan("90 天以上")
    owed_yuan = models.GeneratedField(
        expression=models.F("owed_30")
        + models.F("owed_60")
        + models.F("owed_90")
        + models.F("owed_more"),
        output_field=models.DecimalField(max_digits=20, decimal_places=2),
        db_persist=True,
    )
    wan_m3_rise = models.GeneratedField(
        expression=models.F("wan_m3") - models.F("wan_m3_before"),
        output_field=models.DecimalField(max_digits=20, decimal_places=4),
        db_persist=True,
    )
    tonne_rise = models.GeneratedField(
        expression=models.F("tonne") - models.F("tonne_before"),
        output_field=models.DecimalField(max_digits=20, decimal_places=4),
        db_persist=True,
    )
    wan_m3_last_rise = models.GeneratedField(
        expression=models.F("wan_m3_last") - models.F("wan_m3_older"),
        output_field=models.DecimalField(max_digits=20, decimal_places=4),
        db_persist=True,
    )
    tonne_last_rise = models.GeneratedField(
        expression=models.F("tonne_last") - models.F("tonne_older"),
        output_field=models.DecimalField(max_digits=20, decimal_places=4),
        db_persist=True,
    )

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "档案指标"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "dossier"], name="board_file_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["wan_m3_rise", "id"], name="board_file_rise"),
            models.Index(fields=["tonne_rise", "id"], name="board_file_rise_lng"),
            models.Index(fields=["unit", "wan_m3_rise", "id"], name="board_unit_rise"),
            models.Index(fields=["unit", "tonne_rise", "id"], name="board_unit_rise_lng"),
            models.Index(fields=["wan_m3_last_rise", "id"], name="board_last_rise"),
            models.Index(fields=["tonne_last_rise", "id"], name="board_last_rise_lng"),
            models.Index(fields=["unit", "wan_m3_last_rise", "id"], name="board_unit_last_rise"),
            models.Index(fields=["unit", "tonne_last_rise", "id"], name="board_unit_last_lng"),
        ]

    def __str__(self) -> str:
        return str(self.dossier_id)


class Stock(models.Model):
    """The sums of a unit's files by class, province and gas use, as of its last refresh."""

    id = models.BigAutoField(primary_key=True)
    unit = _unit()
    klass = models.CharField("客户分类", max_length=12, blank=True)
    province = models.CharField("省份", max_length=2, blank=True)
    gas_use = models.CharField("用气类型", max_length=2, blank=True)
    supply = _supply()
    files = _number("档案")
    signed = _number("签有合同")
    covered = _number("已建档")
    filled = _number("已填")
    required = _number("应填")
    on_time = _number("按时")
    fallen = _number("到期")
    risky = _number("有风险的档案")
    risks = _number("未解除风险")
    late = _number("逾期跟进")
    short = _number("欠提 10% 以上的档案")
    owing = _number("有应收的档案")
    paying = _number("有金额的档案")
    paying_last = _number("上年有金额的档案")
    wan_m3 = _volume("提气量（万立方米）")
    wan_m3_before = _volume("上年同期（万立方米）")
    tonne = _volume("提气量（吨）")
    tonne_before = _volume("上年同期（吨）")
    amount_yuan = _yuan("结算金额")
    amount_before = _yuan("上年同期金额")
    wan_m3_last = _volume("上年（万立方米）")
    wan_m3_older = _volume("前年（万立方米）")
    tonne_last = _volume("上年（吨）")
    tonne_older = _volume("前年（吨）")
    amount_last = _yuan("上年金额")
    amount_older = _yuan("前年金额")
    owed_30 = _yuan("30 天以内")
    owed_60 = _yuan("31 至 60 天")
    owed_90 = _yuan("61 至 90 天")
    owed_more = _yuan("90 天以上")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位指标"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["unit", "klass", "province", "gas_use", "supply"], name="board_stock_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.klass} {self.province} {self.gas_use}"


class Flow(models.Model):
    """A unit's month by class, province, gas use, source and band of price; sale contracts.

    `volume` in 10⁴ m³ for pipeline gas and in tonnes for LNG.
    """

    id = models.BigAutoField(primary_key=True)
    unit = _unit()
    month = models.DateField("月份")
    klass = models.CharField("客户分类", max_length=12, blank=True)
    province = models.CharField("省份", max_length=2, blank=True)
    gas_use = models.CharField("用气类型", max_length=2, blank=True)
    supply = _supply()
    source = models.CharField("气源", max_length=8)
    band = models.SmallIntegerField("价格带")
    files = _number("档案")
    volume = _volume("提气量")
    amount_yuan = _yuan("结算金额")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位月度指标"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=[
                    "unit",
                    "month",
                    "klass",
                    "province",
                    "gas_use",
                    "supply",
                    "source",
                    "band",
                ],
                name="board_flow_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["month"], name="board_flow_month")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.month:%Y-%m}"


class Touched(models.Model):
    """Something of a unit's figures changed and is not in them yet; only ever added and taken.

    `file`: of which dossier; None where it may be of all.
    """

    id = models.BigAutoField(primary_key=True)
    unit = _unit()
    file = models.UUIDField("档案", null=True)
    at = models.DateTimeField("时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "待更新"
        indexes: ClassVar = [models.Index(fields=["unit", "at"], name="board_touched")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.at:%H:%M}"


class Standing(models.Model):
    """When a unit's figures were last reckoned, and for which day."""

    unit = models.OneToOneField(OrgUnit, models.PROTECT, primary_key=True, related_name="+")
    reckoned_at = models.DateTimeField("统计时间")
    day = models.DateField("统计日")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "看板统计"

    def __str__(self) -> str:
        return f"{self.unit_id} {self.day}"
