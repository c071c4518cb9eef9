"""An edition as a workbook: a sheet a section, one row a field; and back again. Pure.

Sheets: 说明, one for each section (`A 客户基本信息`), 表格的列, 代码表. Words stand for kinds and
classes, codes for fields and lists; 原编码 says what a renamed field was called in the last
edition. In Chinese whatever the page's language: the words are what is read back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _

from yihu.guide.attributes import (
    OF_COLUMNS,
    OF_FIELDS,
    Attribute,
    Lists,
    Raw,
    flat,
    read_all,
    write,
)
from yihu.guide.rules import BrokenGuide, FieldType, lists_of, parse
from yihu.kit.sheet import Cell, Fault, Sheet, column_letters, new_workbook
from yihu.kit.sheet import read as read_workbook
from yihu.kit.text import line, shown

ABOUT, COLUMNS, LISTS = "说明", "表格的列", "代码表"
WAS, TABLE, STORED = "原编码", "栏目编码", "存放"
LIST_HEADS = ("代码表", "代码", "名称")
MOST_PROBLEMS = 500
_FIELDS = tuple(one for one in OF_FIELDS if not one.system)
_COLUMNS = tuple(one for one in OF_COLUMNS if not one.system)
_HEAD = {"bold": True, "bg_color": "#E6F1F5", "border": 1, "text_wrap": True, "valign": "vcenter"}
_WIDE = {"label": 22, "help": 48, "code": 22, "group": 16, "pattern": 24, "classes": 18}
_CHOSEN = 1000  # rows below the header that offer the words to choose from


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell (or a row, or a sheet) that cannot be; `row` 0 and `column` "" where there is none."""

    sheet: str
    row: int
    column: str
    message: str


class Unusable(ValueError):
    """The workbook as a whole was not taken: everything that is wrong with it."""

    def __init__(self, problems: Sequence[Wrong]) -> None:
        super().__init__(problems[0].message if problems else "")
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Content:
    """What a workbook says: the raw definition, and old code → new code of what was renamed."""

    definition: dict[str, Any]
    renames: dict[str, str]


# Out ---------------------------------------------------------------------------------------------


def workbook(
    definition: Mapping[str, Any],
    *,
    number: int,
    title: str,
    sources: Mapping[str, str] | None = None,
) -> bytes:
    """The .xlsx of a definition. `sources`: code → code in the last edition, columns dotted."""
    sources = sources or {}
    lists = lists_of(definition)
    target = BytesIO()
    book = new_workbook(target)
    head = book.add_format(_HEAD)
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    grey = book.add_format({"num_format": "@", "font_color": "#4A5A64", "valign": "top"})
    about = book.add_worksheet(ABOUT)
    about.set_column(0, 0, 110, text)
    for row, words in enumerate(_notes(number, title)):
        about.write_string(row, 0, words, head if row == 0 else text)
    columns: list[list[str]] = []
    for section in definition["sections"]:
        sheet = book.add_worksheet(sheet_name(section))
        _heads(sheet, [WAS, *(str(one.label) for one in _FIELDS), STORED], head)
        for place, attribute in enumerate(_FIELDS, 1):
            sheet.set_column(place, place, _WIDE.get(attribute.key, 12), text)
            _choose(sheet, place, attribute, lists)
        sheet.set_column(len(_FIELDS) + 1, len(_FIELDS) + 1, 12, grey)
        for row, field in enumerate(section["fields"], 1):
            code = field["code"]
            cells = [_was(code, sources), *_texts(field, _FIELDS, lists)]
            cells.append("业务表" if field.get("stored") else "")
            _row(sheet, row, cells)
            for column in field.get("columns", ()):
                dotted = f"{code}.{column['code']}"
                was = sources.get(dotted, "").rpartition(".")[2]
                was = "" if was == column["code"] else was
                columns.append([code, was, *_texts(column, _COLUMNS, lists)])
        sheet.freeze_panes(1, 3)
    sheet = book.add_worksheet(COLUMNS)
    _heads(sheet, [TABLE, WAS, *(str(one.label) for one in _COLUMNS)], head)
    for place, attribute in enumerate(_COLUMNS, 2):
        sheet.set_column(place, place, _WIDE.get(attribute.key, 12), text)
        _choose(sheet, place, attribute, lists)
    sheet.set_column(0, 0, 22, text)
    for row, cells in enumerate(columns, 1):
        _row(sheet, row, cells)
    sheet.freeze_panes(1, 4)
    sheet = book.add_worksheet(LISTS)
    _heads(sheet, LIST_HEADS, head)
    sheet.set_column(0, 2, 28, text)
    rows = [[name, code, label] for name, codes in lists.items() for code, label in codes.items()]
    for row, cells in enumerate(rows, 1):
        _row(sheet, row, cells)
    sheet.freeze_panes(1, 0)
    book.close()
    return target.getvalue()


def sheet_name(section: Mapping[str, Any]) -> str:
    """`A 客户基本信息`, within what Excel takes for a name."""
    name = f"{section['letter']} {section['label']}"
    return "".join(" " if mark in "[]:*?/\\'" else mark for mark in name)[:31]


def _notes(number: int, title: str) -> list[str]:
    return [
        f"{title} 第 {number} 版",
        "每个部分一张表，一行一个栏目；表格类栏目的列在“表格的列”，选项在“代码表”。",
        "表头和工作表名称请勿改动；行的先后就是栏目的先后，同一分组的栏目排在一起。",
        "改编码的，请在“原编码”写上一版的编码，原来填的值随之转入；删去整行的，原值只读保留。",
        "“存放”为业务表的栏目由平台的表保存，编码、类型、单位、代码表和列不能改，也不能删除。",
        "类型、填写要求、密级、维护可从下拉列表选；几个取值之间用顿号。",
    ]


def _heads(sheet: Any, labels: Iterable[str], look: Any) -> None:
    sheet.set_row(0, 32)
    for place, label in enumerate(labels):
        sheet.write_string(0, place, label, look)
    sheet.set_column(0, 0, 16)


def _choose(sheet: Any, place: int, attribute: Attribute, lists: Lists) -> None:
    words: list[str] = []
    if attribute.kind == "one":
        words = [str(label) for label in attribute.options.values()]
    elif attribute.kind == "flag":
        words = ["是", "否"]
    if words:
        source = {"validate": "list", "source": words, "error_type": "warning"}
        sheet.data_validation(1, place, _CHOSEN, place, source)


def _texts(raw: Raw, attributes: Iterable[Attribute], lists: Lists) -> list[str]:
    parts = flat(raw)
    texts = []
    for attribute in attributes:
        value = parts.get(attribute.key)
        if value is None and attribute.default:
            value = attribute.default
        texts.append(write(attribute, value, lists))
    return texts


def _was(code: str, sources: Mapping[str, str]) -> str:
    was = sources.get(code, code)
    return "" if was == code else was


def _row(sheet: Any, row: int, cells: Sequence[str]) -> None:
    for place, cell in enumerate(cells):
        if cell:
            sheet.write_string(row, place, cell)


# In ----------------------------------------------------------------------------------------------


def read(content: bytes, name: str, standing: Mapping[str, Any]) -> Content:
    """What the workbook says, with the sections of the standing definition.

    Raises: kit.sheet.Refused for what is no workbook; Unusable with every wrong cell.
    """
    return _Reading(read_workbook(content, name), standing).content()


class _Reading:
    """One pass over the sheets, gathering what is wrong."""

    def __init__(self, sheets: Sequence[Sheet], standing: Mapping[str, Any]) -> None:
        self.sheets = {sheet.name.strip(): sheet for sheet in sheets}
        self.standing = standing
        self.problems: list[Wrong] = []
        self.renames: dict[str, str] = {}
        self.places: dict[str, tuple[str, int]] = {}

    def content(self) -> Content:
        wanted = [*(sheet_name(part) for part in self.standing["sections"]), COLUMNS, LISTS]
        missing = [name for name in wanted if name not in self.sheets]
        if missing:
            text = _("缺少工作表：%(missing)s。应有：%(wanted)s；现有：%(found)s。")
            found = "、".join(self.sheets) or _("（没有）")
            message = text % {
                "missing": "、".join(missing),
                "wanted": "、".join(wanted),
                "found": found,
            }
            raise Unusable([Wrong("", 0, "", message)])
        lists = self._lists()
        columns = self._columns(lists)
        sections = [
            {
                "code": part["code"],
                "letter": part["letter"],
                "label": part["label"],
                "fields": list(self._fields(sheet_name(part), lists, columns)),
            }
            for part in self.standing["sections"]
        ]
        for table, (rows, row) in columns.items():
            if table not in self.places or rows:
                text = _("没有编码为“%(code)s”、类型为“表格”的栏目。")
                self._wrong(COLUMNS, row, TABLE, text % {"code": table[:60]})
        if self.problems:
            raise Unusable(self.problems[:MOST_PROBLEMS])
        pairs = {name: [[c, label] for c, label in codes.items()] for name, codes in lists.items()}
        definition = {"lists": pairs, "sections": sections}
        try:
            parse(definition)
        except BrokenGuide as broken:
            sheet, row = self.places.get(broken.field.partition(".")[0], ("", 0))
            text = _("“%(name)s”：%(why)s") % {"name": broken.field, "why": broken.why}
            raise Unusable([Wrong(sheet, row, "", text)]) from broken
        return Content(definition, self.renames)

    def _wrong(self, sheet: str, row: int, column: str, message: str) -> None:
        self.problems.append(Wrong(sheet, row, column, message))

    def _rows(self, name: str, heads: Sequence[str]) -> Iterable[tuple[int, dict[str, str]]]:
        """Each row that says anything, as texts by header; a wrong header row is said once."""
        at: dict[str, int] = {}
        for number, cells in self.sheets[name].rows():
            texts = [self._text(name, number, place, cell) for place, cell in enumerate(cells)]
            if not any(texts):
                continue
            if not at:
                found = [line(text) for text in texts]
                missing = [head for head in heads if head not in found]
                twice = [head for head in heads if found.count(head) > 1]
                if missing or twice:
                    text = _("表头不对，缺少：%(missing)s；重复：%(twice)s。请用导出的工作簿来改。")
                    none = _("（没有）")
                    words = {
                        "missing": "、".join(missing) or none,
                        "twice": "、".join(twice) or none,
                    }
                    self._wrong(name, number, "", text % words)
                    return
                at = {head: found.index(head) for head in heads}
                continue
            yield (
                number,
                {head: texts[p] if p < len(texts) else "" for head, p in at.items()},
            )

    def _text(self, sheet: str, row: int, place: int, cell: Cell) -> str:
        if isinstance(cell, Fault):
            text = _("单元格 %(address)s 是没有结果的公式或错误值，请粘贴为文字。")
            self._wrong(sheet, row, column_letters(place + 1), text % {"address": cell.address})
            return ""
        if isinstance(cell, bool):
            return "是" if cell else "否"
        return cell.strip() if isinstance(cell, str) else shown(cell)

    def _lists(self) -> dict[str, dict[str, str]]:
        lists: dict[str, dict[str, str]] = {}
        for row, texts in self._rows(LISTS, LIST_HEADS):
            name, code, label = (line(texts[head]) for head in LIST_HEADS)
            for head, value in zip(LIST_HEADS, (name, code, label), strict=True):
                if not value:
                    self._wrong(LISTS, row, head, _("“%(head)s”没有填。") % {"head": head})
            if len(code) > 40 or not code.isascii() or not code.replace("_", "x").isalnum():
                self._wrong(LISTS, row, "代码", _("代码只能用字母、数字和下划线，最多 40 个。"))
            if code in lists.get(name, {}):
                text = _("代码“%(code)s”在代码表“%(name)s”里重复。")
                self._wrong(LISTS, row, "代码", text % {"code": code, "name": name})
            lists.setdefault(name, {})[code] = label[:60]
        return lists

    def _columns(self, lists: Lists) -> dict[str, tuple[list[tuple[Raw, str]], int]]:
        """By table: its columns with their old codes, and the row where the first stands."""
        found: dict[str, tuple[list[tuple[Raw, str]], int]] = {}
        standing = self._kept()
        heads = [TABLE, WAS, *(str(one.label) for one in _COLUMNS)]
        for row, texts in self._rows(COLUMNS, heads):
            table, was = line(texts[TABLE]), line(texts[WAS])
            code = line(texts[str(_COLUMNS[0].label)])
            kept = standing.get(f"{table}.{code}") or standing.get(f"{table}.{was}") or {}
            raw = self._raw(COLUMNS, row, texts, OF_COLUMNS, lists, kept)
            if not table:
                self._wrong(COLUMNS, row, TABLE, _("“%(head)s”没有填。") % {"head": TABLE})
            found.setdefault(table, ([], row))[0].append((raw, was))
        return found

    def _fields(
        self,
        name: str,
        lists: Lists,
        columns: dict[str, tuple[list[tuple[Raw, str]], int]],
    ) -> Iterable[Raw]:
        standing = self._kept()
        heads = [WAS, *(str(one.label) for one in _FIELDS)]
        code_head = str(_FIELDS[0].label)
        for row, texts in self._rows(name, heads):
            code, was = line(texts[code_head]), line(texts[WAS])
            raw = self._raw(
                name, row, texts, OF_FIELDS, lists, standing.get(code) or standing.get(was) or {}
            )
            if code in self.places:
                sheet, other = self.places[code]
                text = _("编码“%(code)s”与“%(sheet)s”第 %(row)d 行重复。")
                words = {"code": code, "sheet": sheet, "row": other}
                self._wrong(name, row, code_head, text % words)
            self.places[code] = (name, row)
            if was and was != code:
                self.renames[was] = code
            if raw.get("type") == FieldType.TABLE and code in columns:
                rows, _first = columns[code]
                raw["columns"] = [column for column, _was in rows]
                for column, old in rows:
                    if old and old != column.get("code"):
                        self.renames[f"{was or code}.{old}"] = f"{code}.{column.get('code')}"
                columns[code] = ([], _first)
            yield raw

    def _raw(
        self,
        sheet: str,
        row: int,
        texts: Mapping[str, str],
        attributes: Sequence[Attribute],
        lists: Lists,
        kept: Raw,
    ) -> Raw:
        by_key = {one.key: texts.get(str(one.label), "") for one in attributes}
        raw, wrong = read_all(by_key, attributes, lists, kept=flat(kept))
        labels = {one.key: str(one.label) for one in attributes}
        for key, message in wrong.items():
            self._wrong(sheet, row, labels[key], message)
        for key in ("code", "label"):
            if not by_key[key]:
                text = _("“%(head)s”没有填。") % {"head": labels[key]}
                self._wrong(sheet, row, labels[key], text)
        return raw

    def _kept(self) -> dict[str, Raw]:
        found: dict[str, Raw] = {}
        for section in self.standing["sections"]:
            for field in section["fields"]:
                found[field["code"]] = field
                for column in field.get("columns", ()):
                    found[f"{field['code']}.{column['code']}"] = column
        return found
