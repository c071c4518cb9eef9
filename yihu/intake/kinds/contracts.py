"""合同台账: what was signed with whom, and what of it ended early."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.contracts.choices import UNIT_OF, Direction, QuantityUnit, Source
from yihu.contracts.rules import NOT_EARLY
from yihu.intake import cells, rules
from yihu.intake.columns import Column, Complain, Facts, Values, kind
from yihu.kit import text
from yihu.kit.sheet import Cell

source = cells.listed(
    rules.SOURCE_OF,
    "unknown_source",
    gettext_lazy("气源类型“%(value)s”无法识别；应为管道气或 LNG。"),
)
direction = cells.listed(
    rules.DIRECTION_OF,
    "unknown_source",
    gettext_lazy("购销方向“%(value)s”无法识别；应为销售或采购。"),
)

_last_day = cells.day(last=True)


def ending(cell: Cell, unit: str) -> date:
    """The last day of a contract that was ended early; NOT_EARLY where that is taken back."""
    if isinstance(cell, str) and text.code(cell) in rules.STANDS:
        return NOT_EARLY
    ended: date = _last_day(cell, unit)
    return ended


def finish(row: Values, _facts: Facts, complain: Complain) -> None:
    """Quantities in the unit of the source; the term the right way round."""
    if "credit_code" not in row and "customer_name" not in row:
        complain(
            "credit_code",
            "missing_credit_code",
            _("统一社会信用代码和客户名称都为空；请填写。"),
        )
    start, end = row.get("effective_on"), row.get("ends_on")
    if start is not None and end is not None and end < start:
        complain(
            "ends_on",
            "end_before_start",
            _("终止日期 %(end)s 早于生效日期 %(start)s；请核对两个日期。")
            % {"end": end, "start": start},
        )
    settle_ending(row, complain)
    written = row.get("unit")
    kinds = settle_quantities(row, ("acq", "mdq"), written, complain)
    wanted = UNIT_OF[Source(row["source"])] if row.get("source") else None
    for field, found in kinds.items():
        if wanted is not None and found != wanted:
            complain(
                field,
                "unit_mismatch",
                _("气源为%(source)s，计量单位却是“%(unit)s”；%(source)s应以%(wanted)s计量。")
                % {
                    "source": Source(row["source"]).label,
                    "unit": QuantityUnit(found).label,
                    "wanted": QuantityUnit(wanted).label,
                },
            )
            break
    row["quantity_unit"] = next(iter(kinds.values()), None)
    settle_price(row, "price_yuan", complain)


def settle_ending(row: Values, complain: Complain) -> None:
    """An early ending lies within the term; on its last day it is none.

    It may be agreed ahead: a day to come is as good as a past one, as far as the term goes.
    """
    ended, start, end = row.get("terminated_on"), row.get("effective_on"), row.get("ends_on")
    if ended is None or ended == NOT_EARLY or start is None or end is None or end < start:
        return
    if ended == end:
        row["terminated_on"] = NOT_EARLY
    elif not start <= ended < end:
        complain(
            "terminated_on",
            "outside_contract_term",
            _(
                "提前终止日 %(ended)s 不在合同期 %(start)s 至 %(end)s 内；"
                "请核对，没有提前终止的请空着，延期的请改终止日期。"
            )
            % {"ended": ended, "start": start, "end": end},
        )


def settle_quantities(
    row: Values, fields: tuple[str, ...], written: str | None, complain: Complain
) -> dict[str, str]:
    """Turn (number, unit) pairs into numbers of our unit; returns the unit of each column.

    A unit in the cell goes before the header's, and the header's before the row's.
    """
    of_row = rules.QUANTITY_UNIT_OF[written][0] if written else ""
    kinds = {"unit": of_row} if of_row else {}
    for field in fields:
        pair = row.get(field)
        if pair is None:
            continue
        number, named = pair
        named = named or written or ""
        row[field] = None
        if not named:
            if "unit" not in row:
                complain(field, "unknown_quantity_unit", _("没有计量单位；请填写计量单位列。"))
                return kinds
            continue
        found, factor = rules.QUANTITY_UNIT_OF[named]
        if of_row and found != of_row:
            complain(
                field,
                "unit_mismatch",
                _("表头或单元格的单位是“%(one)s”，计量单位列却是“%(other)s”；请统一。")
                % {"one": named, "other": written},
            )
            continue
        kinds.setdefault(field, found)
        row[field] = cells.rounded(number * factor, rules.DIGITS_OF_QUANTITY)
    return kinds


def settle_price(row: Values, field: str, complain: Complain) -> None:
    """Turn (price, unit) into the price, once the unit fits the quantity's."""
    pair: tuple[Decimal, str] | None = row.get(field)
    if pair is None:
        return
    number, fits = pair
    row[field] = number
    unit = row.get("quantity_unit")
    if fits and unit and fits != unit:
        complain(
            field,
            "unit_mismatch",
            _("价格的单位与计量单位不符：管道气为元/立方米，LNG 为元/吨；请核对。"),
        )


CONTRACTS = kind(
    name="contracts",
    title=gettext_lazy("合同台账"),
    clause="6.1.1",
    columns=(
        Column(
            "number",
            "合同编号",
            cells.paper_number(60),
            "合同号 合同编码 合同序号 协议编号",
            missing="missing_contract_number",
            header=True,
        ),
        Column("title", "合同名称", cells.words(200), "合同标题 协议名称"),
        Column(
            "customer_name",
            "客户名称",
            cells.words(200, tidy=text.name),
            "客户全称 对方单位 合同相对方 买方 买方名称 客户 公司名称 企业名称 用户名称",
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            cells.social_credit_code,
            "社会信用代码 统一信用代码 信用代码 统一代码 纳税人识别号 税号 USCC",
        ),
        Column(
            "source",
            "气源类型",
            source,
            "气源 资源类型 气种 供气形态 资源种类",
            missing="missing_value",
            header=True,
            choices=tuple(Source.labels),
        ),
        Column(
            "direction",
            "购销方向",
            direction,
            "购销类型 方向 购销",
            choices=tuple(Direction.labels),
        ),
        Column("signed_on", "签订日期", cells.day(), "签订时间 签约日期 签署日期 签订日"),
        Column(
            "effective_on",
            "生效日期",
            cells.day(),
            "生效时间 合同开始日期 开始日期 起始日期 生效日 合同起始日期 起始日",
            missing="missing_value",
            header=True,
        ),
        Column(
            "ends_on",
            "终止日期",
            cells.day(last=True),
            "到期日期 截止日期 结束日期 合同终止日期 合同到期日 到期日 合同截止日期 "
            "终止日 终止时间",
            missing="missing_value",
            header=True,
        ),
        Column(
            "terminated_on",
            "提前终止日",
            ending,
            "提前终止日期 提前终止时间 提前终止 解除日期 解除日 解除时间 合同解除日期 合同解除日 "
            "提前解除日期 提前解除日 解约日期 解约日 解约时间 实际终止日期 实际终止日 "
            "实际终止时间 TERMINATED_ON TERMINATEDON TERMINATIONDATE",
            hint="提前终止的写履行的最后一天；空着保留原值，填错了写“未终止”收回。",
        ),
        Column(
            "acq",
            "年合同量ACQ",
            cells.quantity,
            "年合同量 ACQ 合同量 年度合同量 合同年量 年合同气量 合同气量 ACQ年合同量",
            missing="missing_value",
            header=True,
        ),
        Column(
            "unit",
            "计量单位",
            cells.quantity_unit,
            "单位 数量单位 气量单位 量单位",
            missing="missing_value",
            choices=tuple(QuantityUnit.labels),
        ),
        Column(
            "mdq",
            "最大日提气量MDQ",
            cells.quantity,
            "最大日提气量 MDQ 最大日量 日最大量 最大日合同量 MDQ最大日提气量",
        ),
        Column(
            "take_or_pay_percent",
            "照付不议比例",
            cells.percentage,
            "照付不议 照付不议率 TOP比例 照付不议比率 最低提气比例",
        ),
        Column("price_yuan", "合同单价", cells.price, "单价 合同价格 价格 合同气价 气价"),
        Column(
            "price_mechanism", "价格机制", cells.words(60), "定价方式 定价机制 价格方式 计价方式"
        ),
        Column("settlement", "结算方式", cells.words(60), "付款方式 支付方式 结算周期"),
        Column("note", "备注", cells.words(500), "说明 附注"),
    ),
    staged={
        "number": "text",
        "title": "text",
        "customer_name": "text",
        "credit_code": "text",
        "source": "text",
        "direction": "text",
        "signed_on": "date",
        "effective_on": "date",
        "ends_on": "date",
        "terminated_on": "date",
        "quantity_unit": "text",
        "acq": "numeric(16,4)",
        "mdq": "numeric(16,4)",
        "take_or_pay_percent": "numeric(7,4)",
        "price_yuan": "numeric(14,4)",
        "price_mechanism": "text",
        "settlement": "text",
        "note": "text",
    },
    finish=finish,
    one_of=(("credit_code", "customer_name"),),
    ignored="原行号 问题说明 序号 NO 行号",
    measured="acq",
)
