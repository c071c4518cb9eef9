"""Regulations for tests: the group's, issued by a supervisor, and a unit's own."""

import io
from datetime import date
from typing import Any

from tests import plant
from tests.dossiers.files import moment
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.regulations import actions
from yihu.regulations.actions import Content
from yihu.regulations.models import Regulation


def group() -> OrgUnit:
    """The top of the tree."""
    made, _new = OrgUnit.objects.get_or_create(
        code="HQ",
        defaults={"name": "气电集团", "short_name": "集团", "kind": UnitKind.GROUP},
    )
    return made


def content(**more: Any) -> Content:
    """An edition; `text` the bytes of its file."""
    text = more.pop("text", None)
    values: dict[str, Any] = {
        "number": "RPSM-01-16-02",
        "title": "天然气客户档案管理细则",
        "edition": "2024-1",
        "effective_on": date(2024, 6, 1),
        **more,
    }
    if text is not None:
        values["file"] = (io.BytesIO(text), "细则.txt")
    return Content(**values)


def of_group(by: User | None = None, **more: Any) -> Regulation:
    """One of the group's."""
    who = by or plant.person(Role.SUPERVISOR)
    return actions.issue(who, group(), content=content(**more), at=moment())


def own(steward: User, **more: Any) -> Regulation:
    """A unit's own."""
    assert steward.staff is not None
    values = {"number": "GD-KH-01", "title": "广东客户档案实施细则", "edition": "1", **more}
    return actions.issue(steward, steward.staff.unit, content=content(**values), at=moment())
