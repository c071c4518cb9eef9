"""Choices of the file itself, and the chain of its versions."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    ACTIVE = "active", _("在用")
    DORMANT = "dormant", _("休眠")
    CLOSED = "closed", _("关闭")


class DraftState(models.TextChoices):
    OPEN = "open", _("填报中")
    SUBMITTED = "submitted", _("待审核")
    APPROVED = "approved", _("已通过")
    DISCARDED = "discarded", _("已放弃")


PENDING = (DraftState.OPEN, DraftState.SUBMITTED)


class Mark(models.TextChoices):
    """What a filler says of a section: it changed, or it was checked and did not."""

    CHANGED = "changed", _("有变更")
    UNCHANGED = "unchanged", _("核对无变化")


class Decision(models.TextChoices):
    APPROVED = "approved", _("通过")
    RETURNED = "returned", _("退回")
    WITHDRAWN = "withdrawn", _("撤回")


class Secrecy(models.TextChoices):
    ORDINARY = "ordinary", _("普通商密")
    CORE = "core", _("核心商密")


# The mark (§5.5) ---------------------------------------------------------------------------------

CORE_CLASSES = frozenset({"strategic", "vip"})
CORE_CONTENT = frozenset({"gross_profit", "price_policy"})
"""Fields whose content makes a file a core secret until its steward says otherwise."""
ORDINARY_YEARS = 3


@dataclass(frozen=True, slots=True)
class FileMark:
    """密级、期限、知悉范围 as every page, print and export bears them; `until` None: for long.

    `years`: the period where it is whole years, and is said so.
    """

    secrecy: Secrecy
    until: date | None
    circle: str
    years: int | None = None

    @property
    def period(self) -> str:
        """长期, 3年, or the day."""
        if self.until is None:
            return str(_("长期"))
        if self.years:
            return str(_("%(years)d年") % {"years": self.years})
        return str(_("至%(until)s") % {"until": f"{self.until:%Y-%m-%d}"})

    def __str__(self) -> str:
        return f"{self.secrecy.label}★{self.period}"

    @property
    def line(self) -> str:
        """With the circle, as one line."""
        return _("%(mark)s　知悉范围：%(circle)s") % {"mark": self, "circle": self.circle}

    @property
    def core(self) -> bool:
        return self.secrecy == Secrecy.CORE


def mark_of(
    *,
    secrecy: str,
    until: date | None,
    circle: str,
    klass: str,
    opened_on: date,
    content: Collection[str],
) -> FileMark:
    """A file's mark. Before its steward has set one (which names a circle), class and content say:
    strategic, VIP and what holds core fields is core for long, the rest ordinary for three years.
    """
    level = Secrecy(secrecy)
    if not circle:
        if klass in CORE_CLASSES or not CORE_CONTENT.isdisjoint(content):
            level = Secrecy.CORE
        if until is None and level == Secrecy.ORDINARY:
            until = later_by(opened_on, ORDINARY_YEARS)
    years = None
    if until is not None:
        whole = until.year - opened_on.year
        years = whole if whole > 0 and later_by(opened_on, whole) == until else None
    return FileMark(level, until, circle or str(_("本单位档案管理及获准查询人员")), years)


def later_by(day: date, years: int) -> date:
    """The same day some years later; of a 29 February the day before where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def lowers(now: FileMark, wanted: tuple[str, date | None]) -> bool:
    """Whether the wanted level or period protects less than the present mark."""
    level, until = wanted
    if level == Secrecy.ORDINARY and now.core:
        return True
    same = level == now.secrecy
    return same and until is not None and (now.until is None or until < now.until)


def highest(marks: Iterable[FileMark]) -> FileMark | None:
    """The strictest of several: the level first, then the longer period."""
    return max(marks, key=lambda mark: (mark.core, mark.until or date.max), default=None)


def canonical(content: Mapping[str, Any]) -> bytes:
    """The bytes that a version's SHA-256 is taken over: UTF-8 JSON, keys sorted, no spaces."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def chain_hash(content: Mapping[str, Any], previous_sha256: str) -> str:
    """SHA-256 (64 hex digits) over the hash of the version before and the canonical content."""
    return hashlib.sha256(previous_sha256.encode() + b"\n" + canonical(content)).hexdigest()


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 (64 hex digits) of what a reviewer sees: an approval is pinned to it."""
    return hashlib.sha256(canonical(content)).hexdigest()
