"""A file is what its content is; whatever is wicked or cut off is refused in a sentence."""

import io
from typing import Any

import pytest

from tests.papers import made
from yihu.dossiers.problems import Refused
from yihu.papers.content import DOCX, XLSX, Checked, check, download_name, name_of
from yihu.papers.problems import Damaged, Dangerous, TooLarge, WrongType


def look(content: bytes, name: str = "资料") -> Checked:
    return check(io.BytesIO(content), name, len(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (made.scan(2), Checked("application/pdf", 2)),
        (made.written(), Checked("application/pdf", 1)),
        (made.locked(), Checked("application/pdf", None, locked=True)),
        (made.picture("PNG"), Checked("image/png", 1)),
        (made.picture("JPEG"), Checked("image/jpeg", 1)),
        (made.picture("WEBP"), Checked("image/webp", 1)),
        (made.tiff(3), Checked("image/tiff", 3)),
        (made.workbook(), Checked(XLSX)),
        (made.letter(), Checked(DOCX)),
        ("客户,气量\n甲,1\n".encode("gb18030"), Checked("text/plain")),
    ],
    ids=["scan", "pdf", "locked", "png", "jpeg", "webp", "tiff", "xlsx", "docx", "text"],
)
def test_what_is_kept(content: bytes, expected: Checked) -> None:
    assert look(content) == expected


def test_a_csv_is_told_by_its_name_among_texts() -> None:
    assert look("甲,1\n".encode(), "台账.CSV") == Checked("text/csv")


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"", Damaged, "空文件"),
        (b"MZ\x90\x00" + bytes(200), WrongType, "不在可收的格式之内"),
        (b"\x7fELF" + bytes(200), WrongType, "不在可收的格式之内"),
        (b"#!/bin/sh\nrm -rf /\n", WrongType, "程序"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", WrongType, "SVG"),
        (b"<?xml version='1.0'?><svg/>", WrongType, "SVG"),
        (b"\n <!DOCTYPE html><html></html>", WrongType, "HTML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), WrongType, "旧版 Office"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1" + bytes(99), WrongType, "HEIC"),
        (bytes(range(256)) * 4, WrongType, "不在可收的格式之内"),
        (made.archive(), WrongType, "ZIP"),
        (made.EICAR, Dangerous, "病毒"),
        (made.letter(image1=made.EICAR * 2), Dangerous, "病毒"),
        (made.letter(vbaProject=b"macro"), Dangerous, "宏"),
        (made.letter(bomb=bytes(100 * 2**20)), Dangerous, "庞大"),
        (made.letter()[:-60], Damaged, "不完整"),
        (made.scan()[:-500], Damaged, "不完整"),
        (b"%PDF-1.7\nnothing\nstartxref\n0\n%%EOF\n", Damaged, "不完整"),
        (made.picture("PNG")[:-300], Damaged, "不完整"),
        (made.picture("JPEG")[:-900], Damaged, "不完整"),
        (made.tiff()[:4000], Damaged, "不完整"),
        (made.picture("PNG", size=(11_000, 10_000)), TooLarge, "像素"),
    ],
    ids=[
        "empty", "exe", "elf", "script", "svg", "xml", "html", "ole", "heic", "noise", "zip",
        "eicar", "packed-eicar", "macro", "bomb", "cut-docx", "cut-pdf", "hollow-pdf", "cut-png",
        "cut-jpeg", "cut-tiff", "pixels",
    ],
)  # fmt: skip
def test_what_is_refused(content: bytes, kind: type[Refused], said: str) -> None:
    with pytest.raises(kind) as why:
        look(content, "证照.pdf")
    assert "“证照.pdf”" in str(why.value)
    assert said in str(why.value)


def test_the_limit_is_a_setting(settings: Any) -> None:
    settings.PAPERS_MOST_BYTES = 2 * 2**20
    with pytest.raises(TooLarge) as why:
        check(io.BytesIO(bytes(3 * 2**20)), "大.pdf", 3 * 2**20)
    assert str(why.value) == "“大.pdf”有 3.0 MB，最多 2 MB；请压缩或分成几个文件再传。"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("营业执照.pdf", "营业执照.pdf"),
        ("C:\\Users\\a\\执照.pdf", "执照.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("\x00", "upload"),
        ("长" * 300 + ".pdf", "长" * 251 + ".pdf"),
        ("𠮷野.pdf", "𠮷野.pdf"),
    ],
)
def test_names_are_one_visible_line(given: str, expected: str) -> None:
    assert name_of(given) == expected


def test_a_misleading_name_gets_the_contents_extension() -> None:
    assert download_name("执照.JPG", "image/jpeg") == "执照.JPG"
    assert download_name("执照.exe", "application/pdf") == "执照.exe.pdf"
