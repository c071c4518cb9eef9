"""The arithmetic of an assessment: facts to values, points, score and place (§6.4.2).

All of it is exact decimals, and the same facts give the same score to the last digit, in whatever
order they come. Rounded half up, once each: a value (percent) to four digits, the points of a line
and the score to two. The score is the weighted mean of the lines that count, then bonus is added.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.assessment.choices import MONTHS, Kind
from yihu.kit.calendar import Span, span_of
from yihu.ratings.rules import (
    HUNDRED,
    ZERO,
    Indicator,
    Missing,
    Unreadable,
    line_problems,
    points,
    read_indicator,
    rounded,
    score,
    stored_indicator,
    weight_problems,
)

FOUR = Decimal("0.0001")
BONUS_LIMIT = Decimal(20)
DAYS_MOST = 30
Key = TypeVar("Key", bound=Hashable)


class Measure(models.TextChoices):
    """How a line's facts become its value."""

    SHARE = "share", gettext_lazy("占比（%）")
    DEDUCTION = "deduction", gettext_lazy("扣分合计")
    BONUS = "bonus", gettext_lazy("加分合计")


@dataclass(frozen=True, slots=True)
class Definition:
    """What a scheme says. `bonus_most`: more is never added; `objection_days`: working days."""

    indicators: tuple[Indicator, ...]
    bonus_most: Decimal
    objection_days: int

    def indicator(self, code: str) -> Indicator | None:
        """The line of that code."""
        return next((line for line in self.indicators if line.code == code), None)


def parse(data: Mapping[str, Any]) -> Definition:
    """A definition as it is stored; decimals are strings. Raises: Unreadable."""
    try:
        return Definition(
            tuple(read_indicator(line) for line in data["indicators"]),
            Decimal(data["bonus_most"]),
            int(data["objection_days"]),
        )
    except (KeyError, TypeError, ValueError, InvalidOperation) as why:
        raise Unreadable(str(why)) from why


def stored(definition: Definition) -> dict[str, Any]:
    """The definition as `parse` reads it."""
    return {
        "indicators": [stored_indicator(line) for line in definition.indicators],
        "bonus_most": str(definition.bonus_most),
        "objection_days": definition.objection_days,
    }


def problems(definition: Definition, better: Mapping[str, str]) -> list[str]:
    """Why it cannot be published, each a sentence with the way out.

    `better`: of every source that can be weighed, which way is the better one.
    """
    found = list(weight_problems(definition.indicators))
    for line in definition.indicators:
        found += line_problems(line, better)
        worst = min((p for _x, p in line.steps), default=ZERO)
        if line.missing == Missing.SKIP and worst > ZERO:
            found.append(
                _("“%(name)s”无数据时不计，最低分就应为 0；否则多一项扣分事实反而得分更高。")
                % {"name": line.name}
            )
        elif line.missing == Missing.POINTS and line.missing_points < worst:
            found.append(
                _("“%(name)s”无数据时的固定分不能低于评分表的最低分。") % {"name": line.name}
            )
    if not ZERO <= definition.bonus_most <= BONUS_LIMIT:
        found.append(_("加分上限应在 0 至 %(most)s 之间。") % {"most": BONUS_LIMIT})
    if not 1 <= definition.objection_days <= DAYS_MOST:
        found.append(_("申诉期应为 1 至 %(most)d 个工作日。") % {"most": DAYS_MOST})
    return found


# Facts to scores ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """What was counted for a unit and line: `top` of `bottom`, or an `amount` of points.

    `adjusted`: what granted objections gave back, so many of the count or so many points.
    """

    code: str
    measure: str
    top: int = 0
    bottom: int = 0
    amount: Decimal = ZERO
    adjusted: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Told:
    """A line scored: `points` None where it does not count; `gives`: its part of the score."""

    value: Decimal | None
    points: Decimal | None
    gives: Decimal


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit's score with its lines by code; lines that the scheme leaves out are not there."""

    score: Decimal
    base: Decimal
    bonus: Decimal
    lines: Mapping[str, Told]


def value_of(fact: Fact) -> Decimal | None:
    """Percent of a share, points of a deduction or bonus; None where nothing was counted."""
    if fact.measure == Measure.DEDUCTION:
        return max(fact.amount - fact.adjusted, ZERO)
    if fact.measure == Measure.BONUS:
        return fact.amount + fact.adjusted
    if not fact.bottom:
        return None
    top = min(Decimal(fact.top) + fact.adjusted, Decimal(fact.bottom))
    return (top * HUNDRED / fact.bottom).quantize(FOUR, ROUND_HALF_UP)


def assess(definition: Definition, facts: Iterable[Fact]) -> Scored:
    """A unit's score by a scheme."""
    known = {fact.code: fact for fact in facts}
    read = {}
    for line in definition.indicators:
        fact = known.get(line.code)
        value = value_of(fact) if fact is not None else None
        read[line.code] = (line.weight, value, points(line, value))
    counted = sum((weight for weight, _v, p in read.values() if p is not None), ZERO)
    base = score((weight, p) for weight, _value, p in read.values())
    lines = {
        code: Told(value, p, rounded(weight * p / counted) if p is not None else ZERO)
        for code, (weight, value, p) in read.items()
    }
    bonus = ZERO
    for fact in known.values():
        if fact.measure == Measure.BONUS:
            value = value_of(fact) or ZERO
            lines[fact.code] = Told(value, None, rounded(min(value, definition.bonus_most)))
            bonus += value
    bonus = rounded(min(bonus, definition.bonus_most))
    return Scored(base + bonus, base, bonus, lines)


def ranks(scores: Mapping[Key, Decimal]) -> dict[Key, int]:
    """Places from 1; equal scores share one, and the next is left out."""
    return {key: 1 + sum(other > mine for other in scores.values()) for key, mine in scores.items()}


# Periods -----------------------------------------------------------------------------------------


class BadPeriod(ValueError):
    """No period is written like that."""


def kind_of(code: str) -> Kind:
    """Raises: BadPeriod."""
    for kind in Kind:
        if code.startswith(kind.value):
            return kind
    raise BadPeriod(code)


def span(year: int, code: str) -> Span:
    """First and last day of the period. Raises: BadPeriod."""
    kind = kind_of(code)
    number = code[1:] or "1"
    months = MONTHS[kind]
    right = number.isdecimal() and 1 <= int(number) <= 12 // months and str(int(number)) == number
    if not right or (kind == Kind.YEAR) != (code == kind.value) or not 2000 <= year <= 2100:
        raise BadPeriod(code)
    return span_of(months, date(year, (int(number) - 1) * months + 1, 1))


def coded(kind: str, day: date) -> tuple[int, str]:
    """Year and code of the period of that kind that the day lies in."""
    if kind == Kind.YEAR:
        return day.year, Kind.YEAR.value
    return day.year, f"{kind}{(day.month - 1) // MONTHS[Kind(kind)] + 1}"


def before(year: int, code: str) -> tuple[int, str]:
    """The period before, of the same kind."""
    return coded(kind_of(code), span(year, code).start - timedelta(days=1))


def codes() -> list[str]:
    """Every code, as an address may name it."""
    return [
        *(f"M{number}" for number in range(1, 13)), *(f"Q{number}" for number in range(1, 5)), "Y",
    ]  # fmt: skip


def label(year: int, code: str) -> str:
    """2026 年 10 月, 2026 年第 3 季度, 2026 年度."""
    words = {
        Kind.MONTH: _("%(year)d 年 %(number)s 月"),
        Kind.QUARTER: _("%(year)d 年第 %(number)s 季度"),
        Kind.YEAR: _("%(year)d 年度"),
    }
    return words[kind_of(code)] % {"year": year, "number": code[1:]}
