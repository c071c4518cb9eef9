"""Pages of A4 by typst: a template of a slice and its data in, the bytes of a PDF out.

A template lies in its slice's folder `typst/` and begins with
`#import "/kit/typst/paper.typ": paper, data`. The only font is Noto Sans CJK, from its wheel:
what a machine has installed changes nothing.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import typst

HOUSE = Path(__file__).resolve().parent.parent
"""The folder that `/` means in a template: the package `yihu`."""
PPI = 220
"""Sharp enough for a laser printer, small enough for a mail."""


def typeset(
    template: Path, data: Mapping[str, object], *, dated_at: datetime | None = None
) -> bytes:
    """Set `data` (plain JSON values, figures already written as text) by `template` as a PDF.

    The template reads it as `data`. Data is never read as markup: a customer called `#panic()`
    is printed so. `dated_at`: the time that the PDF says it was made at, else now.
    Raises: `typst.TypstError` when the template itself is wrong.
    """
    return typst.compile(
        template,
        root=HOUSE,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=None if dated_at is None else int(dated_at.timestamp()),
    )


def picture(template: Path, data: Mapping[str, object]) -> bytes:
    """The single page of `template` as a PNG, for documents that hold no drawings of typst's."""
    found: bytes = typst.compile(
        template,
        root=HOUSE,
        font_paths=_fonts(),
        format="png",
        ppi=PPI,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return found


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(files("noto_cjk_sans_otc"))],
    )
