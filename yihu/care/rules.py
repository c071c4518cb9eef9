"""Conditions of a segment: read, checked, said in words; what the house suggests, and why (§3b)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.care.choices import OPS, VALUED, FactType, Match, Op
from yihu.care.facts import FACT, Fact
from yihu.dossiers.problems import Unfit

MOST_CONDITIONS = 10
MOST_NUMBER = Decimal(10) ** 12
MOST_VISITS = 52


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of one fact; `values`: the number as text, or the chosen codes."""

    fact: str
    op: Op
    values: tuple[str, ...] = ()

    @property
    def of(self) -> Fact:
        """The fact that it asks."""
        return FACT[self.fact]

    def stored(self) -> dict[str, Any]:
        """As the table keeps it."""
        return {"fact": self.fact, "op": self.op.value, "values": list(self.values)}

    def words(self) -> str:
        """合同距到期（天）不高于 90."""
        fact = self.of
        said = str(self.op.label)
        if not self.values:
            return f"{fact.label}：{said}"
        labels = dict(fact.options)
        given = "、".join(str(labels.get(value, value)) for value in self.values)
        unit = f" {fact.unit}" if fact.unit else ""
        line = _("%(fact)s%(op)s %(given)s") % {"fact": fact.label, "op": said, "given": given}
        return line + unit


def read(given: Mapping[str, Any], number: int = 1) -> Condition:
    """A condition as a form or a stored row says it. Raises: Unfit, naming it by its number."""
    where = _("第 %(number)d 个条件：") % {"number": number}
    fact = FACT.get(str(given.get("fact", "")))
    if fact is None:
        raise Unfit(where + _("请从列表中选择事实。"))
    allowed = OPS[fact.type]
    if given.get("op") not in allowed:
        raise Unfit(where + _("“%(fact)s”不能这样比较，请重选。") % {"fact": fact.label})
    op = Op(given["op"])
    values = tuple(str(value).strip() for value in given.get("values", ()) if str(value).strip())
    if op not in VALUED:
        return Condition(fact.code, op)
    if not values:
        raise Unfit(where + _("请写明“%(fact)s”的值。") % {"fact": fact.label})
    if fact.type == FactType.NUMBER:
        return Condition(fact.code, op, (_plain(values[0], fact, where),))
    known = dict(fact.options)
    wrong = [value for value in values if value not in known]
    if wrong:
        raise Unfit(where + _("“%(fact)s”没有“%(value)s”这个选项。") % {
            "fact": fact.label, "value": wrong[0][:20]})  # fmt: skip
    return Condition(fact.code, op, values)


def _plain(said: str, fact: Fact, where: str) -> str:
    try:
        found = Decimal(said.replace(",", "").replace("，", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > MOST_NUMBER:
        message = _("“%(fact)s”应为数字，例如 90。")
        raise Unfit(where + message % {"fact": fact.heading})
    return f"{found.normalize():f}"


def read_all(given: Sequence[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """All of them, one at least. Raises: Unfit."""
    if not given:
        raise Unfit(_("请至少选择一个条件。"))
    if len(given) > MOST_CONDITIONS:
        raise Unfit(_("最多 %(most)d 个条件。") % {"most": MOST_CONDITIONS})
    return tuple(read(row, number) for number, row in enumerate(given, 1))


def known(given: Iterable[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Stored conditions: they were checked when they were saved."""
    return tuple(
        Condition(row["fact"], Op(row["op"]), tuple(row["values"]))
        for row in given
        if row["fact"] in FACT
    )


def joined(match: str, conditions: Sequence[Condition]) -> str:
    """All the conditions in one sentence."""
    word = _("，且") if match == Match.ALL else _("，或")
    return word.join(condition.words() for condition in conditions)


def due_by_now(due: int, *, day: int, days: int) -> int:
    """How many of a year's visits should be done by its `day`-th day of `days`, rounded down."""
    return due * day // days


# Suggestions -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is suggested (`conditions`, all of them), and the sentence that says why.

    `figures`: name → SQL over the same sources; `occasion`: SQL that names the facts, so that what
    was dismissed comes again only with other facts. `act`: what to do.
    """

    code: str
    label: Any
    conditions: tuple[Condition, ...]
    says: Any
    act: Any
    figures: Mapping[str, str]
    occasion: str


def _when(*parts: tuple[str, Op, str]) -> tuple[Condition, ...]:
    return tuple(Condition(fact, op, tuple(value.split())) for fact, op, value in parts)


def _said(number: str) -> str:
    """A figure without noughts at its end."""
    return f"trim_scale({number})::text"


KEY = "strategic vip"
RULES = (
    Rule(
        "ending", gettext_lazy("合同将到期"), _when(("ends_in", Op.LE, "90")),
        gettext_lazy("合同 %(number)s 于 %(on)s 到期，还有 %(days)s 天，尚无接续合同。"),
        gettext_lazy("商谈续签"),
        {"number": "contracts.ends_number", "on": "contracts.ends_on::text",
         "days": "contracts.ends_in::text"},
        "contracts.ends_number || ' ' || contracts.ends_on",
    ),
    Rule(
        "rival", gettext_lazy("可争取的份额"),
        _when(("share", Op.LE, "50"), ("rival_ends_in", Op.LE, "180")),
        gettext_lazy("供应占比 %(share)s%%，竞争对手“%(rival)s”的合同于 %(on)s 到期。"),
        gettext_lazy("提出增供方案"),
        {"share": _said(f"({FACT['share'].sql})"), "rival": "left(rivals.name, 60)",
         "on": "rivals.until::text"},
        "left(rivals.name, 60) || ' ' || rivals.until",
    ),
    Rule(
        "falling", gettext_lazy("提气量持续下降"),
        _when(("falling", Op.GE, "3"), ("growth", Op.LE, "-10")),
        gettext_lazy("提气量已连续 %(months)s 个月下降（至 %(month)s），比上年同期低 %(fall)s%%。"),
        gettext_lazy("了解用气变化"),
        {"months": "offtake.falling::text", "month": "to_char(offtake.last_month, 'YYYY-MM')",
         "fall": _said("-offtake.growth_percent")},
        "to_char(offtake.last_month, 'YYYY-MM')",
    ),
    Rule(
        "shortfall", gettext_lazy("照付不议欠提"), _when(("shortfall", Op.GE, "20")),
        gettext_lazy("本年照付不议按天折算已欠提 %(percent)s%%。"),
        gettext_lazy("商定补提安排"),
        {"percent": _said("takeorpay.short_percent")},
        "to_char(%(today)s::date, 'YYYY\"Q\"Q')",
    ),
    Rule(
        "need", gettext_lazy("诉求久未答复"), _when(("need_days", Op.GE, "15")),
        gettext_lazy("%(on)s 听取的“%(text)s”等候答复已 %(days)s 天，未答复的共 %(number)s 项。"),
        gettext_lazy("答复诉求"),
        {"on": "needs.heard_on::text", "text": "left(needs.oldest, 60)",
         "days": "needs.oldest_days::text", "number": "needs.waiting::text"},
        "needs.heard_on || ' ' || md5(needs.oldest)",
    ),
    Rule(
        "unvisited", gettext_lazy("重点客户久未走访"),
        _when(("klass", Op.IN, KEY), ("unvisited", Op.GE, "180")),
        gettext_lazy("上次访谈：%(last)s，已 %(days)s 天。"),
        gettext_lazy("安排拜访"),
        {"last": "coalesce(visits.last_on::text, '—')",
         "days": "(%(today)s - coalesce(visits.last_on, d.opened_on))::text"},
        "coalesce(visits.last_on::text, 'never')",
    ),
)  # fmt: skip
RULE = {rule.code: rule for rule in RULES}


def sentence(code: str, figures: Mapping[str, Any]) -> str:
    """Why it is suggested, in words."""
    return str(RULE[code].says) % figures
