"""How often one met in the year up to the cut-off (§6.2.1d)."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import Source
from yihu.ratings.rules import Better

VISITS = Source(
    code="visits",
    name=_("来访拜访次数"),
    measure=_("次"),
    better=Better.HIGHER,
    says=_("截止日前 12 个月已进行的来访和拜访次数；没有的按 0 次。"),
    clause="§6.2.1d",
    needs=("visits.visit",),
    sql="""
    SELECT f.dossier_id, count(v.id)::numeric AS input,
        count(v.id) AS visits, max(v.held_on) AS last_on
    FROM rating_file f
    LEFT JOIN visits_visit v ON v.unit_id = f.unit_id AND v.dossier_id = f.dossier_id
        AND v.held_on BETWEEN %(since)s AND %(cut_off_on)s AND v.state IN ('held', 'written')
    GROUP BY f.dossier_id
    """,
    evidence={
        "visits": _("次数"),
        "last_on": _("最近一次"),
    },
)
