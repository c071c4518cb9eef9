"""What an uploaded file is, by its content and never by its name, and whether it is whole.

Every format is opened here by the library that will show it later, so what cannot be shown is
not taken in.
"""

import io
import re
import threading
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from yihu.kit import text
from yihu.papers.problems import Damaged, Dangerous, TooLarge, WrongType

if TYPE_CHECKING:
    from PIL.Image import Image

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
IMAGES = {  # media type → Pillow's format
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/tiff": "TIFF",
    "image/webp": "WEBP",
}
EXTENSIONS = {  # the first is put where the name's own does not fit
    PDF: (".pdf",),
    "image/jpeg": (".jpg", ".jpeg", ".jfif"),
    "image/png": (".png",),
    "image/tiff": (".tif", ".tiff"),
    "image/webp": (".webp",),
    XLSX: (".xlsx",),
    DOCX: (".docx",),
    "text/csv": (".csv",),
    "text/plain": (".txt", ".md", ".log"),
}
ACCEPT = ",".join(extension for many in EXTENSIONS.values() for extension in many)
MOST_PIXELS = 100_000_000  # an A3 sheet at 600 dpi has 70 million
MOST_PAGES = 2_000
MOST_UNPACKED = 300 * 1024 * 1024
MOST_RATIO = 200
MOST_PARTS = 5_000
NAME_MOST = 255
CHUNK = 256 * 1024
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARTS = {"xl/workbook.xml": XLSX, "word/document.xml": DOCX}
_MARKUP = re.compile(rb"<(?:\?xml|!doctype|html|svg|script|body|head|iframe)\b", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
PASSWORD = 4  # FPDF_ERR_PASSWORD
pdfium = threading.Lock()
"""PDFium is not safe in threads: whoever uses it holds this."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the content is: `pages` of a PDF or image; a locked PDF cannot be looked into."""

    media_type: str
    pages: int | None = None
    locked: bool = False


def check(file: BinaryIO, name: str, size: int) -> Checked:
    """Look at the whole file. Raises: TooLarge, WrongType, Damaged, Dangerous."""
    most = settings.PAPERS_MOST_BYTES
    if size > most:
        message = _("“%(name)s”有 %(now).1f MB，最多 %(most)d MB；请压缩或分成几个文件再传。")
        raise TooLarge(message % {"name": name, "now": size / 2**20, "most": most // 2**20})
    if size == 0:
        raise Damaged(_("“%(name)s”是空文件，请重新选择。") % {"name": name})
    file.seek(0)
    content = file.read()
    file.seek(0)
    if EICAR in content:
        raise _infected(name)
    media_type = _type_of(content, name)
    return CHECKS[media_type](content, name, media_type)


def _type_of(content: bytes, name: str) -> str:
    import filetype

    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(OLE):
        message = _(
            "“%(name)s”是旧版 Office 文件或加了密码的 Office 文件，"
            "请去掉密码，另存为 .xlsx、.docx 或 PDF 后再传。"
        )
        raise WrongType(message % {"name": name})
    found = filetype.guess(content[:8192])
    mime = found.mime if found is not None else ""
    if mime in IMAGES:
        return str(mime)
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content, name)
    if mime in ("image/heic", "image/heif"):
        message = _(
            "“%(name)s”是 HEIC 图片，暂不能收；"
            "请在手机“设置－相机－格式”中选“兼容性最佳”，或另存为 JPEG 后再传。"
        )
        raise WrongType(message % {"name": name})
    if found is not None or content.startswith((b"#!", b"MZ")):
        raise _unwanted(name, found.extension.upper() if found is not None else _("程序"))
    return _text_type(content, name)


def _infected(name: str) -> Dangerous:
    message = _("“%(name)s”含有病毒特征，已拒收；请用杀毒软件检查这台电脑后再传。")
    return Dangerous(message % {"name": name})


def _unwanted(name: str, found: str) -> WrongType:
    message = _(
        "“%(name)s”的内容是 %(found)s，不在可收的格式之内；"
        "请上传 PDF、JPEG、PNG、TIFF、WebP、xlsx、docx、csv 或 txt。"
    )
    return WrongType(message % {"name": name, "found": found})


# Office ------------------------------------------------------------------------------------------


def _office_type(content: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as why:
        raise _damaged(name) from why
    if "[Content_Types].xml" in names:
        for part, media_type in PARTS.items():
            if part in names:
                return media_type
    raise _unwanted(name, "ZIP")


def _check_office(content: bytes, name: str, media_type: str) -> Checked:
    """Unpack every part once, into nothing: no bomb, no macro, nothing cut off."""
    bomb = Dangerous(_("“%(name)s”解压后异常庞大，已拒收；请另存一份后再传。") % {"name": name})
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if (
                len(parts) > MOST_PARTS
                or unpacked > MOST_UNPACKED
                or unpacked > max(MOST_RATIO * len(content), 20 * 2**20)
            ):
                raise bomb
            if any(PurePosixPath(part.filename).name == "vbaProject.bin" for part in parts):
                message = _("“%(name)s”含有宏，请另存为不带宏的格式后再传。")
                raise Dangerous(message % {"name": name})
            if any(part.flag_bits & 1 for part in parts):
                raise _damaged(name)
            seen = 0
            for part in parts:
                tail = b""
                with archive.open(part) as opened:
                    while chunk := opened.read(CHUNK):
                        seen += len(chunk)
                        if seen > MOST_UNPACKED:
                            raise bomb
                        if EICAR in tail + chunk:
                            raise _infected(name)
                        tail = chunk[-len(EICAR) :]
    except (Dangerous, Damaged):
        raise
    except Exception as why:  # zlib and lzma have errors of their own
        raise _damaged(name) from why
    return Checked(media_type)


def _damaged(name: str) -> Damaged:
    message = _("“%(name)s”不完整或已损坏，请打开原件确认后重新上传。")
    return Damaged(message % {"name": name})


# Text --------------------------------------------------------------------------------------------


def _text_type(content: bytes, name: str) -> str:
    if _MARKUP.search(content[:4096]):
        raise _unwanted(name, "HTML／SVG／XML")
    try:
        decode(content)
    except UnicodeDecodeError as why:
        raise _unwanted(name, _("无法识别的数据")) from why
    return "text/csv" if name.lower().endswith(".csv") else "text/plain"


def decode(content: bytes) -> str:
    """Text in UTF-8, UTF-16 with a mark, or GB 18030. Raises: UnicodeDecodeError."""
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
    wanted = next((name for mark, name in marks.items() if content.startswith(mark)), "utf-8")
    try:
        found = content.decode(wanted)
    except UnicodeDecodeError:
        found = content.decode("gb18030")
    if match := _CONTROLS.search(found):
        raise UnicodeDecodeError(wanted, content[:1], 0, 1, f"control {match.group()!r}")
    return found


def _check_text(content: bytes, name: str, media_type: str) -> Checked:
    return Checked(media_type)


# Images ------------------------------------------------------------------------------------------


def open_image(content: bytes, media_type: str) -> "Image":
    """The image, by the decoder of its type alone. Raises: OSError and what decoders raise."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(content), formats=[IMAGES[media_type]])


def _check_image(content: bytes, name: str, media_type: str) -> Checked:
    from PIL.Image import DecompressionBombError

    try:
        with open_image(content, media_type) as image:
            pages = getattr(image, "n_frames", 1)
            if image.width * image.height > MOST_PIXELS or pages > MOST_PAGES:
                message = _("“%(name)s”有 %(wide)d×%(high)d 像素，过大；请降低扫描分辨率再传。")
                raise TooLarge(message % {"name": name, "wide": image.width, "high": image.height})
            image.load()
            if pages > 1:
                image.seek(pages - 1)
                if image.width * image.height > MOST_PIXELS:
                    raise _damaged(name)
                image.load()
    except (TooLarge, Damaged):
        raise
    except DecompressionBombError as why:
        message = _("“%(name)s”的像素过多，请降低扫描分辨率再传。")
        raise TooLarge(message % {"name": name}) from why
    except Exception as why:  # decoders raise whatever they stumble over
        raise _damaged(name) from why
    return Checked(media_type, pages if media_type == "image/tiff" else 1)


# PDF ---------------------------------------------------------------------------------------------


def _check_pdf(content: bytes, name: str, media_type: str) -> Checked:
    from pypdfium2 import PdfDocument, PdfiumError

    if b"%%EOF" not in content[-2048:] or b"startxref" not in content[-4096:]:
        raise _damaged(name)  # PDFium mends one that is cut off, and shows half of it
    with pdfium:
        try:
            opened = PdfDocument(content)
        except PdfiumError as why:
            if getattr(why, "err_code", None) == PASSWORD:
                return Checked(PDF, None, locked=True)
            raise _damaged(name) from why
        try:
            pages = len(opened)
        finally:
            opened.close()
    if pages == 0:
        raise _damaged(name)
    if pages > MOST_PAGES:
        message = _("“%(name)s”有 %(now)d 页，最多 %(most)d 页；请分成几个文件再传。")
        raise TooLarge(message % {"name": name, "now": pages, "most": MOST_PAGES})
    return Checked(PDF, pages)


CHECKS: dict[str, Callable[[bytes, str, str], Checked]] = {
    PDF: _check_pdf,
    XLSX: _check_office,
    DOCX: _check_office,
    "text/csv": _check_text,
    "text/plain": _check_text,
    **dict.fromkeys(IMAGES, _check_image),
}


# Names -------------------------------------------------------------------------------------------


def name_of(given: str) -> str:
    """The file's own name in one visible line, without folders; never empty."""
    last = text.line(str(given).replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    stem, dot, extension = last.rpartition(".")
    if len(last) > NAME_MOST and dot and len(extension) <= 10:
        return f"{stem[: NAME_MOST - len(extension) - 1]}.{extension}"
    return last[:NAME_MOST] or "upload"


def download_name(file_name: str, media_type: str) -> str:
    """The original name, with the extension that the content has where the name's misleads."""
    fitting = EXTENSIONS.get(media_type, ())
    if file_name.lower().endswith(fitting):
        return file_name
    return f"{file_name}{fitting[0]}" if fitting else file_name
