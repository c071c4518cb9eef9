"""Conditions and segments for tests."""

from typing import Any

from tests.dossiers.files import moment
from yihu.access.models import User
from yihu.care.actions import Content, make
from yihu.care.models import Segment
from yihu.care.rules import Condition, read_all
from yihu.org.models import OrgUnit


def when(fact: str, op: str, *values: str) -> dict[str, Any]:
    """A condition as a form hands it in."""
    return {"fact": fact, "op": op, "values": list(values)}


def asked(*given: dict[str, Any]) -> tuple[Condition, ...]:
    """Checked conditions."""
    return read_all(list(given))


def segment(by: User, unit: OrgUnit, *given: dict[str, Any], **more: Any) -> Segment:
    """A saved segment."""
    content = Content(**{"name": "试验客群", "match": "all", "conditions": asked(*given), **more})
    return make(by, unit, content=content, at=moment())
