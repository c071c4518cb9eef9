"""What a grant may open, and whether a unit's query policy covers it (§6.3.1, 6.3.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

MOST_DAYS = 366
CONFIRM_EVERY_MONTHS = 3
GRACE_DAYS = 14
"""Ten working days, counted as days, to confirm a grant after its quarter (CA/B NSR 2(j))."""
ANY_POST = "*"
CORE = 3
"""From this level on volumes and prices are read; below, the tables of contracts stay shut."""


class Section(models.TextChoices):
    """The four sections of §6.1.1."""

    BASIC = "basic", _("客户基本信息")
    COOPERATION = "cooperation", _("与海油合作情况")
    PERFORMANCE = "performance", _("合同执行情况")
    INTERVIEWS = "interviews", _("客户访谈情况")


class Level(models.IntegerChoices):
    """The highest sensitivity that is read; personal data is not opened by a grant."""

    INTERNAL = 1, _("公开或内部")
    ORDINARY = 2, _("普通商密")
    CORE = 3, _("核心商密")


class State(models.TextChoices):
    ASKED = "asked", _("待单位审批")
    SECOND = "second", _("待第二人审批")
    APPROVED = "approved", _("待信息技术中心开通")
    OPENED = "opened", _("已开通")
    REFUSED = "refused", _("未同意")
    WITHDRAWN = "withdrawn", _("已撤回")
    ENDED = "ended", _("已注销")


WAITING = (State.ASKED, State.SECOND, State.APPROVED)
LIVE = (*WAITING, State.OPENED)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: sections, regions (six digits; none: all of the unit's), level, days."""

    sections: frozenset[str]
    regions: frozenset[str]
    level: int
    days: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a query policy: what people of that post may be given."""

    post: str
    sections: frozenset[str]
    regions: frozenset[str]
    level: int
    days: int


def covered(wish: Wish, post: str, lines: Iterable[Line]) -> bool:
    """Whether some line for the post, or for any post, covers the whole wish."""
    return any(_covers(line, wish) for line in lines if line.post in (post, ANY_POST))


def _covers(line: Line, wish: Wish) -> bool:
    return (
        wish.sections <= line.sections
        and wish.level <= line.level
        and wish.days <= line.days
        and _within(wish.regions, line.regions)
    )


def _within(wanted: frozenset[str], allowed: frozenset[str]) -> bool:
    if not allowed:
        return True
    stems = [stem(code) for code in allowed]
    return bool(wanted) and all(any(stem(code).startswith(s) for s in stems) for code in wanted)


def stem(code: str) -> str:
    """440000 → 44, 440100 → 4401: what the codes inside begin with."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def confirm_until(day: date) -> date:
    """Until when a grant confirmed on that day stands: the end of the quarter and the grace."""
    month = (day.month - 1) // 3 * 3 + CONFIRM_EVERY_MONTHS
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, 1) + timedelta(days=GRACE_DAYS - 1)


def last_day(since: date, days: int) -> date:
    """The last of so many days."""
    return since + timedelta(days=days - 1)


def sections_said(codes: Sequence[str]) -> str:
    """The sections in the order of the rulebook, for people."""
    return "、".join(str(section.label) for section in Section if section.value in codes)
