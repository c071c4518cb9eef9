"""A segment's customers as a workbook, the page before a visit as A4: rows in, bytes out (§5.5)."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yihu.care.brief import Brief, Part
from yihu.care.facts import Fact
from yihu.care.queries import Member
from yihu.dossiers.models import Dossier
from yihu.exports.rules import Stamp
from yihu.kit.pdf import typeset
from yihu.kit.sheet import new_workbook
from yihu.org.regions import name_of

MOST = 20_000
"""Customers of one workbook."""
LINE, CELL = 112, 2
"""What a line of the sheet holds, in halves of a Chinese letter, and the rim of a cell."""
PAGE = Path(__file__).parent / "typst" / "brief.typ"


@dataclass(frozen=True, slots=True)
class Cut:
    """How much goes on the sheet: rows of a part, letters of a text, the size of the letters."""

    rows: int
    letters: int
    points: float


CUTS = (
    Cut(24, 300, 9),
    Cut(12, 160, 9),
    Cut(8, 90, 8.5),
    Cut(5, 60, 8),
    Cut(3, 40, 7.5),
    Cut(2, 28, 7),
)
"""From all of it to the least; the template takes the first that one sheet holds."""


def heads(facts: Sequence[Fact]) -> list[str]:
    """The columns, in the order of `line`."""
    return [
        _("档案编号"), _("客户"), _("单位"), _("客户分类"), _("区域"), _("应访次数"),
        _("已访次数"), _("是否达到"), _("下次访谈"), *(fact.heading for fact in facts),
    ]  # fmt: skip


def line(member: Member) -> list[str | int | date | None]:
    """One customer as a row."""
    file = member.dossier
    return [
        file.number, file.name_full, file.unit.name, str(file.get_klass_display()),
        name_of(file.region_code) if file.region_code else "", member.due, member.held,
        _("是") if member.met else _("否"), member.next_on,
        *(value for _fact, value in member.told),
    ]  # fmt: skip


def workbook(
    title: str, facts: Sequence[Fact], members: Iterable[Member], *, stamp: Stamp
) -> tuple[bytes, int]:
    """The customers as .xlsx, and how many; the last line names who took it."""
    out = io.BytesIO()
    book = new_workbook(out)
    sheet = book.add_worksheet(title)
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    columns = heads(facts)
    for column, head in enumerate(columns):
        sheet.set_column(column, column, 30 if column == 1 else max(10, 2 * len(head) + 2))
        sheet.write_string(0, column, head, bold)
    count = 0
    for count, member in enumerate(members, 1):
        for column, value in enumerate(line(member)):
            if isinstance(value, date):
                sheet.write_datetime(count, column, value, day)
            elif isinstance(value, int):
                sheet.write_number(count, column, value)
            elif value:
                sheet.write_string(count, column, value)
    sheet.write_string(count + 2, 0, stamp.line(count))
    sheet.freeze_panes(1, 2)
    if count:
        sheet.autofilter(0, 0, count, len(columns) - 1)
    sheet.set_header(stamp.header())
    sheet.set_footer("&R&P / &N")
    book.close()
    return out.getvalue(), count


def paper(dossier: Dossier, brief: Brief, *, stamp: Stamp, today: date) -> bytes:
    """The page as A4, with the stamp of who printed it."""
    columns = [_("月份"), _("计划"), _("实际"), _("完成率%")]
    return typeset(
        PAGE,
        {
            "title": _("访前一页 · %(name)s") % {"name": dossier.name_full},
            "name": dossier.name_full,
            "about": _("%(unit)s · 截至 %(day)s") % {"unit": dossier.unit.name, "day": today},
            "clause": _("依据 §3b、6.2.1d · 仅供内部使用，不得复制、转发、外传"),
            "secrecy": stamp.secrecy,
            "mark": stamp.mark,
            "trace": stamp.foot,
            "reasons_title": _("这次要谈"),
            "months_veiled": brief.months_veiled,
            "months": [
                {
                    "title": one.title,
                    "heads": [*columns, *([_("均价")] if one.priced else [])],
                    "rows": [list(row) for row in one.rows],
                }
                for one in brief.months
            ],
            "cuts": [_cut(brief, cut) for cut in CUTS],
        },
    )  # fmt: skip


def _cut(brief: Brief, cut: Cut) -> dict[str, Any]:
    """What the sheet says under a cut, and of what it leaves out how much."""
    return {
        "points": cut.points,
        "facts": [[label, _short(said, cut)] for label, said in brief.facts],
        "reasons": [_short(said, cut) for said in brief.reasons[: cut.rows]],
        "more": _more(brief.reasons, cut),
        "lines": paired([_part(part, cut) for part in brief.parts]),
    }


def _short(said: str, cut: Cut) -> str:
    return said if len(said) <= cut.letters else said[: cut.letters - 1] + "…"


def _more(rows: Sequence[object], cut: Cut) -> str:
    left = len(rows) - cut.rows
    if left <= 0:
        return ""
    return ngettext("另有 %(n)d 条", "另有 %(n)d 条", left) % {"n": left}


def _part(part: Part, cut: Cut) -> dict[str, Any]:
    note = part.veiled or ("" if part.rows else part.none)
    rows = [[_short(said, cut) for said in row] for row in part.rows[: cut.rows]]
    wide = [_weight([head, *(row[place] for row in rows)]) for place, head in enumerate(part.heads)]
    heads = [
        {"text": head, "numeric": place in part.numeric, "weight": wide[place]}
        for place, head in enumerate(part.heads)
    ]
    held = sum(wide) + CELL * len(wide) if rows else 0
    return {
        "title": part.title,
        "note": note,
        "heads": heads,
        "rows": rows,
        "more": _more(part.rows, cut),
        "weight": max(held, _weight([note, part.title])),
    }


def paired(parts: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The parts in their order, two side by side where a line of the sheet holds both."""
    lines: list[list[dict[str, Any]]] = []
    for part in parts:
        last = lines[-1] if lines else []
        if len(last) == 1 and last[0]["weight"] + part["weight"] <= LINE:
            last.append(part)
        else:
            lines.append([part])
    return lines


def _weight(texts: Iterable[str]) -> int:
    """How wide a column wants to be, in halves of a Chinese letter: 8 to 40."""
    widest = max(
        (sum(1 if letter < "\u2e80" else 2 for letter in said) for said in texts), default=0
    )
    return min(max(widest, 8), 40)
