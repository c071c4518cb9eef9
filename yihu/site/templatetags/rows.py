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
from yihu.desk.choices import Due
from yihu.desk.menu import Entry
from yihu.desk.queries import DossierLine
from yihu.dossiers.models import Dossier
from yihu.dossiers.rules import State
from yihu.site.templatetags.signs import icon, klass

register = template.Library()

NONE = "—"
CURRENT = flatatt({"aria-current": "page"})
ANY = UUID(int=0)
"""Stands for a file's key in an address."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a line: the word that a phone shows beside it, what it says, and how that looks."""

    word: Any
    of: Callable[[DossierLine], Any]
    draw: Callable[[Any], Any] = str
    style: str | None = None

    def drawn(self) -> Callable[[DossierLine], SafeString]:
        """The cell of each line of a page; what several lines say is drawn once."""
        begun = format_html("<td{}>", flatatt({"class": self.style, "data-label": self.word}))

        @cache
        def cell(said: Any) -> SafeString:
            return format_html("{}{}</td>", begun, self.draw(said))

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
    address = reverse("desk:dossier", args=[ANY])  # once: fifty times it takes as long as a query
    cells = [cell.drawn() for cell in CELLS if many_units or cell is not UNIT]
    return format_html_join(
        "\n",
        "<tr>{}{}</tr>",
        (
            (_name(line.file, address), mark_safe("".join(cell(line) for cell in cells)))
            for line in lines
        ),
    )


def _name(file: Dossier, address: str) -> SafeString:
    risk = render_to_string("cotton/risk.html", {"mark": file.risk}) if file.risk else ""
    return format_html(
        '<td><a class="yh-name" href="{}">{}</a> {}<span class="yh-sub yh-code">{}</span></td>',
        address.replace(str(ANY), str(file.pk)), file.name_full, risk, file.credit_code,
    )  # fmt: skip
