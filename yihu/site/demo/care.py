"""Segments of the demo group: the first of the group, a unit's own, some months, decisions."""

from datetime import date, datetime, timedelta

from yihu.access.models import User
from yihu.care.actions import (
    Content,
    dismiss,
    load_default_segments,
    make,
    propose,
    reckon_month,
    take_up,
)
from yihu.care.models import Suggestion
from yihu.care.rules import read_all
from yihu.org.models import OrgUnit

UNIT = "GD"
MONTHS = 8
"""Of the trend, with the current one."""
DECIDED = ("已在商谈续签，文本在法务审核", "客户大修停产，下月恢复", "客户另有安排，明年再议")


def tell_apart(*, today: date, now: datetime) -> None:
    """As the nights and the people of Guangdong would have done."""
    load_default_segments(at=now)
    filler = User.objects.get(username=f"{UNIT}0001")
    conditions = [
        {"fact": "gas_use", "op": "in", "values": ["02", "04"]},
        {"fact": "volume_wan_m3", "op": "ge", "values": ["1000"]},
    ]
    make(
        filler,
        OrgUnit.objects.get(code=UNIT),
        content=Content(
            name="工业大户",
            about="本单位年用气 1,000 万方以上的工业燃料、化工原料客户。",
            match="all",
            conditions=read_all(conditions),
            due_visits=3,
            due_level="department",
            price_policy="增量部分可按批复执行阶梯气价。",
        ),
        at=now,
    )
    day = today
    days = [today]
    while len(days) < MONTHS:
        day = day.replace(day=1) - timedelta(days=1)
        days.append(day)
    for day in reversed(days):
        reckon_month(today=day)
    propose(today=today)
    waiting = Suggestion.objects.filter(unit__code=UNIT).order_by("occasion", "id")
    for row in waiting[:6]:
        take_up(filler, row, at=now - timedelta(hours=20))
    for row, reason in zip(waiting[6:9], DECIDED, strict=False):
        dismiss(filler, row, reason=reason, at=now - timedelta(hours=19))
