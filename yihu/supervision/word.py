"""A report as an editable .docx: real headings, tables and captions, so that a clerk can go on
writing in it. Fonts are those that every office in China has; charts are pictures.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.document import Document as Book
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from yihu.exports.rules import Stamp
from yihu.supervision.paper import Sheet, plain

TEXT, HEADING, LATIN = "宋体", "黑体", "Times New Roman"
WIDE = Mm(174)
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every part of the archive, so that the same report is the same to the byte."""
INK, FAINT, RED = RGBColor(0x1D, 0x2B, 0x36), RGBColor(0x5A, 0x67, 0x71), RGBColor(0xB3, 0x26, 0x1E)
SHADE = "EEF3F6"
Draw = Callable[[Mapping[str, Any]], bytes]


def document(sheet: Sheet, *, clause: str, stamp: Stamp, dated_at: datetime, draw: Draw) -> bytes:
    """The bytes. `draw`: a chart as a PNG; `dated_at`: when the report was made."""
    book = Document()
    _dress(book)
    _about(book, sheet, dated_at)
    _margins(book, sheet, clause, stamp)
    _title(book, sheet)
    for chapter in plain(sheet):
        book.add_heading(chapter["title"], 1)
        for said in chapter["says"]:
            book.add_paragraph(said, "Body Text")
        for one in chapter["tables"]:
            _caption(book, _("表 %(n)d　%(title)s") % {"n": one["number"], "title": one["title"]},
                     above=True)  # fmt: skip
            _ledger(book, one)
        for one in chapter["charts"]:
            _picture(book, one, draw)
        for note in chapter["notes"]:
            _small(book.add_paragraph(), _("注：%(note)s") % {"note": note})
    _end(book, sheet)
    return _packed(book)


def _dress(book: Book) -> None:
    """Styles by their role, each with a Chinese and a Latin font."""
    for name, font, size, bold in (
        ("Normal", TEXT, 10.5, False), ("Body Text", TEXT, 12, False),
        ("Title", HEADING, 22, False), ("Heading 1", HEADING, 15, False),
        ("Caption", HEADING, 10, False),
    ):  # fmt: skip
        style = book.styles[name]
        style.font.name, style.font.size, style.font.bold = LATIN, Pt(size), bold
        style.font.italic = False
        style.font.color.rgb = INK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), font)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "en-US")
        language.set(qn("w:eastAsia"), "zh-CN")
        style.element.get_or_add_rPr().append(language)
    body = book.styles["Body Text"].paragraph_format
    body.first_line_indent, body.line_spacing, body.space_after = Pt(24), 1.5, Pt(0)
    heading = book.styles["Heading 1"].paragraph_format
    heading.space_before, heading.space_after, heading.keep_with_next = Pt(16), Pt(6), True
    title = book.styles["Title"]
    for border in title.element.findall(".//" + qn("w:pBdr")):
        border.getparent().remove(border)


def _about(book: Book, sheet: Sheet, dated_at: datetime) -> None:
    told = book.core_properties
    told.title, told.author, told.last_modified_by = sheet.title, sheet.issuer, sheet.issuer
    told.subject, told.language, told.comments = sheet.period, "zh-CN", ""
    told.created = told.modified = dated_at.replace(tzinfo=None)
    told.revision = 1


def _margins(book: Book, sheet: Sheet, clause: str, stamp: Stamp) -> None:
    """A4; the mark at the head of every page and who took it when; the code at the foot."""
    section = book.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin, section.bottom_margin = Mm(24), Mm(20)
    head = section.header.paragraphs[0]
    _at_right(head)
    _small(head, sheet.title)
    _small(head, f"\t{stamp.secrecy}", RED)
    _small(section.header.add_paragraph(), stamp.mark)
    foot = section.footer.paragraphs[0]
    _at_right(foot)
    _small(foot, f"{clause} · {stamp.foot}")
    _small(foot, f"\t{_('第')} ")
    _field(foot, "PAGE")
    _small(foot, f" {_('页，共')} ")
    _field(foot, "NUMPAGES")
    _small(foot, f" {_('页')}")


def _at_right(paragraph: Paragraph) -> None:
    """A tab goes to the right margin."""
    stops = OxmlElement("w:tabs")
    for kind, at in (("clear", 4680), ("clear", 9360), ("right", int(WIDE.twips))):
        stop = OxmlElement("w:tab")
        stop.set(qn("w:val"), kind)
        stop.set(qn("w:pos"), str(at))
        stops.append(stop)
    paragraph._p.get_or_add_pPr().append(stops)


def _field(paragraph: Paragraph, code: str) -> None:
    """A number that the reader's program counts."""
    for kind in ("begin", "", "end"):
        run = paragraph.add_run()
        run.font.size, run.font.color.rgb = Pt(8), FAINT
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = code
        run._r.append(part)


def _small(paragraph: Paragraph, said: str, colour: RGBColor = FAINT) -> None:
    run = paragraph.add_run(said)
    run.font.size, run.font.color.rgb = Pt(8), colour


def _title(book: Book, sheet: Sheet) -> None:
    for said, style, size in (
        (sheet.issuer, "Normal", 14), (sheet.title, "Title", 22), (sheet.period, "Normal", 13),
    ):  # fmt: skip
        paragraph = book.add_paragraph(style=style)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_after = Pt(4)
        paragraph.add_run(said).font.size = Pt(size)
    rule = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "6"), ("color", "B3261E")):
        line.set(qn(f"w:{name}"), value)
    rule.append(line)
    paragraph._p.get_or_add_pPr().append(rule)
    paragraph.paragraph_format.space_after = Pt(10)
    pairs = list(sheet.about)
    table = _table(book, len(pairs) // 2, 4, (1, 2.4, 1, 2.4))
    for place, (label, value) in enumerate(pairs):
        row, side = place // 2, place % 2 * 2
        _say(table.cell(row, side), label, shaded=True)
        _say(table.cell(row, side + 1), value)


def _table(book: Book, rows: int, columns: int, weights: tuple[float, ...]) -> Table:
    table: Table = book.add_table(rows, columns, "Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for place, weight in enumerate(weights):
        width = Length(int(WIDE * weight / sum(weights)))
        table.columns[place].width = width
        for cell in table.columns[place].cells:
            cell.width = width
    return table


def _ledger(book: Book, one: Mapping[str, Any]) -> None:
    """A table; its head is repeated on each page, no row is broken over two."""
    heads, rows = one["heads"], one["rows"]
    if not rows:
        book.add_paragraph(_("无。"))
        return
    table = _table(book, 1 + len(rows), len(heads), tuple(head["weight"] for head in heads))
    last = len(rows) if one["total"] else 0
    for place, cells in enumerate([[head["text"] for head in heads], *rows]):
        row = table.rows[place]
        kept = row._tr.get_or_add_trPr()
        kept.append(OxmlElement("w:cantSplit"))
        if place == 0:
            kept.append(OxmlElement("w:tblHeader"))
        strong = place in (0, last) and (place == 0 or bool(last))
        for cell, said, head in zip(row.cells, cells, heads, strict=True):
            _say(cell, said, right=head["numeric"], strong=strong, shaded=strong)


def _say(
    cell: _Cell, said: str, *, right: bool = False, strong: bool = False, shaded: bool = False
) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(said)
    run.font.size, run.font.bold = Pt(9), strong
    if shaded:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)


def _caption(book: Book, said: str, *, above: bool) -> None:
    paragraph = book.add_paragraph(said, "Caption")
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = above
    paragraph.paragraph_format.space_before = Pt(10 if above else 2)
    paragraph.paragraph_format.space_after = Pt(4 if above else 10)


def _picture(book: Book, one: Mapping[str, Any], draw: Draw) -> None:
    paragraph = book.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.space_before = Pt(10)
    shape = paragraph.add_run().add_picture(io.BytesIO(draw(one)), width=WIDE)
    told = shape._inline.docPr
    told.set("name", _("图 %(n)d") % {"n": one["number"]})
    told.set("descr", f"{one['title']} {one['legend']}")
    _caption(
        book, _("图 %(n)d　%(title)s") % {"n": one["number"], "title": one["title"]}, above=False
    )


def _end(book: Book, sheet: Sheet) -> None:
    """Who signs, for whom and when, and what it rests on."""
    book.add_paragraph()
    table = _table(book, 2, len(sheet.signers), (1,) * len(sheet.signers))
    for cell, said in zip(table.rows[0].cells, sheet.signers, strict=True):
        _say(cell, said, strong=True, shaded=True)
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    table.rows[1].height = Mm(16)
    for said in (sheet.issuer, sheet.dated):
        paragraph = book.add_paragraph(said)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.space_before = Pt(6)
    _small(book.add_paragraph(), sheet.rests)


def _packed(book: Book) -> bytes:
    """As saved, with the archive's own times taken out."""
    saved, out = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for part in given.infolist():
            told = zipfile.ZipInfo(part.filename, EPOCH)
            told.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(told, given.read(part))
    return out.getvalue()
