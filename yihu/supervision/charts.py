"""A chart's heights, from 0 to 1 under a rounded axis: one reckoning for page, PDF and .docx."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from yihu.dossiers.tables import figure
from yihu.reports.chart import axis

WIDE, TALL, LEFT, FOOT, HEAD = 960, 220, 90, 30, 14
"""The page's drawing, in its own units."""
LABELS = 18
"""More bars than this bear a label each second or third time."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, and dashes that they are compared with; None where nothing is known.

    `bars_say`, `dashes_say`: what they are, for the legend.
    """

    code: str
    title: str
    unit: str
    labels: Sequence[str]
    bars: Sequence[Decimal | None]
    dashes: Sequence[Decimal | None] = ()
    bars_say: str = ""
    dashes_say: str = ""

    @property
    def legend(self) -> str:
        """Under the drawing: ■ 本期　━ 上年同期."""
        dashes = f"　━ {self.dashes_say}" if self.dashes_say else ""
        return f"■ {self.bars_say}{dashes}（{self.unit}）"

    @property
    def _marks(self) -> list[Decimal]:
        known = [value for value in (*self.bars, *self.dashes) if value is not None]
        return axis(max(known, default=Decimal(0)))

    def drawn(self) -> dict[str, Any]:
        """As `bars` of paper.typ draws it."""
        marks = self._marks

        def height(place: int, values: Sequence[Decimal | None]) -> float | None:
            value = values[place] if place < len(values) else None
            return None if value is None else round(float(value / marks[-1]), 4)

        every = -(-len(self.labels) // LABELS)
        return {
            "ticks": [
                {"label": figure(mark), "at": round(float(mark / marks[-1]), 4)} for mark in marks
            ],
            "months": [
                {
                    "label": label if place % every == 0 else "",
                    "actual": height(place, self.bars),
                    "planned": height(place, self.dashes),
                }
                for place, label in enumerate(self.labels)
            ],
        }

    @property
    def picture(self) -> dict[str, Any]:
        """The same in whole numbers, for the page's SVG."""
        drawn = self.drawn()
        step = (WIDE - LEFT) / max(1, len(self.labels))

        def level(at: float) -> int:
            return HEAD + round(TALL * (1 - at))

        return {
            "wide": WIDE, "tall": HEAD + TALL + FOOT, "left": LEFT, "edge": LEFT - 8,
            "base": HEAD + TALL + 20,
            "ticks": [
                {"label": tick["label"], "y": level(tick["at"]), "text": level(tick["at"]) + 5}
                for tick in drawn["ticks"]
            ],
            "bars": [
                {
                    "label": bar["label"],
                    "middle": round(LEFT + step * (place + 0.5)),
                    "x": round(LEFT + step * (place + 0.18)),
                    "width": round(step * 0.64),
                    "y": level(bar["actual"] or 0),
                    "height": HEAD + TALL - level(bar["actual"] or 0),
                    "dash": None if bar["planned"] is None else level(bar["planned"]),
                    "from": round(LEFT + step * (place + 0.06)),
                    "to": round(LEFT + step * (place + 0.94)),
                }
                for place, bar in enumerate(drawn["months"])
            ],
        }  # fmt: skip
