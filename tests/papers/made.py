"""Real files, made in memory: PDF, pictures, workbooks, and the wicked ones."""

import io
import zipfile
from functools import cache

import xlsxwriter
from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def picture(kind: str = "PNG", *, text: str = "Yihu", size: tuple[int, int] = (600, 400)) -> bytes:
    """A picture with a word on it."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((20, 20), text, fill="black")
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@cache  # a PDF says the second in which it was made: asked twice, it is the same
def scan(pages: int = 2, *, text: str = "scan") -> bytes:
    """A PDF of pictures, as a scanner writes it."""
    images = [Image.new("RGB", (600, 800), "white") for _ in range(pages)]
    for number, image in enumerate(images, 1):
        ImageDraw.Draw(image).text((20, 20), f"{text} {number}", fill="black")
    out = io.BytesIO()
    images[0].save(out, "PDF", save_all=True, append_images=images[1:])
    return out.getvalue()


def tiff(pages: int = 3) -> bytes:
    """A TIFF of several pages."""
    images = [Image.new("L", (200, 300), shade * 40) for shade in range(pages)]
    out = io.BytesIO()
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:])
    return out.getvalue()


def written(text: str = "Offtake ledger 2026") -> bytes:
    """A PDF of one page with a text layer (ASCII)."""
    stream = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    )


def locked() -> bytes:
    """A PDF that asks for a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(written())))
    writer.encrypt("geheim", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def workbook() -> bytes:
    """A small .xlsx."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("台账").write("A1", "客户名称")
    return out.getvalue()


def letter(**more: bytes) -> bytes:
    """A .docx of the parts that make it one, and more of them where asked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
        for name, content in more.items():
            archive.writestr(f"word/{name}.bin", content)
    return out.getvalue()


def archive() -> bytes:
    """A plain ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("a.txt", "x")
    return out.getvalue()
