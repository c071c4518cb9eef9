"""Visits for tests: planned or written up by a unit's filler."""

from dataclasses import replace
from datetime import date
from typing import Any

from tests.dossiers.files import TODAY, Desk, moment
from yihu.access.models import User
from yihu.dossiers.models import Dossier
from yihu.org.models import Staff
from yihu.visits import actions
from yihu.visits.actions import Content, Guest, Promise, Wish
from yihu.visits.models import Visit

SUMMARY = (
    "双方就采暖季用气安排交换意见，客户预计十二月至次年二月日均用气增加一成，"
    "希望落实调峰气源；我方介绍了今冬资源池和管容安排，约定按月确认。"
)


def staff_of(user: User) -> Staff:
    assert user.staff is not None
    return user.staff


def content(at: Desk, **more: Any) -> Content:
    """What minutes say that lack nothing."""
    me = staff_of(at.filler)
    whole = Content(
        kind="paid",
        level="business",
        lead=me,
        held_on=date(2026, 11, 3),
        place="客户办公楼",
        topics=["demand", "price"],
        purpose="冬季保供沟通",
        summary=SUMMARY,
        ours=[me],
        theirs=[Guest("王芳", "经理")],
        promises=[Promise("ours", "测算可增供气量", due_on=date(2026, 11, 20))],
        wishes=[Wish("supply", "采暖季增供")],
    )
    return replace(whole, **more)


def planned(at: Desk, dossier: Dossier, *, on: date = date(2026, 11, 12), **more: Any) -> Visit:
    """A visit that is meant to be."""
    given = content(at, held_on=None, planned_on=on, **more)
    return actions.plan(at.filler, dossier, content=given, at=moment(), today=TODAY)


def written(
    at: Desk, dossier: Dossier, visit: Visit | None = None, *, seen: int = 0, client_id: Any = None,
    **more: Any,
) -> Visit:  # fmt: skip
    """A visit with its minutes."""
    return actions.write(
        at.filler, dossier, visit, content=content(at, **more), seen=seen, at=moment(),
        today=TODAY, client_id=client_id,
    )  # fmt: skip
