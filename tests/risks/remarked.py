"""Remarks for tests: raised by a unit's filler, verified unless said otherwise."""

from datetime import date
from typing import Any

from tests.dossiers.files import TODAY, Desk, moment
from yihu.dossiers.models import Dossier
from yihu.risks import actions
from yihu.risks.actions import Content
from yihu.risks.models import Remark

FACTS = "九月货款 1,250,000.00 元到期未付，两次催收未果。"


def content(at: Desk, **more: Any) -> Content:
    """What a remark says."""
    assert at.filler.staff is not None
    values: dict[str, Any] = {
        "kind": "c",
        "found_on": date(2026, 11, 2),
        "found_how": "月度对账",
        "facts": FACTS,
        "owner_id": at.filler.staff.pk,
        "verified_by": "法务部 陈明",
        **more,
    }
    return Content(**values)


def remark(
    at: Desk, dossier: Dossier, *, level: int = 2, check_on: date = date(2026, 12, 1), **more: Any
) -> Remark:
    """A remark that stands."""
    return actions.raise_remark(
        at.filler,
        dossier,
        content=content(at, **more),
        level=level,
        next_check_on=check_on,
        at=moment(),
        today=TODAY,
    )
