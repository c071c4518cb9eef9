"""For how long the contracts still run (annex 2.6: 合同存续稳定)."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import Source
from yihu.ratings.rules import Better

TERM_LEFT = Source(
    code="term_left",
    name=_("合同剩余期限"),
    measure=_("年"),
    better=Better.HIGHER,
    says=_("截止日在执行的销售合同中最晚终止日到截止日的年数；没有在执行合同的为缺数据。"),
    clause="附件 2.6",
    sql="""
    SELECT c.dossier_id,
        (max(least(c.ends_on, c.terminated_on)) - %(cut_off_on)s::date) / 365.25 AS input,
        max(least(c.ends_on, c.terminated_on)) AS ends_on
    FROM contracts_contract c
    WHERE c.direction = 'sale' AND c.effective_on <= %(cut_off_on)s
        AND least(c.ends_on, c.terminated_on) >= %(cut_off_on)s
    GROUP BY c.dossier_id
    """,
    evidence={
        "ends_on": _("最晚终止日"),
    },
)
