"""The text of a document: its own where it has one, recognised where it is a picture.

Recognition is the optional extra `ocr` (rapidocr, onnxruntime); its models come in the wheel.
"""

import logging
import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from yihu.papers.choices import TextState
from yihu.papers.content import IMAGES, PDF, decode, pdfium
from yihu.papers.pictures import draw

if TYPE_CHECKING:
    from PIL.Image import Image

TEXT_MOST = 100_000  # characters kept of a document
PAGES_MOST = 60  # pages recognised of a scan: a minute or two
LAYER_LEAST = 8  # characters a page; less is a stamp on a scan, not a text
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Read:
    """What was read and how."""

    text: str
    state: TextState


def can_recognise() -> bool:
    """Whether the extra is installed."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def read_text(content: bytes, media_type: str, pages: int | None) -> Read:
    """The text of a whole document, cut at TEXT_MOST. Raises what decoders raise."""
    if media_type.startswith("text/"):
        return _kept(decode(content), TextState.LAYER)
    if media_type == PDF:
        layer = _layer(content)
        if len(layer) >= LAYER_LEAST * (pages or 1):
            return _kept(layer, TextState.LAYER)
    elif media_type not in IMAGES:
        return Read("", TextState.NONE)
    if not can_recognise():
        return Read("", TextState.ABSENT)
    found = [
        recognise(draw(content, media_type, number))
        for number in range(1, min(pages or 1, PAGES_MOST) + 1)
    ]
    return _kept("\n\n".join(found), TextState.RECOGNISED)


def _kept(text: str, state: TextState) -> Read:
    text = _UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return Read(text[:TEXT_MOST], state if text else TextState.EMPTY)


def _layer(content: bytes) -> str:
    from pypdfium2 import PdfDocument

    parts, total = [], 0
    with pdfium:
        opened = PdfDocument(content)
        try:
            for page in opened:
                part = page.get_textpage().get_text_range().strip()
                parts.append(part)
                total += len(part)
                if total > TEXT_MOST:
                    break
        finally:
            opened.close()
    return "\n\n".join(part for part in parts if part)


# Recognition --------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _engine() -> Any:
    logging.getLogger("RapidOCR").setLevel(logging.WARNING)
    engine = import_module("rapidocr").RapidOCR()
    logging.getLogger("RapidOCR").setLevel(logging.WARNING)  # it sets its own when it is made
    return engine


def recognise(image: "Image") -> str:
    """The text on a picture: a line a row, what stands apart in a row parted by a tab."""
    with _one_at_a_time:
        found = _engine()(image)
    if found.txts is None:
        return ""
    return rows_of(
        [
            (float(box[0][0]), float(box[0][1]), float(box[2][1]), text)
            for box, text in zip(found.boxes, found.txts, strict=True)
        ]
    )


def rows_of(boxes: list[tuple[float, float, float, str]]) -> str:
    """Boxes (left, top, bottom, text) as lines: those whose middles lie within each other."""
    rows: list[list[tuple[float, float, float, str]]] = []
    for box in sorted(boxes, key=lambda box: (box[1] + box[2]) / 2):
        middle = (box[1] + box[2]) / 2
        if rows and rows[-1][0][1] <= middle <= rows[-1][0][2]:
            rows[-1].append(box)
        else:
            rows.append([box])
    return "\n".join("\t".join(box[3] for box in sorted(row)) for row in rows)
