"""访前一页: what to know of a customer before a visit, read once for page and paper (§6.2.1d).

Everything in it is what the person may read of the file: `disclosure.lens` says what of the fields
is told, each slice's own policy the rest. Values are texts, so that page and paper say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.scope import CORE, PRICED, ScopedQuerySet
from yihu.care.queries import suggestions_of
from yihu.care.rules import RULE, sentence
from yihu.contracts.queries import ContractLine, Performance, performance_of
from yihu.contracts.rules import MonthSum, Standing
from yihu.customers.rules import GasUse
from yihu.disclosure.lens import View
from yihu.disclosure.queries import view_of
from yihu.dossiers.actions import in_force
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused
from yihu.dossiers.tables import figure
from yihu.guide.rules import Field, display_rows
from yihu.org.regions import name_of
from yihu.risks.choices import STANDING
from yihu.risks.policy import knows
from yihu.risks.queries import of_dossier as risks_of
from yihu.visits.choices import NeedState
from yihu.visits.choices import State as VisitState
from yihu.visits.policy import reads_minutes
from yihu.visits.queries import followed_of, wanted_of
from yihu.visits.queries import of_dossier as visits_of

MONTHS = 12
DASH = "—"
RUNNING = (Standing.RUNNING, Standing.ENDING)
WHO = ("contacts", "our_team")
MARKET = ("competitors", "supply_mix", "price_policy", "satisfaction", "next_plan")
COLUMNS = {
    "contacts": ("name", "department", "post", "role", "mobile"),
    "our_team": ("role", "staff"),
    "competitors": ("name", "volume", "price_gap", "until"),
    "supply_mix": ("supplier", "source", "percent", "until"),
    "price_policy": ("approval", "content", "discount", "until"),
    "satisfaction": ("asked_on", "score", "opinion"),
    "next_plan": ("volume", "new_areas", "actions", "owner"),
}
"""Of the guide's tables what matters on the way to the customer."""


@dataclass(frozen=True, slots=True)
class Part:
    """A table of the page; `veiled` says why nothing stands there, `none` that there is nothing.

    `numeric`: which columns are figures.
    """

    code: str
    title: str
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    numeric: frozenset[int] = frozenset()
    veiled: str = ""
    none: str = ""

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Each head, and whether it stands over figures."""
        return [(head, place in self.numeric) for place, head in enumerate(self.heads)]

    @property
    def cells(self) -> list[list[tuple[str, bool, str]]]:
        """The rows, each cell with its head."""
        return [
            [(head, numeric, cell) for (head, numeric), cell in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class Months:
    """The last twelve months of one direction and unit: label, month by month, and their sum."""

    title: str
    unit: str
    priced: bool
    rows: Sequence[Sequence[str]]
    bars: Sequence[tuple[str, int, int]]
    """Month, actual and plan in percent of the largest of them."""

    @property
    def lines(self) -> list[tuple[Sequence[str], tuple[str, int, int]]]:
        """Each month's row with its bar."""
        return list(zip(self.rows, self.bars, strict=True))


@dataclass(frozen=True, slots=True)
class Brief:
    """All of the page, in the order of its reading."""

    facts: list[tuple[str, str]]
    reasons: list[str]
    parts: list[Part]
    months: list[Months]
    months_veiled: str
    view: View = field(default_factory=View)


def dossiers() -> ScopedQuerySet:
    """Files with what the page names."""
    rows: ScopedQuerySet = Dossier.objects.select_related("unit", "filler", "reviewer")
    return rows


def brief_of(user: User, dossier: Dossier, *, at: datetime, today: date) -> Brief:
    """The page for a file that the person has reached."""
    view = view_of(user, dossier, at)
    fields = _fields(today)
    priced = view.lens.reads(PRICED, CORE)
    held = performance_of(dossier, today) if priced else Performance([], [])
    talks = reads_minutes(view.lens)
    closed = _("不在您的查询权限内。")
    return Brief(
        facts=_facts(user, dossier, today) if talks else _head(dossier),
        reasons=[
            sentence(row.rule, row.figures) + _("建议：") + str(RULE[row.rule].act)
            for row in suggestions_of(user, dossier)
        ],
        parts=[
            *(_guided(code, fields, dossier, view) for code in WHO if code in fields),
            _promises(user, dossier, today) if talks else
            Part("promises", _("未办结的承诺"), veiled=closed),
            _needs(user, dossier) if talks else Part("needs", _("未落实的诉求"), veiled=closed),
            *_risks(user, dossier),
            _contracts(held, view) if priced else Part("contracts", _("合同"), veiled=closed),
            *(
                part
                for code in MARKET
                if code in fields
                and ((part := _guided(code, fields, dossier, view)).rows or part.veiled)
            ),
        ],
        months=[_months(series, view) for series in held.series],
        months_veiled="" if priced else closed,
        view=view,
    )  # fmt: skip


def _fields(today: date) -> dict[str, Field]:
    """The guide's fields that the page shows; none before the first guide."""
    try:
        _edition, definition = in_force(today)
    except Refused:
        return {}
    known = definition.by_code
    return {code: known[code] for code in COLUMNS if code in known}


def _head(dossier: Dossier) -> list[tuple[str, str]]:
    uses = dict(GasUse.choices)
    return [
        (_("客户分类"), str(dossier.get_klass_display()) or _("未分类")),
        (_("所属区域"), name_of(dossier.region_code) if dossier.region_code else DASH),
        (_("用气类型"), "、".join(str(uses.get(code, code)) for code in dossier.gas_uses) or DASH),
        (_("档案编号"), dossier.number),
        (_("填报人"), dossier.filler.name if dossier.filler is not None else _("未指定")),
        (_("审核人"), dossier.reviewer.name if dossier.reviewer is not None else _("未指定")),
    ]


def _facts(user: User, dossier: Dossier, today: date) -> list[tuple[str, str]]:
    """With the last visit and the next."""
    rows = visits_of(user, dossier)
    past = (VisitState.HELD, VisitState.WRITTEN)
    last = rows.filter(state__in=past).order_by("-day", "-pk").first()
    coming = rows.filter(state=VisitState.PLANNED, day__gte=today).order_by("day", "pk").first()
    told = [*_head(dossier)]
    if last is not None:
        said = f"{last.day}　{last.purpose or '、'.join(last.topic_labels())}（{last.lead.name}）"
        told.append((_("上次访谈"), said))
        if last.conclusions:
            told.append((_("上次结论"), last.conclusions))
    else:
        told.append((_("上次访谈"), _("尚无访谈记录")))
    if coming is not None:
        told.append(
            (_("下次访谈"), f"{coming.day}　{coming.purpose or DASH}（{coming.lead.name}）")
        )
    return told


def _guided(code: str, fields: dict[str, Field], dossier: Dossier, view: View) -> Part:
    """A table of the guide as the person reads it: some of its columns."""
    one = fields[code]
    title = str(one.label)
    if not view.cleared(one):
        return Part(code, title, veiled=_("不在您的查询权限内。"))
    rows = view.facts(dossier.document).get(code)
    if not isinstance(rows, list) or not rows:
        return Part(code, title, none=_("档案中没有填写。"))
    if view.veiled(one):
        return Part(
            code, title, veiled=_("已隐去；需要时在客户档案页写明目的后查看，10 分钟内有效。")
        )
    places = [place for place, column in enumerate(one.columns) if column.code in COLUMNS[code]]
    heads = [one.columns[place].heading for place in places]
    numeric = frozenset(
        at for at, place in enumerate(places) if one.columns[place].type == "number"
    )
    lines = [[row[place] or DASH for place in places] for row in display_rows(one, rows)]
    return Part(code, title, heads, lines, numeric)


def _promises(user: User, dossier: Dossier, today: date) -> Part:
    rows = [
        [
            str(row.get_side_display()), row.text, row.owner.name, str(row.due_on),
            _("逾期 %(days)d 天") % {"days": late} if (late := row.late_days(today))
            else str(row.get_state_display()),
        ]
        for row in followed_of(user, dossier)
    ]  # fmt: skip
    heads = [_("谁的承诺"), _("事项"), _("责任人"), _("期限"), _("状态")]
    return Part("promises", _("未办结的承诺"), heads, rows, none=_("没有未办结的承诺。"))


def _needs(user: User, dossier: Dossier) -> Part:
    rows = [
        [
            str(row.heard_on), str(row.get_category_display()), row.text,
            str(row.get_priority_display()),
            row.answer if row.state == NeedState.ANSWERED and row.answer
            else str(row.get_state_display()),
        ]
        for row in wanted_of(user, dossier)
    ]  # fmt: skip
    heads = [_("听取日期"), _("类别"), _("诉求"), _("优先级"), _("答复")]
    return Part("needs", _("未落实的诉求"), heads, rows, none=_("没有未落实的诉求。"))


def _risks(user: User, dossier: Dossier) -> list[Part]:
    """Nothing at all for who may not know of risks: not even that there are none (§6.2.2)."""
    if not knows(user, dossier.unit_id, dossier.region_code):
        return []
    rows = [
        [str(row.get_level_display()), str(row.get_kind_display()), row.facts,
         row.measures or DASH, str(row.get_state_display())]
        for row in risks_of(user, dossier) if row.state in STANDING
    ]  # fmt: skip
    heads = [_("等级"), _("类别"), _("事实"), _("措施"), _("状态")]
    return [Part("risks", _("未解除的风险"), heads, rows, none=_("没有未解除的风险备注。"))]


def _contracts(held: Performance, view: View) -> Part:
    running = [line for line in held.contracts if line.standing in RUNNING]
    heads = [_("合同编号"), _("气源"), _("到期"), _("年合同量"), _("本年已提"), _("照付不议已提")]
    if view.prices:
        heads.append(_("合同单价"))
    rows = [_contract(line, prices=view.prices) for line in running]
    return Part(
        "contracts", _("履行中的合同"), heads, rows, frozenset({3, 4, 5, 6}),
        none=_("没有履行中的合同。"),
    )  # fmt: skip


def _contract(line: ContractLine, *, prices: bool) -> list[str]:
    contract, account = line.contract, line.take_or_pay
    unit = str(contract.get_quantity_unit_display())
    percent = account.taken_percent if account is not None else None
    said = [
        contract.number, str(contract.get_source_display()), str(contract.last_on),
        f"{figure(contract.acq)} {unit}", f"{figure(line.year_actual)} {unit}",
        DASH if percent is None else f"{percent}%",
    ]  # fmt: skip
    if prices:
        known = contract.price_yuan
        said.append(DASH if known is None else f"{figure(known)} {line.price_unit}")
    return said


def _months(series: Any, view: View) -> Months:
    shown: list[MonthSum] = series.months[-MONTHS:]
    most = max((max(row.actual or 0, row.planned or 0) for row in shown), default=0) or 1
    unit = str(series.quantity_unit.label)
    title = _("近 12 个月提气量（%(way)s，%(unit)s）") % {
        "way": series.direction.label, "unit": unit,
    }  # fmt: skip
    return Months(
        title=title,
        unit=unit,
        priced=view.prices,
        rows=[
            [
                f"{row.month:%Y-%m}", _plain(row.planned), _plain(row.actual),
                _plain(row.completion_percent), *([_plain(row.price_yuan)] if view.prices else []),
            ]
            for row in shown
        ],
        bars=[
            (
                f"{row.month:%Y-%m}", int((row.actual or 0) * 100 / most),
                int((row.planned or 0) * 100 / most),
            )
            for row in shown
        ],
    )  # fmt: skip


def _plain(number: Any) -> str:
    return DASH if number is None else figure(number)
