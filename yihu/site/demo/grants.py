"""Query policies and grants of the demo group: one opened, one for ITC, two for stewards."""

from datetime import date, datetime, timedelta

from yihu.access.models import User
from yihu.grants.actions import agree, ask, open_, publish_policy
from yihu.grants.rules import ANY_POST, Line
from yihu.org.models import OrgUnit

UNITS = ("GD", "FJ", "ZJ")
LINES = (
    Line("填报员", frozenset({"basic", "cooperation", "performance"}), frozenset(), 3, 90),
    Line(ANY_POST, frozenset({"basic"}), frozenset(), 2, 30),
)
WISHES = (  # asker, unit, purpose, sections, level, days, how far it got
    ("FJ0001", "GD", "闽粤管网互供，核对共同客户用气", ("basic", "performance"), 3, 60, "opened"),
    ("ZJ0001", "GD", "LNG 槽车跨省调配", ("basic", "cooperation"), 2, 30, "agreed"),
    ("JS0001", "GD", "同一集团客户的信用情况", ("basic", "interviews"), 2, 120, "agreed"),
    ("HI0001", "GD", "新用户准入参考", ("basic",), 2, 20, "asked"),
    ("GX0001", "FJ", "同一客户的联系渠道", ("basic",), 1, 15, "asked"),
)


def grant(*, today: date, now: datetime) -> int:
    """Rules, asks, agrees and opens as these people would. Returns how many requests."""
    for code in UNITS:
        publish_policy(
            User.objects.get(username=f"{code}0005"),
            OrgUnit.objects.get(code=code),
            lines=LINES,
            basis="本单位客户档案实施细则第六条",
            effective_on=today,
            at=now,
            today=today,
        )
    for place, (asker, code, purpose, sections, level, days, far) in enumerate(WISHES):
        at = now - timedelta(minutes=10 * (len(WISHES) - place))
        row = ask(
            User.objects.get(username=asker),
            OrgUnit.objects.get(code=code),
            purpose=purpose,
            sections=sections,
            regions=(),
            level=level,
            since=today,
            until=today + timedelta(days=days - 1),
            at=at,
            today=today,
        )
        if far != "asked":
            agree(User.objects.get(username=f"{code}0005"), row, at=at, today=today)
        if far == "opened":
            open_(User.objects.get(username="ITC0001"), row, at=at, today=today)
    return len(WISHES)
