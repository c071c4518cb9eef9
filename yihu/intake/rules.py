"""What an import answers: codes in their order, and the names that ledgers use for our codes."""

from dataclasses import dataclass
from decimal import Decimal

from yihu.contracts.choices import Direction, QuantityUnit, Source
from yihu.customers.rules import GasUse, Klass
from yihu.kit.text import code as plain
from yihu.org.rules import PersonnelEventKind

TIERS = (  # a row answers with its first problem in this order
    ("missing_name", "missing_credit_code", "missing_contract_number", "missing_value"),
    ("invalid_credit_code", "invalid_date", "invalid_number", "invalid_month"),
    (
        "unknown_customer_class",
        "unknown_gas_use",
        "unknown_source",
        "unknown_quantity_unit",
        "unknown_region",
        "unknown_personnel_event",
        "out_of_scope_retail",
    ),
    ("negative_quantity", "percentage_out_of_range", "score_out_of_range"),
    ("end_before_start",),
    ("unknown_customer", "unknown_contract", "unknown_employee"),
    ("outside_contract_term", "unit_mismatch", "rated_by_round"),
    ("duplicate_in_file",),
)
RANK = {code: tier for tier, codes in enumerate(TIERS) for code in codes}
WARNINGS = (
    "contact_differs",
    "out_of_region",
    "amount_mismatch",
    "price_jump",
    "similar_name",
    "unknown_header",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell that cannot be taken (or, as a warning, should be looked at).

    `column` is the header as it stands in the file, "" where the file has no such column.
    """

    row: int
    column: str
    code: str
    message: str

    def as_dict(self) -> dict[str, object]:
        """The shape of the command's answer."""
        return {
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "message": self.message,
        }


class Bad(Exception):
    """A cell that cannot be taken."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _table(*rows: tuple[str, str]) -> dict[str, str]:
    return {plain(name): value for value, names in rows for name in names.split()}


KLASS_OF = _table(
    (Klass.STRATEGIC, "战略 战略客户 战略类 战略级 strategic"),
    (Klass.VIP, "VIP VIP客户 重点 重点客户 VIP(重点) VIP(重点)客户 重点(VIP) 重点(VIP)客户 VIP类"),
    (Klass.INTERNAL, "内部 内部客户 内部类 internal"),
    (Klass.GENERAL, "一般 一般客户 普通 普通客户 一般类 general"),
)

GAS_USE_OF = _table(
    (GasUse.CITY_GAS, "01 城镇燃气 城燃 城市燃气 城镇燃气(城燃) 城燃企业 城市燃气企业"),
    (GasUse.INDUSTRIAL_FUEL, "02 工业燃料 工业 工业用气 工业用户 工业直供"),
    (GasUse.POWER, "03 燃气发电 发电 燃气发电(发电) 天然气发电 电厂 燃气电厂 燃机发电 热电"),
    (GasUse.CHEMICAL, "04 化工原料 化工 化工用气 原料用气"),
    (GasUse.LNG_TRADE, "05 LNG贸易/分销 LNG贸易 LNG分销 LNG贸易分销 LNG贸易商 贸易商 贸易 分销"),
    (GasUse.DISTRIBUTED, "06 分布式能源 分布式 天然气分布式能源 综合能源"),
    (GasUse.GRID, "07 省网/管道 省网 管道 省管网 省级管网 管道公司"),
    (GasUse.LIQUEFACTION, "08 液化厂 液化工厂 LNG液化厂"),
    (GasUse.CNG, "09 CNG母站 CNG CNG加气母站"),
    (GasUse.TRANSFER, "10 内部转供 转供"),
    (GasUse.OTHER, "99 其他 其它"),
)

_RETAIL = (
    "车船加注 车辆加注 船舶加注 车用 车用气 车用天然气 船用 船用气 加气站 加注站 加气 加注 "
    "LNG加气站 CNG加气站 LNG加注 零售 居民 居民用气 居民用户 城燃居民 城燃居民用气 城镇居民 "
    "居民生活 城镇燃气(居民) 城燃(居民) 城镇燃气居民用气"
)
RETAIL = frozenset(map(plain, _RETAIL.split()))
"""Annex 2.4: the rules do not hold for retail."""

SOURCE_OF = _table(
    (
        Source.PIPELINE,
        "管道气 管道天然气 天然气(管道) 管输气 管输天然气 管道 气态 PNG 海气 自产海气 外购管道气 "
        "煤层气 煤制气 pipeline",
    ),
    (
        Source.LNG,
        "LNG 液化天然气 液化天然气(LNG) LNG(液态) 液态 液态LNG 液态气 天然气(液态) 天然气(LNG) "
        "LNG液态 LNG槽车 槽车LNG LNG现货 进口LNG 进口LNG长协 罐箱",
    ),
)

DIRECTION_OF = _table(
    (Direction.SALE, "销售 销 售 出售 卖出 销售合同 sale"),
    (Direction.PURCHASE, "采购 购 购买 买入 采购合同 purchase"),
)

STANDS = frozenset(
    map(plain, ("未提前终止", "未终止", "未解除", "撤销", "取消", "撤销终止", "not terminated"))
)
"""What takes an early ending back that was entered by mistake."""

EVENT_OF = _table(
    (PersonnelEventKind.RETIRE, "退休 离退休 到龄退休"),
    (PersonnelEventKind.TRANSFER, "调离 调出 调离本单位"),
    (PersonnelEventKind.LEAVE, "离职 辞职 辞退 解除劳动合同"),
    (PersonnelEventKind.JOIN, "入职 新入职 调入 报到"),
)

_CUBIC = "立方米 方 立方 标方 标立方米 m3 Nm3 Sm3 标准立方米"
QUANTITY_UNIT_OF: dict[str, tuple[str, Decimal]] = {
    plain(prefix + unit): (QuantityUnit.WAN_M3.value, factor)
    for prefix, factor in (
        ("", Decimal("0.0001")),
        ("千", Decimal("0.1")),
        ("万", Decimal(1)),
        ("亿", Decimal(10_000)),
    )
    for unit in _CUBIC.split()
} | {
    "104M3": (QuantityUnit.WAN_M3.value, Decimal(1)),  # 10⁴m³
    "吨": (QuantityUnit.TONNE.value, Decimal(1)),
    "公吨": (QuantityUnit.TONNE.value, Decimal(1)),
    "T": (QuantityUnit.TONNE.value, Decimal(1)),
    "万吨": (QuantityUnit.TONNE.value, Decimal(10_000)),
    "万T": (QuantityUnit.TONNE.value, Decimal(10_000)),
}
"""How a unit of measure is written → our unit and what to multiply by."""

PER_DAY = ("/日", "/天", "/D")

MONEY_UNIT_OF = {
    "元": Decimal(1),
    "人民币元": Decimal(1),
    "千元": Decimal(1000),
    "万元": Decimal(10_000),
    "万": Decimal(10_000),
    "万元人民币": Decimal(10_000),
    "万人民币": Decimal(10_000),
    "百万元": Decimal(1_000_000),
    "亿元": Decimal(100_000_000),
    "亿": Decimal(100_000_000),
    "亿元人民币": Decimal(100_000_000),
}
"""How an amount of money is written → yuan."""

PRICE_UNIT_OF: dict[str, str] = {"元": ""} | {
    plain(f"元/{unit}"): kind
    for kind, units in (
        (QuantityUnit.WAN_M3.value, _CUBIC),
        (QuantityUnit.TONNE.value, "吨 t 公吨"),
    )
    for unit in units.split()
}
"""How a price is written → the unit that it fits ("" for any)."""

DIGITS_OF_QUANTITY = Decimal("0.0001")
DIGITS_OF_PRICE = Decimal("0.0001")
DIGITS_OF_MONEY = Decimal("0.01")
M3_IN_WAN = 10_000
AMOUNT_TOLERANCE_PERCENT = 1
PRICE_JUMP_PERCENT = 30
