"""What the customer pays, against what all pay for the same gas."""

from django.utils.translation import gettext_lazy as _

from yihu.ratings.indicators.source import Source
from yihu.ratings.rules import Better

PRICE_LEVEL = Source(
    code="price_level",
    name=_("价格水平"),
    measure=_("%"),
    better=Better.HIGHER,
    says=_("截止日前 12 个月，本客户结算金额 ÷ 同样的量按同期全部客户同气源均价计算的金额。"),
    clause="附件 2.6",
    sql="""
    WITH everybody AS (
        SELECT quantity_unit, sum(amount_yuan) / nullif(sum(priced), 0) AS price
        FROM rating_taken WHERE months > 0 AND amount_yuan IS NOT NULL GROUP BY quantity_unit
    )
    SELECT dossier_id, sum(amount_yuan) * 100 / nullif(sum(priced * price), 0) AS input,
        jsonb_build_object('amount', sum(amount_yuan), 'average', round(sum(priced * price), 2))
            AS evidence
    FROM rating_taken JOIN everybody USING (quantity_unit)
    WHERE months > 0 AND amount_yuan IS NOT NULL
    GROUP BY dossier_id HAVING sum(priced * price) > 0
    """,
    evidence={
        "amount": _("本客户结算金额（元）"),
        "average": _("按均价计算（元）"),
    },
)
