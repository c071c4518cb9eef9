"""The chapters of a report, each a pure function of the frozen figures.

A chapter is a builder and a line in `CHAPTERS`: the pages, the PDF and the .docx are set from what
it returns. One that has nothing to tell returns None and is left out. What is said is said in the
reader's language; printed reports are Chinese.
"""

from collections.abc import Callable

from yihu.supervision.chapters.checks import findings, rectification, sampling
from yihu.supervision.chapters.duties import timeliness
from yihu.supervision.chapters.files import completeness, coverage, overview
from yihu.supervision.chapters.ranking import ranking
from yihu.supervision.chapters.telling import Chapter, Figures
from yihu.supervision.chapters.volumes import volumes

Builder = Callable[[Figures], Chapter | None]
CHAPTERS: tuple[Builder, ...] = (
    overview,
    coverage,
    timeliness,
    completeness,
    volumes,
    sampling,
    findings,
    rectification,
    ranking,
)
"""The order in which they stand."""
NUMERALS = "一二三四五六七八九十"


def chapters(figures: Figures) -> list[tuple[str, Chapter]]:
    """Those that have something to tell, each with its number in words: 一、."""
    found = [chapter for builder in CHAPTERS if (chapter := builder(figures)) is not None]
    return [(f"{NUMERALS[place]}、", chapter) for place, chapter in enumerate(found)]
