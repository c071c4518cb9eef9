"""Workbooks of all kinds, good and hostile: read right or refused clearly, and at once."""

import io
import resource
import shutil
import struct
import subprocess
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yihu.kit import sheet
from yihu.kit.sheet import Cell, Fault, Refused

MIB = 1024 * 1024


def workbook(*rows: list[object], title: str = "台账") -> bytes:
    """An .xlsx as openpyxl writes it: formulas without cached values."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = title
    for row in rows:
        page.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def rezip(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same archive with its parts changed."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target.getvalue()


def in_sheet(content: bytes, old: bytes, new: bytes) -> bytes:
    def change(name: str, part: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return part
        assert old in part
        return part.replace(old, new)

    return rezip(content, change)


def rows_of(content: bytes, name: str = "台账.xlsx") -> list[tuple[int, list[Cell]]]:
    return list(sheet.read(content, name)[0].rows())


def refusal(content: bytes, name: str = "台账.xlsx") -> Refused:
    """What the file is refused with, in under two seconds and 100 MiB."""
    before, started = peak_mib(), time.perf_counter()
    with pytest.raises(Refused) as refused:
        rows_of(content, name)
    assert time.perf_counter() - started < 2
    assert peak_mib() - before < 100
    return refused.value


def peak_mib() -> float:
    """The most that this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PLAIN = workbook(
    ["名称", "数量"],
    ["甲", 1.5],
    [None, None],
    ["乙", datetime.combine(date(2026, 10, 1), clock())],
)


def test_rows_keep_their_numbers_and_columns() -> None:
    assert rows_of(PLAIN) == [
        (1, ["名称", "数量"]),
        (2, ["甲", 1.5]),
        (3, ["", ""]),
        (4, ["乙", date(2026, 10, 1)]),
    ]


def test_an_empty_margin_counts() -> None:
    content = workbook([], [], [None, None, "甲"])
    assert rows_of(content)[2] == (3, ["", "", "甲"])


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The same sheet as other programs write it."""
    folder = tmp_path_factory.mktemp("converted")
    source = folder / "台账.xlsx"
    source.write_bytes(PLAIN)
    office = shutil.which("soffice")
    assert office is not None, "these tests need LibreOffice (soffice)"
    made = {}
    for suffix in ("xls", "ods"):
        subprocess.run(
            [office, f"-env:UserInstallation=file://{folder}/profile", "--headless",
             "--convert-to", suffix, "--outdir", str(folder), str(source)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        made[suffix] = (folder / f"台账.{suffix}").read_bytes()
    return made


@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_other_formats_read_the_same(converted: dict[str, bytes], suffix: str) -> None:
    rows = rows_of(converted[suffix], f"台账.{suffix}")
    assert [(number, cells[0]) for number, cells in rows] == [
        (1, "名称"), (2, "甲"), (3, ""), (4, "乙"),
    ]  # fmt: skip
    assert rows[1][1][1] == 1.5
    assert str(rows[3][1][1])[:10] == "2026-10-01"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_a_csv_is_read_in_every_encoding(encoding: str) -> None:
    content = '名称,"数量, 备注"\r\n甲,1\r\n\r\n乙,"多\n行"\r\n'.encode(encoding)
    assert rows_of(content, "台账.csv") == [
        (1, ["名称", "数量, 备注"]), (2, ["甲", "1"]), (3, []), (4, ["乙", "多\n行"]),
    ]  # fmt: skip


def test_semicolons_and_tabs_separate_too() -> None:
    assert rows_of("名称;数量\n甲;1\n".encode(), "a.csv")[1] == (2, ["甲", "1"])
    assert rows_of("名称\t数量\n甲\t1\n".encode(), "a.txt")[1] == (2, ["甲", "1"])


# --- formulas and errors ----------------------------------------------------------------------


def test_formulas_without_values_and_errors_are_marked() -> None:
    content = workbook(["名称", "数量"], ["甲", "=1+1"], ["#REF!", 2], ["合计", "=SUM(B2:B3)"])
    rows = rows_of(content)
    assert rows[1][1][1] == Fault("", "B2")
    assert rows[2][1][0] == Fault("#REF!", "A3")
    assert rows[3][1] == ["合计", Fault("", "B4")]


def test_a_cached_formula_is_its_value() -> None:
    content = in_sheet(workbook(["甲", "=1+1"]), b"<v></v>", b"<v>2</v>")
    assert rows_of(content) == [(1, ["甲", 2.0])]
    content = in_sheet(
        workbook(["甲", "=A1"]),
        b'<c r="B1"><f>A1</f><v></v>',
        b'<c r="B1" t="str"><f>A1</f><v></v>',
    )
    assert rows_of(content) == [(1, ["甲", ""])]


# --- refusals ---------------------------------------------------------------------------------


def test_a_false_dimension_is_read_right_and_costs_nothing() -> None:
    content = in_sheet(PLAIN, b'<dimension ref="A1:B4"/>', b'<dimension ref="A1:XFD1048576" />')
    before, started = peak_mib(), time.perf_counter()
    assert rows_of(content) == rows_of(PLAIN)
    assert time.perf_counter() - started < 2
    assert peak_mib() - before < 100


def test_a_million_empty_styled_rows_are_no_rows() -> None:
    styled = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (n, n) for n in range(5, 300_000))
    content = in_sheet(PLAIN, b"</sheetData>", styled + b"</sheetData>")
    assert [row for row in rows_of(content) if any(row[1])] == [
        row for row in rows_of(PLAIN) if any(row[1])
    ]


@pytest.mark.parametrize(
    ("cell", "code", "says"),
    [
        (b'<c r="A1048576"><v>1</v></c>', "too_many_rows", "1048576"),
        (b'<c r="XFD5"><v>1</v></c>', "unreadable_file", "XFD5"),
        (b'<c r="GR150000"><v>1</v></c>', "unreadable_file", "GR150000"),
        (b"<c><v>1</v></c>", "unreadable_file", "另存为"),
    ],
)
def test_values_far_away_are_refused_before_they_are_allotted(
    cell: bytes, code: str, says: str
) -> None:
    row = b'<row r="1048576">' if b"1048576" in cell else b'<row r="150000">'
    refused = refusal(in_sheet(PLAIN, b"</sheetData>", row + cell + b"</row></sheetData>"))
    assert refused.code == code
    assert says in refused.message


def test_a_bomb_is_refused_by_its_directory() -> None:
    refused = refusal(
        rezip(PLAIN, lambda name, part: b" " * (150 * MIB) if "sheet1" in name else part)
    )
    assert refused.code == "file_too_large"
    assert "200 MB" in refused.message


def test_a_bomb_that_lies_about_its_size_is_refused_while_unpacking() -> None:
    honest = rezip(PLAIN, lambda name, part: b" " * (250 * MIB) if "sheet1" in name else part)
    size = struct.pack("<I", 250 * MIB)
    assert size in honest
    assert refusal(honest.replace(size, struct.pack("<I", 1000))).code in {
        "file_too_large", "unreadable_file",
    }  # fmt: skip


def test_entities_are_refused() -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">]><worksheet>&a;</worksheet>'
    for part_name in ("sheet1", "xl/workbook.xml"):
        refused = refusal(
            rezip(PLAIN, lambda name, part, at=part_name: laughs if at in name else part)
        )  # type: ignore[misc]
        assert refused.code == "unreadable_file"


def test_too_many_parts_and_doubled_names_are_refused() -> None:
    target = io.BytesIO(PLAIN)
    with zipfile.ZipFile(target, "a") as archive:
        for number in range(2001):
            archive.writestr(f"xl/media/{number}", b"")
    assert "2000" in refusal(target.getvalue()).message
    target = io.BytesIO(PLAIN)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("XL/worksheets/SHEET1.xml", b"<worksheet/>")
    assert refusal(target.getvalue()).code == "unreadable_file"


def test_a_locked_workbook_says_so() -> None:
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    locked = header + "EncryptedPackage".encode("utf-16-le") + bytes(512)
    assert "密码" in refusal(locked).message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"MZ\x90\x00" + bytes(2000), "可执行程序"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<html><table></table></html>", "网页"),
        (b"PK\x03\x04 broken", "另存为"),
        (PLAIN[: len(PLAIN) // 2], "另存为"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "另存为"),
        (b"", "空的"),
        (b"\xef\xbb\xbf \r\n", "空的"),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes, says: str) -> None:
    refused = refusal(content)
    assert refused.code == "unreadable_file"
    assert says in refused.message


def test_an_archive_of_something_else_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert "Excel" in refusal(target.getvalue()).message


def test_limits_of_size_and_rows() -> None:
    refused = refusal(b"x" * (sheet.MAX_BYTES + 1), "a.csv")
    assert (refused.code, "20 MB" in refused.message) == ("file_too_large", True)
    refused = refusal(b"a,b\n" * (sheet.MAX_ROWS + 1), "a.csv")
    assert (refused.code, "200000" in refused.message) == ("too_many_rows", True)
    assert refusal(b"," * 300 + b"a\n", "a.csv").code == "unreadable_file"
    assert refusal("甲\0乙,1\n".encode(), "a.csv").code == "unreadable_file"


def test_an_ods_that_would_unroll_is_refused(converted: dict[str, bytes]) -> None:
    cell = '<table:table-cell office:value-type="float" office:value="1"/></table:table-row>'
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}'

    def change(name: str, part: bytes) -> bytes:
        if name != "content.xml":
            return part
        return part.replace(b"</table:table>", row.encode() + b"</table:table>", 1)

    assert refusal(rezip(converted["ods"], change), "a.ods").code == "too_many_rows"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=8))
def test_damaged_workbooks_are_read_or_refused_never_more(place: int, noise: bytes) -> None:
    damaged = PLAIN[:place] + noise + PLAIN[place + len(noise) :]
    with suppress(Refused):
        for page in sheet.read(damaged, "台账.xlsx"):
            list(page.rows())


# --- writing ----------------------------------------------------------------------------------


def test_text_never_becomes_a_formula(tmp_path: Path) -> None:
    target = io.BytesIO()
    book = sheet.new_workbook(target)
    page = book.add_worksheet("甲")
    for row, value in enumerate(["=1+1", "+1", "@SUM(A1)", "http://a", "-2", "\t=1"]):
        page.write_string(row, 0, value)
    book.close()
    read = openpyxl.load_workbook(io.BytesIO(target.getvalue())).active
    assert read is not None
    assert {cell.data_type for (cell,) in read.iter_rows()} == {"s"}
