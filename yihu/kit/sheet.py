"""Bytes of a workbook → rows, safely; and new workbooks. Pure: no database, no clock.

Read are .xlsx and .xlsm, .xls, .ods (python-calamine) and .csv (UTF-8, GB18030, UTF-16).
Before the parser sees a byte the container is looked through: its directory, what really
comes out when unpacked, where cells with values stand. Limits: the constants below.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeAlias
from xml.etree import ElementTree
from xml.parsers import expat

from django.utils.translation import gettext as _
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
)

if TYPE_CHECKING:
    from xlsxwriter import Workbook

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_ENTRIES = 2000
MAX_RATIO = 100
RATIO_FROM = 1024 * 1024  # entries smaller than this when unpacked may shrink as they like
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL = 32_767
SPARSE = 16  # places in the rectangle for each cell with a value
SPARSE_FROM = 1_000_000
CHUNK = 1024 * 1024
SUFFIXES = (".xlsx", ".xls", ".ods", ".csv")


class Refused(Exception):
    """The whole file cannot be taken: `code` for machines, `message` in Chinese with a way out."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell without a usable value: an error like #REF!, or (`text` "") an uncached formula."""

    text: str
    address: str


Cell: TypeAlias = str | float | int | bool | date | datetime | time | timedelta | Fault
Row: TypeAlias = tuple[int, list[Cell]]
Faults: TypeAlias = dict[int, dict[int, Fault]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet; `rows()` reads it anew: (the sheet's own row number, cells from column A on).

    `height()`: about how many rows there are, for a progress bar.
    """

    name: str
    hidden: bool
    rows: Callable[[], Iterator[Row]] = field(repr=False)
    height: Callable[[], int] = field(repr=False)


def check_size(size: int) -> None:
    """Raises: Refused, where a file of so many bytes is too large to be read at all."""
    if size > MAX_BYTES:
        raise Refused(
            "file_too_large",
            _(
                "文件有 %(actual).1f MB，超过上限 %(limit)d MB；"
                "请删去图片和多余的工作表，或按月份拆开上传。"
            )
            % {"actual": size / 1024 / 1024, "limit": MAX_BYTES // 1024 // 1024},
        )


def read(content: bytes, name: str) -> list[Sheet]:
    """The sheets of a workbook. `name` tells only whether text is a CSV, content all else.

    Raises: Refused.
    """
    check_size(len(content))
    if not content.strip(b"\0 \r\n\t\xef\xbb\xbf"):
        raise Refused("unreadable_file", _("文件是空的，没有任何内容。"))
    try:
        return _read(content, name)
    except PasswordError as error:
        raise _locked() from error
    except (
        CalamineError,
        zipfile.BadZipFile,
        zlib.error,
        ElementTree.ParseError,
        expat.ExpatError,
        NotImplementedError,
        EOFError,
        KeyError,
        ValueError,  # of a place before the file's beginning; text that is none is one too
    ) as error:
        raise _broken() from error


def _read(content: bytes, name: str) -> list[Sheet]:
    if content.startswith(b"PK"):
        return _read_zip(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise _locked()
        return _calamine(content, {})
    suffix = PurePath(name).suffix.lower()
    if suffix in {".csv", ".txt", ".tsv", ""}:
        return [_read_csv(content, PurePath(name).stem)]
    raise Refused(
        "unreadable_file",
        _(
            "“%(name)s”的内容不是表格文件%(found)s；请在 "
            "Excel 或 WPS 中打开，另存为 .xlsx 后再上传。"
        )
        % {"name": PurePath(name).name, "found": _what(content)},
    )


def _what(content: bytes) -> str:
    for magic, found in (
        (b"MZ", _("（实际是可执行程序）")),
        (b"%PDF", _("（实际是 PDF）")),
        (b"\x89PNG", _("（实际是图片）")),
        (b"\xff\xd8\xff", _("（实际是图片）")),
        (b"Rar!", _("（实际是压缩包）")),
        (b"7z\xbc\xaf", _("（实际是压缩包）")),
        (b"<", _("（实际是网页或 XML 文本）")),
        (b"\xef\xbb\xbf<", _("（实际是网页或 XML 文本）")),
    ):
        if content.startswith(magic):
            return found
    return ""


def _locked() -> Refused:
    return Refused(
        "unreadable_file",
        _("文件有打开密码，无法读取；请在 Excel 或 WPS 中取消密码保护，另存后再上传。"),
    )


def _broken() -> Refused:
    return Refused(
        "unreadable_file",
        _("文件已损坏或不是有效的表格；请在 Excel 或 WPS 中打开，另存为 .xlsx 后再上传。"),
    )


def _too_many_rows(actual: int) -> Refused:
    return Refused(
        "too_many_rows",
        _("数据到了第 %(actual)d 行，一次最多导入 %(limit)d 行；请按月份或单位拆成几个文件上传。")
        % {"actual": actual, "limit": MAX_ROWS},
    )


def _too_wide(address: str) -> Refused:
    return Refused(
        "unreadable_file",
        _("单元格 %(address)s 在第 %(limit)d 列以外；请删去表格右侧多余的内容后再上传。")
        % {"address": address, "limit": MAX_COLUMNS},
    )


def _too_sparse(address: str) -> Refused:
    return Refused(
        "unreadable_file",
        _("单元格 %(address)s 离表格太远，中间全是空白；请删去表格以外多余的内容后再上传。")
        % {"address": address},
    )


def _bomb(actual: int) -> Refused:
    return Refused(
        "file_too_large",
        _(
            "文件解开后超过 %(actual)d MB（上限 %(limit)d MB，"
            "压缩比上限 %(ratio)d），不像正常的表格，未读取；"
            "请把数据复制到新建的工作簿中再上传。"
        )
        % {
            "actual": actual // 1024 // 1024,
            "limit": MAX_UNPACKED // 1024 // 1024,
            "ratio": MAX_RATIO,
        },
    )


# --- containers -------------------------------------------------------------------------------


def _read_zip(content: bytes) -> list[Sheet]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        _inspect_directory(entries)
        if any(entry.flag_bits & 1 for entry in entries):
            raise _locked()
        if "content.xml" in names:
            manifest = (
                archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
            )
            if b"encryption-data" in manifest:
                raise _locked()
            if "spreadsheet" not in archive.read("mimetype").decode("ascii"):
                raise _broken()
            _unpack(archive, {"content.xml": _OdsScan().feed})
            return _calamine(content, {})
        if "xl/workbook.xml" not in names:
            raise Refused(
                "unreadable_file",
                _("压缩包里没有 Excel 工作簿；请在 Excel 或 WPS 中打开，另存为 .xlsx 后再上传。"),
            )
        paths = _sheet_paths(archive)
        scans = {path: _XlsxScan() for path in paths if path in names}
        _unpack(archive, {path: scan.feed for path, scan in scans.items()})
        faults = {}
        for index, path in enumerate(paths):
            if path in scans:
                scans[path].finish()
                faults[index] = scans[path].faults
    return _calamine(content, faults)


def _inspect_directory(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise Refused(
            "unreadable_file",
            _(
                "文件里有 %(actual)d 个部件，超过上限 "
                "%(limit)d；请把数据复制到新建的工作簿中再上传。"
            )
            % {"actual": len(entries), "limit": MAX_ENTRIES},
        )
    if len({entry.filename.lower() for entry in entries}) != len(entries):
        raise _broken()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED:
        raise _bomb(unpacked)
    for entry in entries:
        if entry.file_size > max(RATIO_FROM, MAX_RATIO * entry.compress_size):
            raise _bomb(entry.file_size)


def _unpack(archive: zipfile.ZipFile, readers: dict[str, Callable[[bytes], None]]) -> None:
    """Unpack every part to the end: the directory may lie about sizes, the parser would not ask."""
    total = 0
    for entry in archive.infolist():
        reader = readers.get(entry.filename)
        entity = entry.filename.lower().endswith((".xml", ".rels"))
        with archive.open(entry) as part:
            while chunk := part.read(CHUNK):
                total += len(chunk)
                if total > MAX_UNPACKED:
                    raise _bomb(total)
                if entity and (b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk):
                    raise _broken()
                if reader is not None:
                    reader(chunk)


_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_REL = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def _sheet_paths(archive: zipfile.ZipFile) -> list[str]:
    """Where each sheet's XML stands, in workbook order; "" for one without."""
    targets = {
        node.get("Id", ""): node.get("Target", "")
        for node in _small_xml(archive, "xl/_rels/workbook.xml.rels")
    }
    paths = []
    for node in _small_xml(archive, "xl/workbook.xml").iter():
        if node.tag.endswith("}sheet"):
            target = targets.get(node.get(_REL) or node.get(_STRICT_REL) or "", "")
            paths.append(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
    return paths


def _small_xml(archive: zipfile.ZipFile, path: str) -> ElementTree.Element:
    content = archive.read(path)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _broken()
    return ElementTree.fromstring(content)


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _XlsxScan:
    """One sheet's XML in chunks: where values stand, and which cells hold faults.

    calamine allots the rectangle from the first to the last value, loses errors like #REF!
    and gives a formula without a cached value as blank; so this looks first.
    """

    def __init__(self) -> None:
        self.faults: Faults = {}
        self._rest = b""
        self._cells = 0
        self._columns: set[bytes] = set()
        self._last_row = 0
        self._last_at = ""
        self._started = False

    def _start(self) -> None:
        match = re.search(rb"<(?:(\w+):)?worksheet\b", self._rest)
        prefix = match[1] + b":" if match is not None and match[1] else b""
        p = re.escape(prefix)
        self._open = b"<" + prefix + b"c "
        self._places = re.compile(
            rb"<" + p + rb'c (?:[^>]*? )?r="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>'
        )
        self._places_fast = re.compile(rb"<" + p + rb'c r="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>')
        self._other_order = re.compile(rb"<" + p + rb'c(?:>| (?!r="))')
        self._no_place = re.compile(rb"<" + p + rb'c(?:/?>| (?![^>]*\br="))')
        formula = rb"<" + p + rb"f(?:/>| [^>]*/>|(?: [^>]*)?>[^<]*</" + p + rb"f>)"
        self._uncached = re.compile(
            rb"<"
            + p
            + rb'c (?![^>]*t="str")[^>]*?r="([A-Z]{1,3})(\d{1,7})"[^>]*>'
            + formula
            + rb"(?:<"
            + p
            + rb"v ?/>|<"
            + p
            + rb"v></"
            + p
            + rb"v>)?</"
            + p
            + rb"c>"
        )
        self._error = re.compile(
            rb"<"
            + p
            + rb'c (?=[^>]*t="e")[^>]*?r="([A-Z]{1,3})(\d{1,7})"[^>]*>(?:'
            + formula
            + rb")?<"
            + p
            + rb"v>([^<]*)<"
        )
        self._started = True

    def feed(self, chunk: bytes) -> None:
        self._rest += chunk
        if not self._started:
            self._start()
        cut = self._rest.rfind(self._open)
        if cut < 0:
            cut = max(len(self._rest) - 2 * MAX_CELL, 0)
        self._scan(self._rest[:cut])
        self._rest = self._rest[cut:]
        if len(self._rest) > 8 * CHUNK:  # a cell holds 32,767 characters
            raise _broken()

    def finish(self) -> None:
        """Raises: Refused, where the rectangle of values is too large for what it holds."""
        if not self._started:
            self._start()
        self._scan(self._rest)
        self._rest = b""
        width = max((column_number(letters.decode()) for letters in self._columns), default=0)
        if width * self._last_row > max(SPARSE_FROM, SPARSE * self._cells):
            raise _too_sparse(self._last_at)

    def _scan(self, part: bytes) -> None:
        if not part:
            return
        places = self._places_fast
        if self._other_order.search(part):
            if self._no_place.search(part):
                raise _broken()
            places = self._places
        found = places.findall(part)
        if found:
            self._cells += len(found)
            for letters in {letters for letters, _row in found} - self._columns:
                if column_number(letters.decode()) > MAX_COLUMNS:
                    row = next(row for at, row in found if at == letters)
                    raise _too_wide(letters.decode() + row.decode())
                self._columns.add(letters)
            last = max(map(int, {row for _letters, row in found}))
            if last > self._last_row:
                self._last_row = last
                self._last_at = b"".join(found[-1]).decode()
            if last > MAX_ROWS:
                raise _too_many_rows(last)
        if b't="e"' in part:
            for letters, row, text in self._error.findall(part):
                self._fault(letters.decode(), int(row), text.decode("ascii", "replace"))
        if b"f>" in part or b"f " in part:
            for letters, row in self._uncached.findall(part):
                self._fault(letters.decode(), int(row), "")

    def _fault(self, letters: str, row: int, text: str) -> None:
        at = self.faults.setdefault(row, {})
        at[column_number(letters) - 1] = Fault(text, f"{letters}{row}")


class _OdsScan:
    """content.xml in chunks: refuses where repeats would unroll into too large a rectangle."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._element
        self._row = self._column = self._cells = self._width = self._last = 0
        self._row_repeat = 1

    def feed(self, chunk: bytes) -> None:
        self._parser.Parse(chunk)

    def _element(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self._row = self._last = self._cells = self._width = 0
            self._row_repeat = 0
        elif tag == "table:table-row":
            self._row += self._row_repeat
            self._row_repeat = _repeat(attributes, "table:number-rows-repeated")
            self._column = 0
        elif tag in {"table:table-cell", "table:covered-table-cell"}:
            repeat = _repeat(attributes, "table:number-columns-repeated")
            self._column += repeat
            if any(
                key.startswith(("office:value", "office:date", "calcext:value"))
                for key in attributes
            ):
                self._value(repeat)

    def _value(self, repeat: int) -> None:
        address = f"{column_letters(self._column)}{self._row + self._row_repeat}"
        if self._column > MAX_COLUMNS:
            raise _too_wide(address)
        last = self._row + self._row_repeat
        if last > MAX_ROWS:
            raise _too_many_rows(last)
        self._cells += repeat
        self._width = max(self._width, self._column)
        self._last = max(self._last, last)
        if self._width * self._last > max(SPARSE_FROM, SPARSE * self._cells):
            raise _too_sparse(address)


def _repeat(attributes: dict[str, str], key: str) -> int:
    text = attributes.get(key, "1")
    if not text.isdecimal() or len(text) > 9:
        raise _broken()
    return max(int(text), 1)


def formulas(content: bytes) -> list[tuple[str, str]]:
    """(sheet, cell) of every formula of an .xlsx that `read` has taken; [] for other kinds."""
    if not content.startswith(b"PK"):
        return []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return []
        names = [
            node.get("name", "")
            for node in _small_xml(archive, "xl/workbook.xml").iter()
            if node.tag.endswith("}sheet")
        ]
        return [
            (name, address.decode("ascii"))
            for name, path in zip(names, _sheet_paths(archive), strict=True)
            if path in archive.namelist()
            for address in _FORMULA.findall(archive.read(path))
        ]


_FORMULA = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<(?:\w+:)?f[ />]')


# --- parsers ----------------------------------------------------------------------------------


def _calamine(content: bytes, faults: dict[int, Faults]) -> list[Sheet]:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    loaded: dict[int, CalamineSheet] = {}  # the one parsed last: a sheet is looked at, then read

    def load(index: int) -> CalamineSheet:
        if index not in loaded:
            loaded.clear()
            try:
                loaded[index] = workbook.get_sheet_by_index(index)
            except PasswordError as error:
                raise _locked() from error
            except CalamineError as error:
                raise _broken() from error
        return loaded[index]

    return [
        Sheet(
            meta.name,
            meta.visible != SheetVisibleEnum.Visible,
            _calamine_rows(load, index, faults.get(index, {})),
            _calamine_height(load, index),
        )
        for index, meta in enumerate(workbook.sheets_metadata)
    ]


def _calamine_height(load: Callable[[int], CalamineSheet], index: int) -> Callable[[], int]:
    return lambda: load(index).total_height


def _calamine_rows(
    load: Callable[[int], CalamineSheet], index: int, faults: Faults
) -> Callable[[], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        sheet = load(index)
        if sheet.total_height > MAX_ROWS:
            raise _too_many_rows(sheet.total_height)
        before: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
        number = 0
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            row: list[Cell] = [*before, *cells] if before else [*cells]
            if number in faults:
                _put(row, faults[number])
            yield number, row
        for beyond in sorted(at for at in faults if at > number):
            row = []
            _put(row, faults[beyond])
            yield beyond, row

    return rows


def _put(row: list[Cell], faults: dict[int, Fault]) -> None:
    for column, fault in faults.items():
        row.extend([""] * (column + 1 - len(row)))
        row[column] = fault


def _read_csv(content: bytes, name: str) -> Sheet:
    text = _decode(content)
    if "\0" in text:
        raise _broken()
    lines = text.rstrip().count("\n") + 1
    if lines > MAX_ROWS and '"' not in text:  # no cell of several lines: no need to look closer
        raise _too_many_rows(lines)
    delimiter = max(",\t;", key="".join(text[:20_000].splitlines()[:10]).count)
    rows: list[list[str]] = []
    csv.field_size_limit(4 * MAX_CELL)
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False):
            if len(record) > MAX_COLUMNS:
                record = record[:MAX_COLUMNS] if not any(record[MAX_COLUMNS:]) else record
            if len(record) > MAX_COLUMNS:
                raise _too_wide(f"{column_letters(len(record))}{len(rows) + 1}")
            rows.append(record)
            if len(rows) > MAX_ROWS:
                raise _too_many_rows(lines)
    except csv.Error as error:
        raise _broken() from error
    return Sheet(
        name,
        False,
        lambda: ((number, [*row]) for number, row in enumerate(rows, start=1)),
        lambda: len(rows),
    )


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    if content.startswith(b"\xef\xbb\xbf"):
        return content.decode("utf-8-sig")
    even, odd = content[:4000:2].count(0), content[1:4000:2].count(0)
    if max(even, odd) > 1 and not (even and odd) and len(content) % 2 == 0:
        return content.decode("utf-16-le" if odd >= even else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("gb18030")


# --- writing ----------------------------------------------------------------------------------


def new_workbook(target: io.BytesIO) -> "Workbook":
    """A workbook to write: text stays text, whatever it begins with (=, +, @, http://)."""
    from xlsxwriter import Workbook

    return Workbook(
        target,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
