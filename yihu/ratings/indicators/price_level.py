"""What the customer pays, against what all pay for the same gas."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import OfMonths, Source
from yihu.ratings.rules import Better

PRICE_LEVEL = Source(
    code="price_level",
    name=_("价格水平"),
    measure=_("%"),
    better=Better.HIGHER,
    says=_("截止日前 12 个月，本客户结算金额 ÷ 同样的量按同期全部客户同气源均价计算的金额。"),
    clause="附件 2.6",
    of_months=OfMonths(
        given="average_yuan > 0",
        input="amount_yuan * 100 / average_yuan",
        evidence={
            "amount": "amount_yuan",
            "average": "round(average_yuan, 2)",
        },
    ),
    evidence={
        "amount": _("本客户结算金额（元）"),
        "average": _("按均价计算（元）"),
    },
)
