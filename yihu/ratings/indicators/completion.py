"""How much of the plan was taken."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import OfMonths, Source
from yihu.ratings.rules import Better

COMPLETION = Source(
    code="completion",
    name=_("计划完成率"),
    measure=_("%"),
    better=Better.HIGHER,
    says=_("截止日前 12 个月，有计划量的月份实际量 ÷ 计划量。"),
    clause="§6.2.1、附件 2.6",
    of_months=OfMonths(
        given="planned > 0",
        input="taken_of_planned * 100 / planned",
        evidence={
            "taken": "taken_of_planned",
            "planned": "planned",
        },
    ),
    evidence={
        "taken": _("实际量（万立方米）"),
        "planned": _("计划量（万立方米）"),
    },
)
