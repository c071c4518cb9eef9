"""What risk remarks say of the customer (§6.2.2)."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import Source
from yihu.ratings.rules import Better

RISKS = Source(
    code="risks",
    name=_("风险备注"),
    measure=_("级"),
    better=Better.LOWER,
    says=_("截止日前 12 个月发现且已核实的风险备注中最高的一级；没有的按 0 级。"),
    clause="§6.2.2",
    needs=("risks.remark",),
    sql="""
    SELECT f.dossier_id, coalesce(max(r.level), 0)::numeric AS input,
        count(r.id) AS remarks, max(r.found_on) AS last_on
    FROM rating_file f
    LEFT JOIN risks_remark r ON r.unit_id = f.unit_id AND r.dossier_id = f.dossier_id
        AND r.found_on BETWEEN %(since)s AND %(cut_off_on)s AND r.state <> 'pending'
    GROUP BY f.dossier_id
    """,
    evidence={
        "remarks": _("条数"),
        "last_on": _("最近一条"),
    },
)
