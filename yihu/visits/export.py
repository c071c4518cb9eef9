"""Lists as workbooks and CSV, minutes as A4, invitations: rows in, bytes out (§5.5)."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from yihu.exports.rules import Stamp
from yihu.kit.clock import SHANGHAI
from yihu.kit.pdf import typeset
from yihu.kit.sheet import new_workbook
from yihu.visits.models import Followup, Need, Participant, Visit

MOST = 20_000
"""Lines of one export."""
PAGE = Path(__file__).parent / "typst" / "minutes.typ"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
Cell = str | date | int | None


# Lists -------------------------------------------------------------------------------------------


def visit_heads() -> list[tuple[str, int]]:
    """The columns of the register and their widths, in the order of `visit_line`."""
    return [
        (_("访谈编号"), 14), (_("单位"), 18), (_("客户"), 28), (_("状态"), 12), (_("日期"), 12),
        (_("形式"), 8), (_("层级"), 8), (_("负责人"), 10), (_("我方参加人"), 22),
        (_("客户方参加人"), 22), (_("地点"), 18), (_("议题"), 20), (_("目的"), 30), (_("纪要"), 50),
        (_("结论"), 30), (_("未办结跟进"), 10),
    ]  # fmt: skip


def visit_line(visit: Visit) -> list[Cell]:
    """One visit as a row; it must carry `participants` and `open_count` (queries)."""
    sides: dict[str, list[str]] = {"ours": [], "theirs": []}
    for person in visit.participants.all():
        sides[person.side].append(str(person))
    return [
        visit.number, visit.unit.name, visit.dossier.name_full, str(visit.get_state_display()),
        visit.day, str(visit.get_kind_display()), str(visit.get_level_display()), visit.lead.name,
        "、".join(sides["ours"]), "、".join(sides["theirs"]), visit.place,
        "、".join(visit.topic_labels()), visit.purpose, visit.summary, visit.conclusions,
        visit.open_count,  # type: ignore[attr-defined]  # annotated by the query
    ]  # fmt: skip


def need_heads() -> list[tuple[str, int]]:
    """The columns of the needs, in the order of `need_line`."""
    return [
        (_("访谈编号"), 14), (_("单位"), 18), (_("客户"), 28), (_("听取日期"), 12), (_("类别"), 10),
        (_("诉求与反馈"), 50), (_("优先级"), 8), (_("责任人"), 10), (_("状态"), 10),
        (_("答复日期"), 12), (_("答复"), 40), (_("落实日期"), 12), (_("落实情况"), 40),
    ]  # fmt: skip


def need_line(need: Need) -> list[Cell]:
    """One need as a row."""
    return [
        need.visit.number, need.unit.name, need.dossier.name_full, need.heard_on,
        str(need.get_category_display()), need.text, str(need.get_priority_display()),
        need.owner.name, str(need.get_state_display()), need.answered_on, need.answer,
        need.done_on, need.outcome,
    ]  # fmt: skip


def workbook(
    title: str, heads: Sequence[tuple[str, int]], lines: Iterable[Sequence[Cell]], stamp: Stamp
) -> tuple[bytes, int]:
    """The rows as .xlsx, and how many; the last line names who took it."""
    out = io.BytesIO()
    book = new_workbook(out)
    sheet = book.add_worksheet(title)
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    for column, (head, width) in enumerate(heads):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, head, bold)
    count = 0
    for count, line in enumerate(lines, 1):
        for column, value in enumerate(line):
            if isinstance(value, date):
                sheet.write_datetime(count, column, value, day)
            elif isinstance(value, int):
                sheet.write_number(count, column, value)
            elif value:
                sheet.write_string(count, column, value)
    sheet.write_string(count + 2, 0, stamp.line(count))
    sheet.freeze_panes(1, 1)
    if count:
        sheet.autofilter(0, 0, count, len(heads) - 1)
    sheet.set_header(stamp.header())
    sheet.set_footer("&R&P / &N")
    book.close()
    return out.getvalue(), count


def table(
    heads: Sequence[tuple[str, int]], lines: Iterable[Sequence[Cell]], stamp: Stamp
) -> tuple[bytes, int]:
    """The rows as CSV that Excel reads as UTF-8, and how many; no cell begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([head for head, _width in heads])
    count = 0
    for line in lines:
        count += 1
        said = ["" if value is None else str(value) for value in line]
        writer.writerow([f"'{text}" if text.startswith(FORMULA) else text for text in said])
    writer.writerow([stamp.line(count)])
    return out.getvalue().encode("utf-8-sig"), count


# One visit ---------------------------------------------------------------------------------------


def invitation(visit: Visit, sides: Mapping[str, Sequence[Participant]], *, stamp: Stamp) -> bytes:
    """The visit as an .ics that calendars take; again with a higher number, it replaces itself.

    What is discussed stays out of it, and so does the name of who took it: an invitation leaves
    the house. Its trace code leads back (RFC 5545 lets calendars keep what begins with X-).
    """
    from icalendar import Calendar, Event

    assert visit.planned_on is not None  # only what is planned is invited to
    event = Event()
    event.add("uid", f"{visit.pk}@yihu")
    event.add("dtstamp", stamp.at)
    event.add("x-yihu-trace", stamp.trace)
    event.add("sequence", visit.revision)
    said = _("%(kind)s：%(customer)s") % {
        "kind": visit.get_kind_display(), "customer": visit.dossier.name_full,
    }  # fmt: skip
    event.add("summary", said)
    if visit.moment is None:
        event.add("dtstart", visit.planned_on)
        event.add("dtend", visit.planned_on + timedelta(days=1))
    else:
        begins = datetime.combine(visit.planned_on, visit.moment, SHANGHAI)
        event.add("dtstart", begins)
        event.add("dtend", begins + timedelta(minutes=visit.minutes))
    if visit.place:
        event.add("location", visit.place)
    people = [
        (_("编号"), visit.number),
        (_("我方参加人"), "、".join(row.name for row in sides["ours"])),
        (_("客户方参加人"), "、".join(str(row) for row in sides["theirs"])),
    ]
    event.add("description", "\n".join(f"{label}：{text}" for label, text in people if text))
    calendar = Calendar()
    calendar.add("prodid", "-//Yihu//visits//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def minutes(
    visit: Visit,
    *,
    sides: Mapping[str, Sequence[Participant]],
    followups: Sequence[Followup],
    needs: Sequence[Need],
    stamp: Stamp,
) -> bytes:
    """The minutes as A4 with places to sign; the stamp stands across each page."""
    facts = [
        (_("客户"), visit.dossier.name_full),
        (_("单位"), visit.dossier.unit.name),
        (_("访谈日期"), f"{visit.held_on}{f' {visit.moment:%H:%M}' if visit.moment else ''}"),
        (_("地点"), visit.place or "—"),
        (_("形式"), str(visit.get_kind_display())),
        (_("层级"), str(visit.get_level_display())),
        (_("我方参加人"), "、".join(str(row) for row in sides["ours"])),
        (_("客户方参加人"), "、".join(str(row) for row in sides["theirs"]) or "—"),
        (_("议题"), "、".join(visit.topic_labels())),
        (_("目的"), visit.purpose or "—"),
    ]
    parts = [
        (_("纪要"), visit.summary),
        (_("结论"), visit.conclusions),
        (_("市场信息"), visit.market_intel),
        (_("竞争信息"), visit.competitor_intel),
        (_("风险信号"), visit.risk_note),
    ]
    return typeset(
        PAGE,
        {
            "title": _("客户访谈纪要"),
            "number": visit.number,
            "clause": _("依据《客户档案管理细则》§6.2.1d"),
            "secrecy": stamp.secrecy,
            "mark": stamp.mark,
            "trace": stamp.foot,
            "facts": [list(pair) for pair in facts],
            "parts": [list(pair) for pair in parts if pair[1]],
            "needs": _ledger(
                _("客户诉求与反馈"),
                [(_("类别"), 1), (_("诉求与反馈"), 4), (_("优先级"), 1), (_("状态"), 1)],
                [
                    [str(row.get_category_display()), row.text, str(row.get_priority_display()),
                     str(row.get_state_display())]
                    for row in needs
                ],
            ),
            "followups": _ledger(
                _("跟进事项"),
                [(_("谁的承诺"), 1), (_("事项"), 4), (_("责任人"), 1), (_("期限"), 1.4),
                 (_("状态"), 1.2)],
                [
                    [str(row.get_side_display()), row.text, row.owner.name, str(row.due_on),
                     str(row.get_state_display())]
                    for row in followups
                ],
            ),
            "signatures": [_("记录人：%(name)s") % {"name": _name(visit)}, _("我方签字："),
                           _("客户方签字：")],
        },
    )  # fmt: skip


def _name(visit: Visit) -> str:
    return visit.recorded_by.name if visit.recorded_by is not None else ""


def _ledger(title: str, heads: list[tuple[str, float]], rows: list[list[str]]) -> dict[str, Any]:
    return {
        "title": title,
        "heads": [{"text": head, "numeric": False, "weight": weight} for head, weight in heads],
        "rows": rows,
    }
