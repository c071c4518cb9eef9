"""Personnel events and people as workbooks: bytes in, rows out, and back; no database (§6.3.4)."""

import io
from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext as _

from yihu.exports.rules import Stamp
from yihu.handover.reading import LABELS
from yihu.kit import text
from yihu.kit.sheet import Cell, Refused, new_workbook, read
from yihu.org.rules import PersonnelEventKind

COLUMNS = ("unit", "employee_no", "name", "post", "kind", "effective_on", "other_unit",
           "other_post")  # fmt: skip
SYNONYMS = {
    "unit": "单位 单位代码 所属单位 单位名称 工作单位",
    "employee_no": "工号 员工编号 员工号 人员编号 职工号 员工工号",
    "name": "姓名 员工姓名 人员姓名",
    "post": "岗位 职务 岗位名称",
    "kind": "变动类型 异动类型 变动类别 变动 异动 人事变动类型",
    "effective_on": "生效日期 变动日期 异动日期 生效时间 日期 离岗日期",
    "other_unit": "转入单位 调入单位 兼职单位 新单位",
    "other_post": "转入岗位 新岗位",
}
FIELD_OF = {word: field for field, words in SYNONYMS.items() for word in words.split()}
NEEDED = ("employee_no", "kind", "effective_on")
HEAD_WITHIN = 10
WIDTHS = (14, 14, 12, 16, 12, 14, 16, 16)
PEOPLE_WIDTHS = (14, 12, 22, 18, 10, 12, 24)


def rows_of(content: bytes, name: str) -> list[tuple[int, dict[str, object]]]:
    """The rows of the first visible sheet under the head, by their own numbers.

    Raises: kit.sheet.Refused where the file cannot be read or has no such head.
    """
    shown = [sheet for sheet in read(content, name) if not sheet.hidden]
    for sheet in shown[:1]:
        found: list[tuple[int, dict[str, object]]] = []
        fields: dict[int, str] = {}
        for number, cells in sheet.rows():
            if not fields:
                fields = _head(cells)
                if not fields and number > HEAD_WITHIN:
                    break
                continue
            row = {field: _cell(cells, place) for place, field in fields.items()}
            if any(value not in (None, "") for value in row.values()):
                found.append((number, row))
        if fields:
            return found
    wanted = "、".join(str(LABELS[field]) for field in NEEDED)
    said = _("没有找到表头：前 %(most)d 行里要有%(wanted)s。请下载模板，按模板填写。")
    raise Refused("missing_header", said % {"most": HEAD_WITHIN, "wanted": wanted})


def _head(cells: Sequence[Cell]) -> dict[int, str]:
    fields: dict[int, str] = {}
    for place, cell in enumerate(cells):
        word = text.code(cell).rstrip("*") if isinstance(cell, str) else ""
        field = FIELD_OF.get(word)
        if field is not None and field not in fields.values():
            fields[place] = field
    return fields if set(NEEDED) <= set(fields.values()) else {}


def _cell(cells: Sequence[Cell], place: int) -> object:
    value = cells[place] if place < len(cells) else None
    return value.strip() if isinstance(value, str) else value


def template(units: Sequence[str]) -> bytes:
    """An empty workbook with the head, the kinds as a list, and how to fill it in."""
    out = io.BytesIO()
    book = new_workbook(out)
    sheet = book.add_worksheet(_("人事变动"))
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1})
    plain = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    for place, (field, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
        sheet.set_column(place, place, width, day if field == "effective_on" else plain)
        sheet.write_string(0, place, str(LABELS[field]), bold)
    kinds = [str(kind.label) for kind in PersonnelEventKind]
    column = COLUMNS.index("kind")
    sheet.data_validation(1, column, 5000, column, {"validate": "list", "source": kinds})
    sheet.freeze_panes(1, 0)
    guide = book.add_worksheet(_("填写说明"))
    guide.set_column(0, 0, 90)
    lines = (
        _("一行一项变动。工号、变动类型、生效日期必填；新入职的另填姓名。"),
        _("变动类型：%(kinds)s。") % {"kinds": "、".join(kinds)},
        _("调离填转入单位、转入岗位；兼职结束在“转入单位”填兼职单位。"),
        _("生效日期当天 0 时生效；早于今天的，导入后立即生效（§6.3.4）。"),
        _("单位可不填，不填即本单位。可填：%(units)s") % {"units": "、".join(units)},
    )
    for place, said in enumerate(lines):
        guide.write_string(place, 0, said)
    book.close()
    return out.getvalue()


def people_heads() -> list[str]:
    """The columns of the list of people."""
    return [_("工号"), _("姓名"), _("单位"), _("岗位"), _("状态"), _("账号"), _("待生效变动")]


def people_book(rows: Iterable[Sequence[str | date]], stamp: Stamp) -> bytes:
    """The list of people as .xlsx; the last line names who took it."""
    out = io.BytesIO()
    book = new_workbook(out)
    sheet = book.add_worksheet(_("人员名册"))
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1})
    for place, (head, width) in enumerate(zip(people_heads(), PEOPLE_WIDTHS, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, head, bold)
    number = 0
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            sheet.write_string(number, place, str(value))
    sheet.write_string(number + 2, 0, stamp.line(number))
    sheet.set_header(stamp.header())
    sheet.freeze_panes(1, 2)
    book.close()
    return out.getvalue()
