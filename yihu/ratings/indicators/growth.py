"""How much more was taken than in the year before."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import Source
from yihu.ratings.rules import Better

GROWTH = Source(
    code="growth",
    name=_("提气量增长率"),
    measure=_("%"),
    better=Better.HIGHER,
    says=_("截止日前 12 个月比其前 12 个月的提气量增减；此前没有提气量的不计。"),
    clause="附件 2.6",
    sql="""
    SELECT dossier_id,
        (sum(quantity * factor) - sum(quantity_before * factor)) * 100
        / nullif(sum(quantity_before * factor), 0) AS input,
        jsonb_build_object('taken', sum(quantity * factor),
            'before', sum(quantity_before * factor)) AS evidence
    FROM (
        SELECT dossier_id, months, quantity, quantity_before,
            CASE quantity_unit WHEN 't' THEN %(lng)s ELSE 1 END AS factor
        FROM rating_taken
    ) taken
    GROUP BY dossier_id HAVING sum(months) > 0 AND sum(quantity_before) > 0
    """,
    evidence={
        "taken": _("近 12 个月（万立方米）"),
        "before": _("此前 12 个月（万立方米）"),
    },
)
