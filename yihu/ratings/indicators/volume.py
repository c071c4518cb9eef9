"""How much the customer took in the year up to the cut-off (annex 2.6)."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import Source
from yihu.ratings.rules import Better

VOLUME = Source(
    code="volume",
    name=_("年提气量"),
    measure=_("万立方米"),
    better=Better.HIGHER,
    says=_("截止日前 12 个月实际提气量之和；LNG 按方案的系数折成万立方米。"),
    clause="附件 2.6",
    sql="""
    SELECT dossier_id,
        sum(quantity * CASE quantity_unit WHEN 't' THEN %(lng)s ELSE 1 END) AS input,
        jsonb_strip_nulls(jsonb_build_object(
            'months', sum(months),
            'pipeline', sum(quantity) FILTER (WHERE quantity_unit = 'wan_m3'),
            'lng', sum(quantity) FILTER (WHERE quantity_unit = 't'))) AS evidence
    FROM rating_taken WHERE months > 0 GROUP BY dossier_id
    """,
    evidence={
        "months": _("有数据的合同月数"),
        "pipeline": _("管道气（万立方米）"),
        "lng": _("LNG（吨）"),
    },
)
