"""Choices and arithmetic of keeping originals (§6.2.1 原件保管, 6.3.3)."""

import hashlib
import re
from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _


class PlaceKind(models.TextChoices):
    """The levels of the tree, outermost first."""

    ROOM = "room", _("库房")
    CABINET = "cabinet", _("柜")
    SHELF = "shelf", _("层")
    BOX = "box", _("盒")


DEPTH = {kind: depth for depth, kind in enumerate(PlaceKind)}


class Kind(models.TextChoices):
    CONTRACT = "contract", _("合同")
    AMENDMENT = "amendment", _("补充协议")
    LICENCE = "licence", _("证照")
    LETTER = "letter", _("往来函件")
    MINUTES = "minutes", _("会谈纪要")
    STATEMENT = "statement", _("结算单据")
    OTHER = "other", _("其他")


class Carrier(models.TextChoices):
    PAPER = "paper", _("纸质")
    DISC = "disc", _("光盘")
    PHOTO = "photo", _("照片")
    OTHER = "other", _("其他载体")


class Retention(models.TextChoices):
    PERMANENT = "permanent", _("永久")
    THIRTY = "y30", _("30年")
    TEN = "y10", _("10年")
    UNDECIDED = "undecided", _("待定")


YEARS = {Retention.THIRTY: 30, Retention.TEN: 10}


class State(models.TextChoices):
    IN_STOCK = "in_stock", _("在库")
    LENT = "lent", _("借出")
    TRANSFERRED = "transferred", _("移交")
    DESTROYED = "destroyed", _("销毁")


HELD_HERE = (State.IN_STOCK, State.LENT)
"""States in which the original is still the unit's to keep."""
GONE = (State.TRANSFERRED, State.DESTROYED)


class Finding(models.TextChoices):
    """What a stocktake left standing about an original."""

    MISSING = "missing", _("盘点未见")
    MISPLACED = "misplaced", _("位置不符")


class LoanState(models.TextChoices):
    WAITING = "waiting", _("排队中")
    ASKED = "asked", _("待审批")
    APPROVED = "approved", _("待交接")
    OUT = "out", _("借出中")
    RETURNED = "returned", _("已归还")
    REFUSED = "refused", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")


CLAIMS = (LoanState.ASKED, LoanState.APPROVED, LoanState.OUT)
"""At most one loan of an original is in one of these; whoever comes later waits."""
PENDING = (LoanState.WAITING, *CLAIMS)


class Condition(models.TextChoices):
    INTACT = "intact", _("完好")
    WORN = "worn", _("有磨损")
    DAMAGED = "damaged", _("破损")
    INCOMPLETE = "incomplete", _("缺页")


class Result(models.TextChoices):
    """A line of a stocktake; pending until somebody looked."""

    PENDING = "pending", _("未盘")
    FOUND = "found", _("在位")
    MISPLACED = "misplaced", _("位置不符")
    MISSING = "missing", _("未见")
    OUT = "out", _("借出在外")


class DisposalState(models.TextChoices):
    PROPOSED = "proposed", _("待审批")
    APPROVED = "approved", _("待监销")
    DONE = "done", _("已销毁")
    CANCELLED = "cancelled", _("已取消")


OPEN_DISPOSALS = (DisposalState.PROPOSED, DisposalState.APPROVED)

LONGEST_DAYS = 90
"""A loan's due date lies within so many days (default; §6.3.3 gives no number)."""
USUAL_DAYS = 14
MOST_RENEWALS = 2
SOON_DAYS = 3
"""Days before the due date from which a loan is pointed out."""
BARCODE = re.compile(r"[0-9A-Z][0-9A-Z._-]{2,39}")
PLACE_CODE = re.compile(r"[^\s\-/\\<>\"'&]{1,12}")
SEPARATOR = "-"
FIRST_YEAR = 1980


def kept_until(retention: str, year: int) -> date | None:
    """The last day that the original must be kept; None for ever, or while undecided."""
    years = YEARS.get(Retention(retention))
    return None if years is None else date(year + years, 12, 31)


def may_be_destroyed(retention: str, year: int, today: date) -> bool:
    """Only when a decided period has run out."""
    until = kept_until(retention, year)
    return until is not None and until < today


def late_days(due_on: date, today: date) -> int:
    """Days since the loan was due back; 0 while it is not."""
    return max((today - due_on).days, 0)


def latest_due(today: date) -> date:
    """The last day that a loan which begins today may be due on."""
    return today + timedelta(days=LONGEST_DAYS)


def drawn(seed: str, keys: Iterable[UUID], number: int | None) -> list[UUID]:
    """The sample of a stocktake, the same for the same seed and keys: lowest SHA-256 first.

    `number` None, or more than there are: all of them.
    """
    ranked = sorted(keys, key=lambda key: (hashlib.sha256(f"{seed}{key}".encode()).digest(), key))
    return ranked if number is None else ranked[:number]
