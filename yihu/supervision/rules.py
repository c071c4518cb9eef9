"""The three reports of §6.4.1: what each looks at, its periods, number and digest. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.rules import Role
from yihu.customers.rules import Klass
from yihu.inspections.choices import Kind as InspectionKind
from yihu.kit.calendar import ONE_DAY, Span, span_of

SHAPE = 1
"""Of the stored figures; a later shape is read by a later builder."""
YEARS = 3
"""So far back a report can be made."""
FIRST_DAY = 20
"""Until somebody says otherwise: by then the month's volumes have fallen due (§6.2.1)."""
LATEST_DAY = 28
"""Of the days after a period's end on which a report can be due."""


class Kind(models.TextChoices):
    MONTHLY = "monthly", gettext_lazy("月度监督报告")
    QUARTERLY = "quarterly", gettext_lazy("季度 VIP 客户档案抽查报告")
    YEARLY = "yearly", gettext_lazy("年度客户档案全面检查报告")


class State(models.TextChoices):
    QUEUED = "queued", gettext_lazy("等待生成")
    MAKING = "making", gettext_lazy("正在生成")
    READY = "ready", gettext_lazy("已生成")
    FAILED = "failed", gettext_lazy("未生成")


UNDER_WAY = (State.QUEUED, State.MAKING)


@dataclass(frozen=True, slots=True)
class Focus:
    """What a report looks at. `klass`: files of this class alone, "" for all; `review`: the class
    whose updating has a column of its own, "" for all; `checks`: the inspections that it tells of.
    """

    months: int
    klass: str
    review: str
    checks: tuple[InspectionKind, ...]
    letter: str


FOCUS = {  # §6.4.1
    Kind.MONTHLY: Focus(
        1, "", Klass.STRATEGIC,
        (InspectionKind.MONTHLY, InspectionKind.SPECIAL, InspectionKind.SELF), "月",
    ),
    Kind.QUARTERLY: Focus(3, Klass.VIP, Klass.VIP, (InspectionKind.QUARTERLY,), "季"),
    Kind.YEARLY: Focus(12, "", "", tuple(InspectionKind), "年"),
}  # fmt: skip
TO_GROUP = (Role.SUPERVISOR,)
"""These are sent the group's report …"""
TO_UNITS = (Role.STEWARD, Role.REVIEWER, Role.FILLER)
"""… and these that of their own unit."""


def last_period(kind: Kind, today: date) -> Span:
    """The last that is over."""
    return next(periods(kind, today))


def periods(kind: Kind, today: date) -> Iterator[Span]:
    """Those that are over, the latest first."""
    months = FOCUS[kind].months
    oldest = today.replace(year=today.year - YEARS, day=1)
    span = span_of(months, span_of(months, today).start - ONE_DAY)
    while span.end >= oldest:
        yield span
        span = span_of(months, span.start - ONE_DAY)


def running_period(kind: Kind, today: date) -> Span:
    """The one that the day lies in."""
    return span_of(FOCUS[kind].months, today)


def due_on(span: Span, day: int) -> date:
    """The day after a period's end on which its report is due: the 5th of the next month for 5."""
    return span.end + timedelta(days=day)


def period_said(kind: Kind, start: date) -> str:
    """2026 年 10 月; 2026 年第 3 季度; 2026 年."""
    said = {
        Kind.MONTHLY: _("%(year)d 年 %(month)d 月"),
        Kind.QUARTERLY: _("%(year)d 年第 %(quarter)d 季度"),
        Kind.YEARLY: _("%(year)d 年"),
    }[kind]
    return said % {"year": start.year, "month": start.month, "quarter": (start.month + 2) // 3}


def number_of(kind: Kind, start: date, unit_code: str, version: int) -> str:
    """监督〔2026〕月10-1号, of a unit 监督GD〔2026〕月10-1号; the last figure is the version."""
    focus = FOCUS[kind]
    turn = f"{(start.month - 1) // focus.months + 1:02d}" if focus.months < 12 else ""
    return f"监督{unit_code}〔{start.year}〕{focus.letter}{turn}-{version}号"


def canonical(figures: Mapping[str, Any]) -> bytes:
    """The bytes that the digest is of: keys sorted, no spaces, UTF-8."""
    said = json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return said.encode()


def digest(figures: Mapping[str, Any]) -> str:
    """SHA-256 of the figures."""
    return hashlib.sha256(canonical(figures)).hexdigest()
