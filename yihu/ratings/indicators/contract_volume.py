"""What the contracts in force on the cut-off day amount to in a year (annex 2.6: 合同量大)."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import Source
from yihu.ratings.rules import Better

CONTRACT_VOLUME = Source(
    code="contract_volume",
    name=_("在执行年合同量"),
    measure=_("万立方米"),
    better=Better.HIGHER,
    says=_("截止日在执行的销售合同年合同量之和；LNG 按方案的系数折成万立方米。"),
    clause="附件 2.6",
    sql="""
    SELECT c.dossier_id,
        sum(c.acq * CASE c.quantity_unit WHEN 't' THEN %(lng)s ELSE 1 END) AS input,
        count(*) AS contracts
    FROM contracts_contract c
    WHERE c.direction = 'sale' AND c.effective_on <= %(cut_off_on)s
        AND least(c.ends_on, c.terminated_on) >= %(cut_off_on)s
    GROUP BY c.dossier_id
    """,
    evidence={
        "contracts": _("在执行合同数"),
    },
)
