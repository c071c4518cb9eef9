"""How much of what was billed has been paid (§6.2.2b, c)."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import OfMonths, Source
from yihu.ratings.rules import Better

PUNCTUALITY = Source(
    code="punctuality",
    name=_("回款率"),
    measure=_("%"),
    better=Better.HIGHER,
    says=_(
        "截止日前 12 个月（不含最后一个月）结算金额中已回款的份额；"
        "没有录入回款的月份按未回款计，全部没有录入的为缺数据。"
    ),
    clause="§6.2.2b、c",
    of_months=OfMonths(
        given="billed_yuan > 0 AND paid_yuan IS NOT NULL",
        input="paid_yuan * 100 / billed_yuan",
        evidence={
            "paid": "paid_yuan",
            "billed": "billed_yuan",
        },
    ),
    evidence={
        "paid": _("已回款（元）"),
        "billed": _("结算金额（元）"),
    },
)
