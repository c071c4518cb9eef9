"""Pages as pictures, made on the server: nothing of a stored file runs in a browser."""

import io
from typing import TYPE_CHECKING, Protocol

from django.utils.translation import gettext as _

from yihu.dossiers.problems import Unfit
from yihu.papers.content import IMAGES, PDF, decode, open_image, pdfium
from yihu.papers.models import Document
from yihu.papers.storage import read_blob

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH = 1400  # pixels: an A4 page that can be read on a wide screen
HIGHEST = 4000
TEXT_SHOWN = 20_000


class Stored(Protocol):
    """A row that holds a stored content: a document of a file, or whatever else keeps one."""

    media_type: str
    pages: int | None

    @property
    def blob_id(self) -> str | None: ...


def drawable(document: Stored) -> bool:
    """Whether the document has pages to show."""
    seen = document.media_type == PDF or document.media_type in IMAGES
    return seen and bool(document.pages) and document.blob_id is not None


def picture_of(document: Stored, number: int) -> bytes:
    """Page `number` (from 1) as WebP. Raises: FileNotFoundError; Unfit: no such page."""
    if document.blob_id is None or not drawable(document):
        raise Unfit(_("没有这一页。"))
    if not 1 <= number <= (document.pages or 0):
        raise Unfit(_("没有这一页。"))
    image = draw(read_blob(document.blob_id), document.media_type, number)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=80, method=2)
    return out.getvalue()


def draw(content: bytes, media_type: str, number: int) -> "Image":
    """Page `number` (from 1) of a PDF or picture, upright, in colours, at most WIDTH wide."""
    if media_type == PDF:
        return _pdf_page(content, number)
    return _image_page(content, media_type, number)


def _pdf_page(content: bytes, number: int) -> "Image":
    from pypdfium2 import PdfDocument

    with pdfium:
        opened = PdfDocument(content)
        try:
            page = opened[number - 1]
            wide, high = page.get_size()
            scale = min(WIDTH / max(wide, 1), HIGHEST / max(high, 1), 6)
            drawn: Image = page.render(scale=scale).to_pil().convert("RGB")
        finally:
            opened.close()
    return drawn


def _image_page(content: bytes, media_type: str, number: int) -> "Image":
    from PIL import Image, ImageOps

    with open_image(content, media_type) as image:
        if number > 1:
            image.seek(number - 1)
        if media_type == "image/jpeg":
            image.draft("RGB", (WIDTH, HIGHEST))
        turned = ImageOps.exif_transpose(image)
        turned.thumbnail((WIDTH, HIGHEST))
        if turned.mode in ("RGBA", "LA", "P"):
            ground = Image.new("RGBA", turned.size, "white")
            ground.alpha_composite(turned.convert("RGBA"))
            turned = ground
        return turned.convert("RGB")


def text_of(document: Document) -> str:
    """The beginning of a text file; "" for every other. Raises: FileNotFoundError."""
    if not document.media_type.startswith("text/"):
        return ""
    return decode(read_blob(document.blob_id))[:TEXT_SHOWN]
