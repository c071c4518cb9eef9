"""Rows of long lists, drawn cell by cell, and the menu's lines.

As nodes of a template fifty rows took half a page, forty lines of the menu a tenth.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from django import template
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.customers.rules import Klass
from yihu.desk.boards import KINDS, DutyLine
from yihu.desk.choices import Due, DutyState
from yihu.desk.menu import Entry
from yihu.desk.queries import DossierLine
from yihu.dossiers.models import Dossier
from yihu.dossiers.rules import State
from yihu.duties.choices import Deed
from yihu.duties.models import Duty
from yihu.kit.clock import SHANGHAI
from yihu.site.templatetags.signs import icon, klass

register = template.Library()

NONE = "—"
CURRENT = flatatt({"aria-current": "page"})
ANY = UUID(int=0)
"""Stands for a file's key in an address."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a line: the word that a phone shows beside it, what it says, and how that looks.

    `alike`: many lines of a page say the same there.
    """

    word: Any
    of: Callable[[Any], Any]
    draw: Callable[[Any], Any] = str
    style: str | None = None
    alike: bool = True

    def drawn(self) -> Callable[[Any], SafeString]:
        """The cell of each line of a page; what several lines say is drawn once."""
        begun = format_html("<td{}>", flatatt({"class": self.style, "data-label": self.word}))

        def once(said: Any) -> SafeString:
            return format_html("{}{}</td>", begun, self.draw(said))

        cell = cache(once) if self.alike else once
        return lambda line: cell(self.of(line))


@register.simple_tag
def menu_lines(entries: Sequence[Entry]) -> SafeString:
    """Lines of the menu; that of the page is marked."""
    return format_html_join(
        "",
        '<li><a href="{}"{}>{}<span>{}</span></a></li>',
        ((one.url, CURRENT if one.current else "", icon(one.icon), one.label) for one in entries),
    )


@register.simple_tag
def due(due: Due | None) -> SafeString:
    """A day by which something is owed, and how far off it is."""
    if due is None:
        return format_html('<span class="yh-muted">{}</span>', NONE)
    if due.late_days:
        style, said = "yh-sub yh-overdue", _("逾期 %(n)s 天") % {"n": due.late_days}
    elif due.days == 0:
        style, said = "yh-sub yh-soon", _("今天截止")
    else:
        style = "yh-sub yh-soon" if due.soon else "yh-sub"
        said = _("还剩 %(n)s 天") % {"n": due.days}
    day = '<span class="yh-nowrap">{}</span> <span class="{}">{}</span>'
    return format_html(day, due.on.isoformat(), style, said)


def _filler(name: str | None) -> Any:
    return name or format_html('<span class="yh-tag yh-tag-amber">{}</span>', _("未指定"))


def _state(code: str) -> SafeString:
    state = State(code)
    style = "yh-tag yh-tag-green" if state is State.ACTIVE else "yh-tag"
    return format_html('<span class="{}">{}</span>', style, state.label)


def _class(code: str) -> SafeString:
    return klass(code, str(Klass(code).label) if code else "")


UNIT = Cell(gettext_lazy("单位"), lambda line: line.file.unit.short_name, style="yh-nowrap")
"""Says nothing to those who see one unit only."""
CELLS = (
    Cell(gettext_lazy("档案编号"), lambda line: line.file.number, style="yh-nowrap"),
    Cell(gettext_lazy("分类"), lambda line: line.file.klass, _class),
    Cell(gettext_lazy("区域"), lambda line: line.region or NONE),
    Cell(gettext_lazy("用气类型"), lambda line: line.uses or NONE),
    UNIT,
    Cell(gettext_lazy("填报人"), lambda line: line.file.filler and line.file.filler.name,
         _filler, "yh-nowrap"),
    Cell(gettext_lazy("下次截止"), lambda line: line.due, due),
    Cell(gettext_lazy("建档日期"), lambda line: line.file.opened_on, date.isoformat, "yh-nowrap"),
    Cell(gettext_lazy("状态"), lambda line: line.file.state, _state),
)  # fmt: skip


@register.simple_tag
def dossier_rows(lines: Sequence[DossierLine], many_units: bool) -> SafeString:
    """The body of the list of files; the heads stand in the template, in the same order."""
    cells = [cell for cell in CELLS if many_units or cell is not UNIT]
    style = "yh-sub yh-code"
    return _rows(lines, cells, lambda line: (line.file, style, line.file.credit_code))


def _late(said: tuple[DutyState, int]) -> SafeString:
    state, days = said
    colour = COLOURS.get(state)
    tag = format_html(
        '<span class="yh-tag{}">{}</span>', f" yh-tag-{colour}" if colour else "", state.label
    )
    if not days:
        return tag
    return format_html('{}<span class="yh-sub">{}</span>', tag, _("迟 %(n)s 天") % {"n": days})


def _stands(duty: Duty) -> bool:
    return duty.done_at is None and duty.waived_at is None


def _due_of(said: Due | date) -> SafeString:
    if isinstance(said, Due):
        return due(said)
    return format_html('<span class="yh-nowrap">{}</span>', said.isoformat())


def _deed(line: DutyLine) -> SafeString:
    duty, way = line.duty, line.way
    if duty.done_at is not None:
        moment = f"{duty.done_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        basis = Deed(duty.basis).label if duty.basis else ""
        beneath = format_html('<span class="yh-sub">{}</span>', basis) if basis else ""
        return format_html('<span class="yh-nowrap">{}</span>{}', moment, beneath)
    if way is None:
        return format_html('<span class="yh-muted">{}</span>', NONE)
    return format_html(
        '<a class="btn btn-sm" href="{}" aria-label="{}：{}">{}</a>',
        way.url, way.label, duty.dossier.name_full, way.label,
    )  # fmt: skip


COLOURS = {DutyState.OVERDUE: "red", DutyState.LATE: "amber", DutyState.ON_TIME: "green"}
DUTY_UNIT = Cell(gettext_lazy("单位"), lambda line: line.duty.unit.short_name, style="yh-nowrap")
DUTY_CELLS = (
    Cell(gettext_lazy("任务"), lambda line: line.duty.kind, lambda code: KINDS[code]),
    Cell(gettext_lazy("周期"), lambda line: line.period, style="yh-nowrap"),
    Cell(gettext_lazy("分类"), lambda line: line.duty.klass, _class),
    DUTY_UNIT,
    Cell(gettext_lazy("填报人"),
         lambda line: line.duty.dossier.filler and line.duty.dossier.filler.name,
         _filler, "yh-nowrap"),
    Cell(gettext_lazy("截止日"), lambda line: line.due if _stands(line.duty) else line.duty.due_on,
         _due_of),
    Cell(gettext_lazy("状态"), lambda line: (line.state, line.late_days), _late),
    Cell(gettext_lazy("办理"), lambda line: line, _deed, alike=False),
)  # fmt: skip


@register.simple_tag
def duty_rows(lines: Sequence[DutyLine], many_units: bool) -> SafeString:
    """The body of the list of duties; the heads stand in the template, in the same order."""
    cells = [cell for cell in DUTY_CELLS if many_units or cell is not DUTY_UNIT]
    return _rows(lines, cells, lambda line: (line.duty.dossier, "yh-sub", line.duty.dossier.number))


def _rows(
    lines: Sequence[Any], cells: Sequence[Cell], of: Callable[[Any], tuple[Dossier, str, str]]
) -> SafeString:
    """A row a line: its file's name with what stands beneath it, and the cells."""
    address = reverse("desk:dossier", args=[ANY])  # once: fifty times it takes as long as a query
    drawn = [cell.drawn() for cell in cells]
    return format_html_join(
        "\n",
        "<tr>{}{}</tr>",
        (
            (_name(address, *of(line)), mark_safe("".join(cell(line) for cell in drawn)))
            for line in lines
        ),
    )


def _name(address: str, file: Dossier, style: str, beneath: str) -> SafeString:
    risk = render_to_string("cotton/risk.html", {"mark": file.risk}) if file.risk else ""
    return format_html(
        '<td><a class="yh-name" href="{}">{}</a> {}<span class="{}">{}</span></td>',
        address.replace(str(ANY), str(file.pk)), file.name_full, risk, style, beneath,
    )  # fmt: skip
