"""Editions of the guide made, published and adopted, as headquarters does it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from yihu.access.models import User
from yihu.dossiers.carrying import adopt
from yihu.guide import actions as guide
from yihu.guide import edits
from yihu.guide.models import Adoption, Edition

Step = Callable[[User, Edition, datetime], Edition]


def next_edition(by: User, *steps: Step, on: date, at: datetime) -> Edition:
    """A draft of the last edition with these steps, published for the day; not yet adopted."""
    last = guide.last_published()
    assert last is not None
    draft = guide.start_draft(by, last, at=at, today=on)
    for step in steps:
        draft = step(by, draft, at)
    return guide.publish(
        by,
        draft,
        version=draft.version,
        effective_on=on,
        deadline_on=on + timedelta(days=30),
        at=at,
        today=on,
    )


def taken_up(by: User, *steps: Step, on: date, at: datetime) -> Adoption:
    """The same, and every file carried over to it."""
    return adopt(next_edition(by, *steps, on=on, at=at), at=at)


def raw(draft: Edition, code: str) -> tuple[str, dict[str, Any]]:
    """(section, field) as the draft defines them."""
    found = edits.find(draft.definition, code)
    assert found is not None
    section, field = found
    return section["code"], dict(field)


def renamed(code: str, to: str) -> Step:
    def step(by: User, draft: Edition, at: datetime) -> Edition:
        section, field = raw(draft, code)
        return guide.edit_field(
            by, draft, code, {**field, "code": to}, section=section, version=draft.version, at=at
        )

    return step


def removed(code: str) -> Step:
    def step(by: User, draft: Edition, at: datetime) -> Edition:
        return guide.remove_field(by, draft, code, version=draft.version, at=at)

    return step


def added(code: str, label: str, *, required: str = "always", section: str = "basic") -> Step:
    def step(by: User, draft: Edition, at: datetime) -> Edition:
        field = {"code": code, "label": label, "group": "工商信息", "required": required}
        return guide.add_field(by, draft, field, section=section, version=draft.version, at=at)

    return step
