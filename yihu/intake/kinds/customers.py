"""客户台账: who the customers are."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.customers.rules import GasUse, Klass
from yihu.intake import cells, rules
from yihu.intake.columns import Column, Complain, Facts, Values, kind
from yihu.intake.rules import Bad
from yihu.kit import text

klass = cells.listed(
    rules.KLASS_OF,
    "unknown_customer_class",
    gettext_lazy(
        "客户类别“%(value)s”无法识别；应为战略客户、VIP（重点）客户、内部客户或一般客户。"
    ),
)


def finish(row: Values, _facts: Facts, complain: Complain) -> None:
    """Province and city become one region; contact and phone are one contact person."""
    province, city = row.get("province"), row.get("city")
    if city is not None:
        try:
            row["region_code"] = cells.city(city, province or "")
        except Bad as error:
            complain("city", error.code, error.message)
    elif province is not None:
        row["region_code"] = province
    elif "region_code" not in row and "province" not in row:
        complain("province", "missing_value", _("省份、城市为空；请填写客户所在的省、市。"))
    if row.get("phone") and not row.get("contact"):
        complain("contact", "missing_value", _("有联系电话而无联系人；请填写联系人姓名。"))


CUSTOMERS = kind(
    name="customers",
    title=gettext_lazy("客户台账"),
    clause="6.1.1",
    columns=(
        Column(
            "name_full",
            "客户名称",
            cells.words(200, tidy=text.name),
            "客户全称 企业名称 公司名称 单位全称 用户名称 用气单位 用气单位名称 客户单位名称 名称",
            missing="missing_name",
            header=True,
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            cells.social_credit_code,
            "社会信用代码 统一信用代码 信用代码 统一代码 纳税人识别号 税号 USCC 信用代码证号",
            missing="missing_credit_code",
            header=True,
            hint="18 位，按营业执照填写；该列为文本格式。",
        ),
        Column(
            "klass",
            "客户类别",
            klass,
            "客户分类 客户类型 客户级别 客户等级 分类 类别",
            missing="missing_value",
            header=True,
            choices=tuple(Klass.labels),
        ),
        Column("province", "省份", cells.province, "省 所在省 所在省份 所属省份 省市自治区"),
        Column("city", "城市", lambda cell, _unit: cell, "市 地市 所在市 所在城市 所属城市 地级市"),
        Column(
            "region_code",
            "销售区域",
            cells.region,
            "所属区域 区域 地区 所在地区 所在区域 行政区划 行政区划代码",
        ),
        Column(
            "gas_uses",
            "用气类型",
            cells.gas_uses,
            "用气性质 用气类别 用气用途 用途 用气结构",
            missing="missing_value",
            header=True,
            choices=tuple(GasUse.labels),
            hint="多种用途用顿号隔开。",
        ),
        Column("legal_rep", "法定代表人", cells.words(80), "法人 法人代表 法定代表人姓名"),
        Column(
            "reg_capital",
            "注册资本（万元）",
            cells.money("万元", negative=False),
            "注册资本 注册资金 注册资本金",
            money=True,
        ),
        Column("contact", "联系人", cells.words(80), "联系人姓名 客户联系人 主要联系人"),
        Column("phone", "联系电话", cells.phone, "电话 手机 手机号 手机号码 联系方式 联系人电话"),
        Column("opened_on", "建档日期", cells.day(), "建档时间 建档日 开档日期"),
        Column("short_name", "客户简称", cells.words(80, tidy=text.name), "简称"),
        Column("former_names", "曾用名", cells.names(200), "原名 原名称 曾用名称"),
        Column("reg_addr", "注册地址", cells.words(300), "住所 工商注册地址"),
        Column("office_addr", "办公地址", cells.words(300), "地址 通讯地址 联系地址 经营地址"),
    ),
    staged={
        "name_full": "text",
        "credit_code": "text",
        "klass": "text",
        "region_code": "text",
        "gas_uses": "text[]",
        "legal_rep": "text",
        "reg_capital": "numeric(16,2)",
        "contact": "text",
        "phone": "text",
        "opened_on": "date",
        "short_name": "text",
        "former_names": "text[]",
        "reg_addr": "text",
        "office_addr": "text",
    },
    finish=finish,
    one_of=(("province", "city", "region_code"),),
    ignored="原行号 问题说明 序号 编号 NO 行号",
)
