"""客户评级结果: the final list of a rating year (§6.1.3)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.customers.rules import Klass
from yihu.intake import cells
from yihu.intake.columns import Column, Complain, Facts, Values, kind
from yihu.intake.kinds.customers import klass
from yihu.kit import text


def finish(row: Values, facts: Facts, complain: Complain) -> None:
    """The year of the title where the row has none."""
    if "credit_code" not in row and "customer_name" not in row:
        complain(
            "credit_code", "missing_credit_code", _("统一社会信用代码和客户名称都为空；请填写。")
        )
    if "year" not in row:
        if facts.year is None:
            complain(
                "year", "missing_value", _("评级年度为空，标题里也没有年度；请填写，如 2026。")
            )
        else:
            row["year"] = facts.year


RATINGS = kind(
    name="ratings",
    title=gettext_lazy("客户评级结果"),
    clause="6.1.3",
    columns=(
        Column(
            "customer_name",
            "客户名称",
            cells.words(200, tidy=text.name),
            "客户全称 客户 公司名称 企业名称 用户名称",
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            cells.social_credit_code,
            "社会信用代码 统一信用代码 信用代码 统一代码 纳税人识别号 税号 USCC",
        ),
        Column("year", "评级年度", cells.year, "年度 年份 评价年度 评级年份"),
        Column(
            "score",
            "得分",
            cells.score,
            "评分 分数 总分 评级得分 综合得分 最终得分",
            missing="missing_value",
            header=True,
        ),
        Column("grade", "信用等级", cells.words(8, tidy=text.code), "评级等级 等级 评级结果 评级"),
        Column(
            "klass",
            "客户类别",
            klass,
            "客户分类 客户类型 客户级别 分类 类别",
            choices=tuple(Klass.labels),
        ),
        Column("rated_on", "评级日期", cells.day(), "评定日期 评级时间 评价日期 发布日期"),
    ),
    staged={
        "customer_name": "text",
        "credit_code": "text",
        "year": "smallint",
        "score": "numeric(6,2)",
        "grade": "text",
        "klass": "text",
        "rated_on": "date",
    },
    finish=finish,
    one_of=(("credit_code", "customer_name"),),
    ignored="原行号 问题说明 序号 NO 行号 排名 名次",
)
