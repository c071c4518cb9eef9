"""Months as bars: heights from 0 to 1 under a rounded axis. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from yihu.contracts.rules import MonthSum
from yihu.dossiers.tables import figure

STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
LINES = 4
"""How many parts the axis has at most."""


def axis(most: Decimal) -> list[Decimal]:
    """Round marks from 0 to the first one that is not below `most`; [0, 1] for nothing."""
    if most <= 0:
        return [Decimal(0), Decimal(1)]
    rough = most / LINES
    scale = Decimal(1).scaleb(rough.adjusted())
    step = next(scale * one for one in STEPS if scale * one >= rough)
    marks = [Decimal(0)]
    while marks[-1] < most:
        marks.append(marks[-1] + step)
    return marks


def bars(months: Sequence[MonthSum]) -> dict[str, Any]:
    """What `bars` of paper.typ draws; a month without a figure stays None."""
    known = [part for month in months for part in (month.actual, month.planned) if part is not None]
    marks = axis(max(known, default=Decimal(0)))
    top = marks[-1]

    def height(part: Decimal | None) -> float | None:
        return None if part is None else round(float(part / top), 4)

    every = max(1, len(months) // 12)
    return {
        "ticks": [{"label": figure(mark), "at": round(float(mark / top), 4)} for mark in marks],
        "months": [
            {
                "label": f"{month.month:%y-%m}" if place % every == 0 else "",
                "actual": height(month.actual),
                "planned": height(month.planned),
            }
            for place, month in enumerate(months)
        ],
    }
