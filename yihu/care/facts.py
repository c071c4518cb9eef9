"""The facts that customers are told apart by: code, label, unit, type, SQL; one place each (§3b).

`d` is the file (`dossiers_dossier`). A source is a query of the same name in `sql/` that gives one
row a file, joined only where a fact asks for it. An unknown fact is NULL and fits no comparison.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.care.choices import FactType
from yihu.customers.rules import GasUse, Klass
from yihu.disclosure.rules import Group
from yihu.org.regions import REGIONS
from yihu.risks.policy import may_look

Options = tuple[tuple[str, Any], ...]
DAYS, PERCENT, WAN_M3, TONNE, YUAN, TIMES = (
    _("天"), _("%"), _("万立方米"), _("吨"), _("元"), _("次"),
)  # fmt: skip
ITEMS, MONTHS = _("项"), _("个月")
LNG_FREE = "coalesce(offtake.tonne_12m, 0) = 0"
DEMAND = r"d.document ->> 'annual_demand' ~ '^\d+(\.\d+)?$'"
SHARE = rf"""CASE
    WHEN d.document ->> 'share_of_wallet' ~ '^\d+(\.\d+)?$'
        THEN (d.document ->> 'share_of_wallet')::numeric
    WHEN {LNG_FREE} AND {DEMAND} THEN round(least(100,
        offtake.wan_m3_12m * 100 / nullif((d.document ->> 'annual_demand')::numeric, 0)), 1)
END"""
POLICY = """EXISTS (
    SELECT FROM jsonb_array_elements(CASE WHEN jsonb_typeof(d.document -> 'price_policy') = 'array'
        THEN d.document -> 'price_policy' ELSE '[]' END) AS line
    WHERE coalesce(line ->> 'since', '0001-01-01') <= %(today)s::text
        AND coalesce(line ->> 'until', '9999-12-31') >= %(today)s::text)"""


@dataclass(frozen=True, slots=True)
class Fact:
    """`sql` is its value of one file. `masked`: the group that it is masked with (§5.5): only who
    keeps a unit's files may ask it, of those. `known_to` says who may know of it at all.
    `says`: how it is reckoned, shown wherever it is asked.
    """

    code: str
    family: Any
    label: Any
    type: FactType
    sql: str
    sources: tuple[str, ...] = ()
    unit: Any = ""
    options: Options = ()
    says: Any = ""
    masked: Group | None = None
    known_to: Callable[[User], bool] | None = None

    @property
    def heading(self) -> str:
        """The label with its unit: 距到期天数（天）."""
        return f"{self.label}（{self.unit}）" if self.unit else str(self.label)


def _number(
    code: str, family: Any, label: Any, sql: str, unit: Any, *sources: str, says: Any = "",
    masked: Group | None = None, known_to: Callable[[User], bool] | None = None,
) -> Fact:  # fmt: skip
    return Fact(
        code, family, label, FactType.NUMBER, sql, sources, unit, (), says, masked, known_to
    )


WHO, CONTRACTS, VOLUME = _("客户"), _("合同"), _("提气量")
MARKET, PEOPLE, RISK = _("市场与价格"), _("走访与诉求"), _("风险与评级")
PROVINCES: Options = tuple(
    (code[:2], region.name) for code, region in sorted(REGIONS.items()) if code.endswith("0000")
)

FACTS = (
    Fact("klass", WHO, _("客户分类"), FactType.CHOICE, "d.klass", options=tuple(Klass.choices)),
    Fact("gas_use", WHO, _("用气类型"), FactType.CHOICES, "d.gas_uses",
         options=tuple(GasUse.choices)),
    Fact("province", WHO, _("所属省份"), FactType.CHOICE, "left(d.region_code, 2)",
         options=PROVINCES),
    _number("opened_days", WHO, _("建档天数"), "%(today)s - d.opened_on", DAYS),
    _number("contracts", CONTRACTS, _("履行中的销售合同"), "coalesce(contracts.running, 0)",
            ITEMS, "contracts"),
    _number("ends_in", CONTRACTS, _("合同距到期"), "contracts.ends_in", DAYS, "contracts",
            says=_("履行中的销售合同里最早到期的一份；已签下接续合同的不算。")),
    _number("acq_wan_m3", CONTRACTS, _("年合同量（管道气）"), "contracts.acq_wan_m3", WAN_M3,
            "contracts"),
    _number("acq_tonne", CONTRACTS, _("年合同量（LNG）"), "contracts.acq_tonne", TONNE,
            "contracts"),
    _number("shortfall", CONTRACTS, _("照付不议欠提"), "takeorpay.short_percent", PERCENT,
            "takeorpay",
            says=_("本年按天折算的照付不议量中尚未提取的比例；多份合同取最高。")),
    _number("volume_wan_m3", VOLUME, _("近 12 个月提气量（管道气）"), "offtake.wan_m3_12m",
            WAN_M3, "offtake"),
    _number("volume_tonne", VOLUME, _("近 12 个月提气量（LNG）"), "offtake.tonne_12m", TONNE,
            "offtake"),
    _number("growth", VOLUME, _("提气量同比"), "offtake.growth_percent", PERCENT, "offtake",
            says=_("最近三个有数据的月份比上年同期；管道气与 LNG 分别计算，取低者。")),
    _number("falling", VOLUME, _("提气量连续下降"), "offtake.falling", MONTHS, "offtake",
            says=_("最近一个有数据的月份起，连续低于前一个月的月数。")),
    _number("completion", VOLUME, _("近 12 个月计划完成率"), "offtake.completion_percent",
            PERCENT, "offtake", says=_("只计填有计划量的月份；管道气与 LNG 取低者。")),
    _number("share", MARKET, _("供应占比"), SHARE, PERCENT, "offtake",
            says=_("档案所填；未填的按近 12 个月管道气提气量 ÷ 年需求，另购 LNG 的不推算。")),
    _number("rival_ends_in", MARKET, _("竞争对手合同距到期"), "rivals.ends_in", DAYS, "rivals",
            says=_("竞争供应商、气源构成两栏中最早的到期日；已过期的不算。")),
    _number("owed_months", MARKET, _("逾期未付清的月数"), "coalesce(payments.months, 0)", MONTHS,
            "payments", says=_("月末后 30 天仍未付清的销售月份。")),
    _number("owed_yuan", MARKET, _("逾期未付金额"), "coalesce(payments.owed_yuan, 0)", YUAN,
            "payments", says=_("月末后 30 天仍未付清的差额。"), masked=Group.PRICES),
    Fact("price_policy", MARKET, _("享有优惠、差异化价格政策"), FactType.YES, POLICY,
         says=_("档案“优惠/差异化政策”一栏中今日有效的。"), masked=Group.CORE),
    _number("unvisited", PEOPLE, _("距上次访谈"),
            "%(today)s - coalesce(visits.last_on, d.opened_on)", DAYS, "visits",
            says=_("从未访谈的自建档日起算。")),
    _number("visits", PEOPLE, _("本年访谈次数"), "coalesce(visits.this_year, 0)", TIMES, "visits"),
    _number("needs", PEOPLE, _("未答复的诉求"), "coalesce(needs.waiting, 0)", ITEMS, "needs"),
    _number("need_days", PEOPLE, _("诉求最长等待"), "needs.oldest_days", DAYS, "needs"),
    _number("promises", PEOPLE, _("我方未兑现的承诺"), "coalesce(promises.ours, 0)", ITEMS,
            "promises"),
    _number("late", PEOPLE, _("逾期的跟进事项"), "coalesce(promises.late, 0)", ITEMS, "promises"),
    _number("risk", RISK, _("未解除的风险备注"), "coalesce(risks.standing, 0)", ITEMS, "risks",
            known_to=may_look),
    _number("risk_level", RISK, _("最高风险等级"), "coalesce(risks.level, 0)", "", "risks",
            says=_("1 关注，2 较重，3 严重；没有未解除的为 0。"), known_to=may_look),
    _number("rating", RISK, _("最近评级得分"), "ratings.score", _("分"), "ratings"),
)  # fmt: skip
FACT = {fact.code: fact for fact in FACTS}
