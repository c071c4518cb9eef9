"""For how long the customer has bought (annex 2.6: 合作基础牢固)."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import Source
from yihu.ratings.rules import Better

YEARS = Source(
    code="years",
    name=_("合作年限"),
    measure=_("年"),
    better=Better.HIGHER,
    says=_("从第一份销售合同生效日到截止日的年数。"),
    clause="附件 2.6",
    sql="""
    SELECT c.dossier_id, (%(cut_off_on)s::date - min(c.effective_on)) / 365.25 AS input,
        min(c.effective_on) AS first_on, count(*) AS contracts
    FROM contracts_contract c
    WHERE c.direction = 'sale' AND c.effective_on <= %(cut_off_on)s
    GROUP BY c.dossier_id
    """,
    evidence={
        "first_on": _("首份合同生效日"),
        "contracts": _("合同数"),
    },
)
