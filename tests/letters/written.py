"""Letters for tests: registered by a unit's filler, with or without a scan."""

import io
from datetime import date
from typing import Any

from tests.dossiers.files import TODAY, Desk, moment
from yihu.dossiers.models import Dossier
from yihu.letters import actions
from yihu.letters.actions import Content
from yihu.letters.choices import Direction
from yihu.letters.models import Letter


def content(**more: Any) -> Content:
    """What a line of the register says; `scan` the bytes of a text file."""
    scan = more.pop("scan", None)
    values: dict[str, Any] = {
        "dated_on": date(2026, 11, 2),
        "counterpart": "广州凯能陶瓷有限公司",
        "subject": "关于调整十一月提气计划的函",
        **more,
    }
    if scan is not None:
        values["file"] = (io.BytesIO(scan), "函.txt")
    return Content(**values)


def letter(
    at: Desk,
    dossier: Dossier,
    *,
    direction: str = Direction.IN,
    day: int = 5,
    **more: Any,
) -> Letter:
    """A registered letter."""
    return actions.register(
        at.filler,
        dossier,
        direction=direction,
        content=content(**more),
        at=moment(day),
        today=TODAY,
    )
