"""A file's content as what its print says: plain values, figures already written as text.

One way for the file as it stands and for a version: both are a `Content`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from yihu.contracts.choices import PRICE_UNIT, Direction, QuantityUnit, Source
from yihu.contracts.rules import Month, MonthSum, months_until, sum_month
from yihu.customers.rules import Klass
from yihu.disclosure.lens import View
from yihu.dossiers.content import Content
from yihu.dossiers.models import FileVersion
from yihu.dossiers.rules import FileMark, Mark, State
from yihu.dossiers.tables import Table, figure, table
from yihu.guide.rules import (
    Definition,
    Field,
    FieldType,
    Section,
    applies,
    completeness,
    display,
    display_rows,
    is_empty,
)
from yihu.org.regions import name_of
from yihu.reports.chart import bars

Data = dict[str, Any]
DASH = "—"
MONTHS_SHOWN = 24
MOST_COLUMNS = 7
"""A table with more columns is set as a card a row: on A4 they would be too narrow to read."""
SHORT_DIGEST = 16
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
OWN_PLACE = frozenset({"contracts", "offtake"})
"""Ledgers that are set by this module itself, not as plain tables."""


def printable(value: Any) -> str:
    """Text that stands on paper as it was written: no marks that turn or hide letters."""
    return _UNPRINTABLE.sub("", str(value).replace("\r\n", "\n"))


def deep(value: Any) -> Any:
    """Every text in it printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: deep(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [deep(part) for part in value]
    return value


# The file ----------------------------------------------------------------------------------------


def cover_of(content: Content, name: str, mark: FileMark) -> list[tuple[str, str]]:
    """Whose file it is, and who keeps it."""
    head, facts = content["dossier"], content["facts"]
    region = facts.get("region_code") or ""
    return [
        (_("客户名称"), name),
        (_("统一社会信用代码"), head.get("credit_code") or DASH),
        (_("所属单位"), head.get("unit_name") or DASH),
        (_("档案编号"), head.get("number") or DASH),
        (_("客户分类"), klass_label(head.get("klass", ""))),
        (_("所属区域"), name_of(region) if region else DASH),
        (_("填报人"), head.get("filler") or DASH),
        (_("审核人"), head.get("reviewer") or DASH),
        (_("状态"), str(dict(State.choices).get(head.get("state", ""), DASH))),
        (_("建档日期"), head.get("opened_on") or DASH),
        (_("密级★期限"), str(mark)),
        (_("知悉范围"), mark.circle),
    ]


def klass_label(code: str) -> str:
    """The class in words."""
    return str(Klass(code).label) if code in Klass.values else _("未分类")


def sections_of(
    content: Content, definition: Definition, view: View, *, through: date, whole: bool
) -> list[Data]:
    """The sections A to D as the person reads them; of what is masked the labels alone.

    `content` is the file's own: what is filled counts. `whole`: every month of a contract, else
    the last 24.
    """
    told = view.content(content, definition)
    return [
        _section(section, content, told, view, through=through, whole=whole)
        for section in definition.sections
    ]


def _section(
    section: Section, content: Content, told: Content, view: View, *, through: date, whole: bool
) -> Data:
    facts = view.facts(content["facts"])
    klass, uses = content["dossier"].get("klass", ""), facts.get("gas_use") or []
    done = completeness(facts, section.fields, klass, uses)
    missing = [
        field.label
        for field in section.fields
        if field.counted and is_empty(facts.get(field.code)) and applies(field, facts, klass, uses)
    ]
    groups = []
    for name, fields in section.groups():
        filled = [field for field in fields if not is_empty(told["facts"].get(field.code))]
        if filled:
            groups.append(_group(name, filled, told["facts"]))
    said = content["sections"].get(section.code, {})
    return {
        "letter": section.letter,
        "label": section.label,
        "done": _("已填 %(filled)d / 应填 %(required)d")
        % {"filled": done.filled, "required": done.required}
        if done.required
        else "",
        "said": _said(said),
        "groups": groups,
        "missing": "、".join(missing),
        "masked": "、".join(
            field.label
            for field in section.fields
            if not view.shows(field) and not is_empty(facts.get(field.code))
        ),
        "performance": performance(told, through=through, whole=whole)
        if section.code == "performance"
        else None,
        "ledgers": _ledgers(told, section.code),
    }


def _said(said: Mapping[str, Any]) -> str:
    """What the filler concluded of the section: 核对无变化（王芳 2026-11-05）：已电话核实."""
    if said.get("mark") not in Mark.values:
        return ""
    by, at = said.get("by", ""), str(said.get("at", ""))[:10]
    basis = f"：{said['basis']}" if said.get("basis") else ""
    return f"{Mark(said['mark']).label}（{by} {at}）{basis}"


def _group(name: str, filled: Sequence[Field], facts: Mapping[str, Any]) -> Data:
    plain = [field for field in filled if field.type != FieldType.TABLE]
    return {
        "name": name,
        "facts": [(field.label, display(field, facts[field.code])) for field in plain],
        "tables": [
            _field_table(field, facts[field.code])
            for field in filled
            if field.type == FieldType.TABLE
        ],
    }


def _field_table(field: Field, value: Any) -> Data:
    columns = [
        (column.heading, column.type == FieldType.NUMBER and bool(column.unit))
        for column in field.columns
    ]
    return laid_out(field.label, columns, display_rows(field, value))


def _ledgers(content: Content, section: str) -> list[Data]:
    found = []
    for code, rows in content["tables"].items():
        known = table(code)
        if code in OWN_PLACE or known is None or known.section != section or not rows:
            continue
        columns = [(str(label), column in known.figures) for column, label in known.columns]
        found.append(
            laid_out(
                str(known.label),
                columns,
                [[_cell(known, column, row) for column, _label in known.columns] for row in rows],
            )
        )
    return found


def _cell(known: Table, column: str, row: Mapping[str, Any]) -> str:
    said = known.say(column, row.get(column))
    if column == "sha256":
        return said[:SHORT_DIGEST]
    if column.endswith("_at"):
        return said[:16].replace("T", " ")
    return said


def laid_out(
    label: str, columns: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]
) -> Data:
    """A table, or where it is too wide a card a row; columns that no row fills are left out."""
    used = [place for place in range(len(columns)) if any(row[place] for row in rows)]
    places = {
        at: max(len(row[at].partition(".")[2]) for row in rows) for at in used if columns[at][1]
    }
    if len(used) > MOST_COLUMNS:
        cards = [[(columns[at][0], row[at]) for at in used if row[at]] for row in rows]
        return {"label": label, "heads": [], "rows": [], "cards": cards}
    rows = [_aligned(row, places) for row in rows]
    heads = [
        {
            "text": columns[at][0],
            "numeric": columns[at][1],
            "weight": _weight([columns[at][0], *(row[at] for row in rows)]),
        }
        for at in used
    ]
    shown = [[row[at] or DASH for at in used] for row in rows]
    return {"label": label, "heads": heads, "rows": shown, "cards": []}


def _aligned(row: Sequence[str], places: Mapping[int, int]) -> list[str]:
    """The row with as many decimals as its column has: 3.1 over 3.125 is 3.100."""
    return [
        _padded(said, places[at]) if said and places.get(at) else said
        for at, said in enumerate(row)
    ]


def _padded(said: str, places: int) -> str:
    whole, _dot, decimals = said.partition(".")
    return f"{whole}.{decimals.ljust(places, '0')}" if whole.lstrip("-")[:1].isdigit() else said


def _weight(texts: Iterable[str]) -> int:
    """How wide a column wants to be, in halves of a Chinese letter: 8 to 40."""
    widest = max(
        (sum(1 if letter < "\u2e80" else 2 for letter in said) for said in texts), default=0
    )
    return min(max(widest, 8), 40)


# Contracts and offtake ---------------------------------------------------------------------------


def performance(content: Content, *, through: date, whole: bool) -> Data:
    """Contracts as cards, 24 months by direction and unit with a chart, and each contract's own."""
    contracts = content["tables"].get("contracts", [])
    rows = content["tables"].get("offtake", [])
    return {
        "contracts": [_contract(row) for row in contracts],
        "series": series_of(contracts, rows, through),
        "months": _months(contracts, rows, through, whole=whole),
    }


def _contract(row: Mapping[str, Any]) -> Data:
    known = table("contracts")
    assert known is not None
    pairs = [
        (str(label), known.say(code, row.get(code)))
        for code, label in known.columns
        if code not in {"number", "title"} and row.get(code)
    ]
    return {"number": row["number"], "title": row.get("title", ""), "facts": pairs}


def series_of(
    contracts: Iterable[Mapping[str, Any]], rows: Iterable[Mapping[str, Any]], through: date
) -> list[Data]:
    """The last 24 months, one series a direction and unit: 万立方米 and 吨 are never added."""
    directions = {row["number"]: row.get("direction", "") for row in contracts}
    months: dict[tuple[str, str], dict[date, list[Month]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        kind = (directions.get(row["contract"], ""), row.get("quantity_unit", ""))
        read = _month(row)
        months[kind][read.month].append(read)
    window = months_until(through, MONTHS_SHOWN + 1)
    found = []
    for (direction, unit), given in sorted(months.items()):
        shown = window[1:] if given.get(window[-1]) else window[:-1]
        sums = [sum_month(month, given.get(month, [])) for month in shown]
        if any(month.actual is not None for month in sums):
            found.append(_series(direction, unit, sums))
    return found


def _series(direction: str, unit: str, sums: Sequence[MonthSum]) -> Data:
    way = str(Direction(direction).label) if direction in Direction.values else ""
    measure = str(QuantityUnit(unit).label) if unit in QuantityUnit.values else unit
    source = Source.LNG if unit == QuantityUnit.TONNE else Source.PIPELINE
    columns = [
        (_("月份"), False),
        (_("计划量（%(unit)s）") % {"unit": measure}, True),
        (_("实际提气量（%(unit)s）") % {"unit": measure}, True),
        (_("完成率（%）"), True),
        (_("均价（%(unit)s）") % {"unit": PRICE_UNIT[source]}, True),
        (_("结算金额（元）"), True),
        (_("已回款（元）"), True),
    ]
    lines = [
        [
            f"{month.month:%Y-%m}",
            *(
                _number(part)
                for part in (
                    month.planned,
                    month.actual,
                    month.completion_percent,
                    month.price_yuan,
                    month.amount_yuan,
                    month.paid_yuan,
                )
            ),
        ]
        for month in sums
    ]
    names = {"way": way, "unit": measure}
    return {
        "label": _("%(way)s，%(unit)s：近 24 个月") % names,
        "chart": bars(sums),
        "table": laid_out("", columns, lines),
    }


def _months(
    contracts: Iterable[Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]],
    through: date,
    *,
    whole: bool,
) -> list[Data]:
    """Each contract's months, oldest first."""
    first = f"{months_until(through, MONTHS_SHOWN + 1)[0]:%Y-%m}"
    by_contract: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if whole or row["month"] >= first:
            by_contract[row["contract"]].append(row)
    known = table("offtake")
    assert known is not None
    left_out = {"contract", "quantity_unit", "basis"}
    titles = {row["number"]: row.get("title", "") for row in contracts}
    found = []
    for number, given in by_contract.items():
        unit = known.say("quantity_unit", given[0].get("quantity_unit"))
        columns = [
            (
                f"{label}（{unit}）" if code in {"planned", "actual"} else str(label),
                code in known.figures,
            )
            for code, label in known.columns
            if code not in left_out
        ]
        lines = [
            [
                known.say(code, row.get(code))
                for code, _label in known.columns
                if code not in left_out
            ]
            for row in given
        ]
        label = f"{number} {titles.get(number, '')}".strip()
        found.append(laid_out(label, columns, lines))
    return found


def _month(row: Mapping[str, Any]) -> Month:
    year, month = row["month"].split("-")

    def number(code: str) -> Decimal | None:
        return Decimal(row[code]) if row.get(code) not in (None, "") else None

    return Month(
        date(int(year), int(month), 1),
        number("planned"),
        number("actual") or Decimal(0),
        number("price_yuan"),
        number("amount_yuan"),
        number("paid_yuan"),
    )


def _number(part: Decimal | None) -> str:
    return "" if part is None else figure(f"{part:f}")


# History -----------------------------------------------------------------------------------------


def history(versions: Sequence[FileVersion]) -> Data:
    """The versions, newest first, each with its digest (§3c)."""
    columns = [
        (_("版本"), False),
        (_("审核通过时间"), False),
        (_("填报"), False),
        (_("审核"), False),
        (_("填报指南"), False),
        (_("摘要（SHA-256）"), False),
    ]
    rows = [
        [
            _("第 %(number)d 版") % {"number": version.number},
            f"{localtime(version.approved_at):%Y-%m-%d %H:%M}",
            version.filled_by.name,
            version.approved_by.name,
            _("第 %(number)d 版") % {"number": version.edition.number},
            f"{version.sha256[:32]}\n{version.sha256[32:]}",
        ]
        for version in versions
    ]
    return laid_out(_("历次版本"), columns, rows)


def retired(lines: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an older guide had asked for and the present one no longer does."""
    label = _("%(label)s（第 %(number)d 版指南）")
    return [
        (label % {"label": line["label"], "number": line["edition"]}, line["shown"])
        for line in lines.values()
    ]
