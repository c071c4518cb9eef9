"""月度提气量、价: what was taken under each contract in a month, and at what price."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.contracts.choices import QuantityUnit
from yihu.intake import cells
from yihu.intake.columns import Column, Complain, Facts, Values, kind
from yihu.intake.kinds.contracts import settle_price, settle_quantities
from yihu.kit import text


def finish(row: Values, facts: Facts, complain: Complain) -> None:
    """The month of the title where the row has none; quantities in our unit."""
    if "month" not in row:
        if facts.month is None:
            complain(
                "month",
                "missing_value",
                _("月份为空，标题和文件名里也没有月份；请填写，如 2026-10。"),
            )
        else:
            row["month"] = facts.month
    kinds = settle_quantities(row, ("actual", "planned"), row.get("unit"), complain)
    row["quantity_unit"] = next(iter(kinds.values()), None)
    settle_price(row, "price_yuan", complain)
    if "price_yuan" not in row and row.get("actual"):
        complain("price_yuan", "missing_value", _("有提气量而无结算单价；请填写结算单价。"))


OFFTAKE = kind(
    name="offtake",
    title=gettext_lazy("月度提气量、价"),
    clause="6.2.1",
    columns=(
        Column(
            "month",
            "月份",
            cells.month,
            "统计月份 年月 所属月份 期间 提气月份 结算月份",
            of_year=True,
        ),
        Column(
            "customer_name",
            "客户名称",
            cells.words(200, tidy=text.name),
            "客户全称 客户 用户名称 公司名称 企业名称 对方单位",
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            cells.social_credit_code,
            "社会信用代码 统一信用代码 信用代码 统一代码 纳税人识别号 税号 USCC",
        ),
        Column(
            "number",
            "合同编号",
            cells.paper_number(60),
            "合同号 合同编码 协议编号",
            missing="missing_contract_number",
            header=True,
        ),
        Column("planned", "计划量", cells.quantity, "月计划量 计划提气量 本月计划 计划气量 月计划"),
        Column(
            "actual",
            "实际提气量",
            cells.quantity,
            "提气量 实际量 实提量 实际气量 本月提气量 实际提量 月提气量 结算量 结算气量",
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
            "price_yuan",
            "结算单价",
            cells.price,
            "单价 结算价 结算价格 价格 气价 含税单价 结算单价含税",
            header=True,
        ),
        Column(
            "amount_yuan",
            "结算金额（元）",
            cells.money("元"),
            "结算金额 金额 结算额 结算款 应收金额 气款",
            money=True,
        ),
        Column(
            "paid_yuan",
            "已回款（元）",
            cells.money("元"),
            "已回款 回款 回款金额 已收款 实收金额 已收金额",
            money=True,
        ),
        Column("note", "备注", cells.words(500), "说明 附注"),
    ),
    staged={
        "month": "date",
        "customer_name": "text",
        "credit_code": "text",
        "number": "text",
        "quantity_unit": "text",
        "planned": "numeric(16,4)",
        "actual": "numeric(16,4)",
        "price_yuan": "numeric(14,4)",
        "amount_yuan": "numeric(18,2)",
        "paid_yuan": "numeric(18,2)",
        "note": "text",
    },
    finish=finish,
    ignored="原行号 问题说明 序号 NO 行号",
    measured="actual",
)
