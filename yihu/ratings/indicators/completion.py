"""How much of the plan was taken."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import Source
from yihu.ratings.rules import Better

COMPLETION = Source(
    code="completion",
    name=_("计划完成率"),
    measure=_("%"),
    better=Better.HIGHER,
    says=_("截止日前 12 个月，有计划量的月份实际量 ÷ 计划量。"),
    clause="§6.2.1、附件 2.6",
    sql="""
    SELECT dossier_id,
        sum(taken_of_planned * factor) * 100 / nullif(sum(planned * factor), 0) AS input,
        jsonb_build_object('taken', sum(taken_of_planned * factor),
            'planned', sum(planned * factor)) AS evidence
    FROM (
        SELECT dossier_id, taken_of_planned, planned,
            CASE quantity_unit WHEN 't' THEN %(lng)s ELSE 1 END AS factor
        FROM rating_taken WHERE months > 0
    ) taken
    GROUP BY dossier_id HAVING sum(planned) > 0
    """,
    evidence={
        "taken": _("实际量（万立方米）"),
        "planned": _("计划量（万立方米）"),
    },
)
