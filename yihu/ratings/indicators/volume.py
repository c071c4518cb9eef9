"""How much the customer took in the year up to the cut-off (annex 2.6)."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import OfMonths, Source
from yihu.ratings.rules import Better

VOLUME = Source(
    code="volume",
    name=_("年提气量"),
    measure=_("万立方米"),
    better=Better.HIGHER,
    says=_("截止日前 12 个月实际提气量之和；LNG 按方案的系数折成万立方米。"),
    clause="附件 2.6",
    of_months=OfMonths(
        given="months > 0",
        input="quantity",
        evidence={
            "months": "months",
            "pipeline": "pipeline",
            "lng": "lng",
        },
    ),
    evidence={
        "months": _("有数据的合同月数"),
        "pipeline": _("管道气（万立方米）"),
        "lng": _("LNG（吨）"),
    },
)
