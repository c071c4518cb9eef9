"""How much more was taken than in the year before."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import OfMonths, Source
from yihu.ratings.rules import Better

GROWTH = Source(
    code="growth",
    name=_("提气量增长率"),
    measure=_("%"),
    better=Better.HIGHER,
    says=_("截止日前 12 个月比其前 12 个月的提气量增减；此前没有提气量的不计。"),
    clause="附件 2.6",
    of_months=OfMonths(
        given="months > 0 AND quantity_before > 0",
        input="(quantity - quantity_before) * 100 / quantity_before",
        evidence={
            "taken": "quantity",
            "before": "quantity_before",
        },
    ),
    evidence={
        "taken": _("近 12 个月（万立方米）"),
        "before": _("此前 12 个月（万立方米）"),
    },
)
