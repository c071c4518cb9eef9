"""The arithmetic of a rating scheme: points, score, grade, proposed class (annex 2.5 to 2.8).

All of it is exact decimals. Points and scores are rounded half up to two digits, once each: the
points of an indicator where they are read off its table, the score when the weighted points are
summed. `scoring.py` does the same in SQL for all files at once; a test holds the two together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.customers.rules import Klass

HUNDRED, ZERO, CENT = Decimal(100), Decimal(0), Decimal("0.01")
MOST_STEPS = 12
LARGEST = Decimal(10) ** 9
REVIEWS_A_YEAR = {Klass.STRATEGIC: 12, Klass.VIP: 4, Klass.INTERNAL: 2, Klass.GENERAL: 2}
"""§6.2.1 as it stands; a unit may have set shorter cycles for itself."""


class Shape(models.TextChoices):
    STEPS = "steps", gettext_lazy("分档")
    LINE = "line", gettext_lazy("线性插值")


class Missing(models.TextChoices):
    SKIP = "skip", gettext_lazy("不计，按其余指标折算")
    POINTS = "points", gettext_lazy("按固定分")


class Better(models.TextChoices):
    HIGHER = "higher", gettext_lazy("越大越好")
    LOWER = "lower", gettext_lazy("越小越好")


class Judge(models.TextChoices):
    GROUP = "group", gettext_lazy("集团评")
    UNIT = "unit", gettext_lazy("单位评")


class Joining(models.TextChoices):
    """How the files of one customer come to one score, from which the class is proposed."""

    WEIGHTED = "weighted", gettext_lazy("按提气量加权平均")
    BEST = "best", gettext_lazy("取最高")


class Moved(models.TextChoices):
    UP = "up", gettext_lazy("等级上升")
    DOWN = "down", gettext_lazy("等级下降")
    SAME = "same", gettext_lazy("等级不变")
    NEW = "new", gettext_lazy("此前无结果")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of a scheme: from data (`source`) or judged (`judge`), never both.

    `steps`: (input, points), rising by input; below the first and above the last, theirs count.
    """

    code: str
    name: str
    weight: Decimal
    source: str = ""
    judge: str = ""
    shape: str = Shape.STEPS
    steps: tuple[tuple[Decimal, Decimal], ...] = ()
    missing: str = Missing.SKIP
    missing_points: Decimal = ZERO
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A grade from a score on."""

    grade: str
    least: Decimal


@dataclass(frozen=True, slots=True)
class Definition:
    """What a scheme says. `bands` fall from the best to the one that begins at 0.

    `strategic_*`: a customer is proposed as strategic from that grade on, where headquarters
    judged its strategic value (the indicator of that code) at `strategic_least` points or more.
    `lng_wan_m3_per_t`: by which tonnes of LNG count in 万立方米, where both are added.
    """

    indicators: tuple[Indicator, ...]
    bands: tuple[Band, ...]
    joining: str
    vip_from: str
    strategic_from: str
    strategic_code: str
    strategic_least: Decimal
    lng_wan_m3_per_t: Decimal

    def indicator(self, code: str) -> Indicator | None:
        """The line of that code."""
        return next((line for line in self.indicators if line.code == code), None)

    @property
    def judged(self) -> tuple[Indicator, ...]:
        """The lines that people judge."""
        return tuple(line for line in self.indicators if line.judge)

    def least_of(self, grade: str) -> Decimal:
        """The score from which a grade, or a better one, is held."""
        return next(band.least for band in self.bands if band.grade == grade)


class Unreadable(ValueError):
    """A definition that cannot be read at all."""


def parse(data: Mapping[str, Any]) -> Definition:
    """A definition as it is stored; decimals are strings. Raises: Unreadable."""
    try:
        return Definition(
            indicators=tuple(read_indicator(line) for line in data["indicators"]),
            bands=tuple(Band(band["grade"], Decimal(band["least"])) for band in data["bands"]),
            joining=data["joining"],
            vip_from=data["vip_from"],
            strategic_from=data["strategic_from"],
            strategic_code=data["strategic_code"],
            strategic_least=Decimal(data["strategic_least"]),
            lng_wan_m3_per_t=Decimal(data["lng_wan_m3_per_t"]),
        )
    except (KeyError, TypeError, ValueError, InvalidOperation) as why:
        raise Unreadable(str(why)) from why


def read_indicator(line: Mapping[str, Any]) -> Indicator:
    """One line as it is stored. Raises: KeyError, TypeError, ValueError, InvalidOperation."""
    return Indicator(
        code=line["code"],
        name=line["name"],
        weight=Decimal(line["weight"]),
        source=line.get("source", ""),
        judge=line.get("judge", ""),
        shape=line.get("shape", Shape.STEPS),
        steps=tuple((Decimal(x), Decimal(p)) for x, p in line.get("steps", ())),
        missing=line.get("missing", Missing.SKIP),
        missing_points=Decimal(line.get("missing_points", "0")),
        clause=line.get("clause", ""),
    )


def stored_indicator(line: Indicator) -> dict[str, Any]:
    """The line as `read_indicator` reads it."""
    return {
        "code": line.code,
        "name": line.name,
        "weight": str(line.weight),
        "source": line.source,
        "judge": line.judge,
        "shape": str(line.shape),
        "steps": [[str(x), str(p)] for x, p in line.steps],
        "missing": str(line.missing),
        "missing_points": str(line.missing_points),
        "clause": line.clause,
    }


def stored(definition: Definition) -> dict[str, Any]:
    """The definition as `parse` reads it."""
    return {
        "indicators": [stored_indicator(line) for line in definition.indicators],
        "bands": [{"grade": band.grade, "least": str(band.least)} for band in definition.bands],
        "joining": str(definition.joining),
        "vip_from": definition.vip_from,
        "strategic_from": definition.strategic_from,
        "strategic_code": definition.strategic_code,
        "strategic_least": str(definition.strategic_least),
        "lng_wan_m3_per_t": str(definition.lng_wan_m3_per_t),
    }


# What a scheme must say ------------------------------------------------------------------------


def problems(definition: Definition, better: Mapping[str, str]) -> list[str]:
    """Why it cannot be published, each a sentence with the way out.

    `better`: of every source that can be read here, which way is the better one.
    """
    return [
        *weight_problems(definition.indicators),
        *(problem for line in definition.indicators for problem in line_problems(line, better)),
        *_band_problems(definition.bands),
        *_class_problems(definition),
    ]


def weight_problems(indicators: Iterable[Indicator]) -> Iterable[str]:
    """Whether the weights make up the whole."""
    total = sum((line.weight for line in indicators), ZERO)
    if total != HUNDRED:
        yield _("权重合计应为 100，现为 %(total)s；请调整各指标的权重。") % {"total": plain(total)}


def line_problems(line: Indicator, better: Mapping[str, str]) -> Iterable[str]:
    """What one line must still say."""
    said = {"name": line.name or line.code}
    if not line.name:
        yield _("有一项指标没有名称；请填写。")
    if not ZERO < line.weight <= HUNDRED:
        yield _("“%(name)s”的权重应大于 0、不超过 100。") % said
    if not ZERO <= line.missing_points <= HUNDRED:
        yield _("“%(name)s”缺数据时的固定分应在 0 至 100 之间。") % said
    if line.judge:
        return
    if line.source not in better:
        yield _("“%(name)s”的数据来源在本系统中没有；请另选一项。") % said
        return
    if not 2 <= len(line.steps) <= MOST_STEPS:
        yield _("“%(name)s”的评分表应有 2 至 %(most)d 档。") % {**said, "most": MOST_STEPS}
        return
    inputs = [x for x, _points in line.steps]
    points = [p for _input, p in line.steps]
    if any(a >= b for a, b in pairwise(inputs)):
        yield _("“%(name)s”评分表的各档应从小到大，不能相同。") % said
    if any(abs(x) >= LARGEST for x in inputs):
        yield _("“%(name)s”评分表的数值过大；请换用较大的单位或核对。") % said
    if not all(ZERO <= p <= HUNDRED for p in points):
        yield _("“%(name)s”评分表的分值应在 0 至 100 之间。") % said
    rising = better[line.source] == Better.HIGHER
    ordered = points if rising else points[::-1]
    if any(a > b for a, b in pairwise(ordered)):
        way = Better(better[line.source]).label
        yield _("“%(name)s”%(way)s，分值应随之而升；请核对评分表。") % {**said, "way": way}


def _band_problems(bands: tuple[Band, ...]) -> Iterable[str]:
    leasts = [band.least for band in bands]
    names = [band.grade for band in bands]
    if len(bands) < 2:
        yield _("等级至少分两档。")
        return
    if len(set(names)) != len(names) or not all(0 < len(name) <= 8 for name in names):
        yield _("各等级应有不同的名称，每个 1 至 8 个字。")
    if any(a <= b for a, b in pairwise(leasts)):
        yield _("等级应从高到低排列，起点分不能相同，也不能交叉。")
    if leasts[-1] != ZERO:
        yield _("最低一档应从 0 分起，否则有的得分没有等级。")
    if leasts[0] > HUNDRED:
        yield _("等级的起点分不能超过 100。")


def _class_problems(definition: Definition) -> Iterable[str]:
    names = [band.grade for band in definition.bands]
    for label, grade in (
        (_("VIP 客户"), definition.vip_from),
        (_("战略客户"), definition.strategic_from),
    ):
        if grade not in names:
            yield _("%(label)s的起点等级不在等级表中；请另选。") % {"label": label}
    value = definition.indicator(definition.strategic_code)
    if value is None or value.judge != Judge.GROUP:
        yield _("战略客户须有集团评的战略价值（附件 2.5）；请在“集团评”的指标中选一项。")
    if not ZERO <= definition.strategic_least <= HUNDRED:
        yield _("战略价值的起点分应在 0 至 100 之间。")
    if definition.lng_wan_m3_per_t <= ZERO:
        yield _("LNG 折算系数应大于 0，如 0.14（1 吨折 0.14 万立方米）。")
    if definition.joining not in Joining.values:
        yield _("请选择同一客户多份档案如何合成一个得分。")


# Points, score, grade --------------------------------------------------------------------------


def rounded(value: Decimal) -> Decimal:
    """Two digits, half up."""
    return value.quantize(CENT, ROUND_HALF_UP)


def points(line: Indicator, value: Decimal | None) -> Decimal | None:
    """0 to 100 for an input, by the line's table; None where it does not count at all.

    A judged value is its own points.
    """
    if value is None:
        return line.missing_points if line.missing == Missing.POINTS else None
    if line.judge:
        return rounded(value)
    if value < line.steps[0][0]:
        return rounded(line.steps[0][1])
    at = max(place for place, (least, _p) in enumerate(line.steps) if least <= value)
    x, p = line.steps[at]
    if line.shape == Shape.STEPS or at == len(line.steps) - 1:
        return rounded(p)
    next_x, next_p = line.steps[at + 1]
    return rounded(p + (value - x) * (next_p - p) / (next_x - x))


def score(parts: Iterable[tuple[Decimal, Decimal | None]]) -> Decimal:
    """Of (weight, points): the weighted mean of those that count, 0 where none does."""
    counted = [(weight, p) for weight, p in parts if p is not None]
    weights = sum((weight for weight, _p in counted), ZERO)
    if not weights:
        return rounded(ZERO)
    return rounded(sum((weight * p for weight, p in counted), ZERO) / weights)


def grade(bands: Iterable[Band], value: Decimal) -> str:
    """The best band whose start the score reaches."""
    return next(band.grade for band in bands if band.least <= value)


def propose(
    definition: Definition,
    *,
    value: Decimal,
    internal: bool,
    strategic_value: Decimal | None,
    now: str,
) -> Klass:
    """The class that a customer's score proposes.

    Internal by kind (annex 2.7). Strategic by grade and headquarters' judgement of its strategic
    value (2.5); where that was not judged, a strategic customer stays one: no formula takes a
    strategic class away. VIP by grade (2.6), general otherwise (2.8).
    """
    if internal:
        return Klass.INTERNAL
    if strategic_value is None:
        if now == Klass.STRATEGIC:
            return Klass.STRATEGIC
    elif strategic_value >= definition.strategic_least and value >= definition.least_of(
        definition.strategic_from
    ):
        return Klass.STRATEGIC
    return Klass.VIP if value >= definition.least_of(definition.vip_from) else Klass.GENERAL


def unfold(lines: Iterable[Mapping[str, Any]], figures: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """A file's figures by indicator: {"input", "points", "weight", "evidence"}, decimals of the
    first three as strings, None where there was none.

    `lines`: of the round, {"code", "weight", "evidence": keys}; `figures`: line by line the input,
    the points and the evidence.
    """
    left = iter(figures)
    found = {}
    for line in lines:
        value, given = next(left), next(left)
        evidence = {key: said for key in line["evidence"] if (said := next(left)) is not None}
        found[line["code"]] = {
            "input": None if value is None else str(value),
            "points": None if given is None else str(given),
            "weight": line["weight"],
            "evidence": evidence or None,
        }
    return found


def plain(number: Decimal | None) -> str:
    """A decimal without trailing zeros, thousands grouped; empty for none."""
    if number is None:
        return ""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
