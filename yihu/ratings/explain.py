"""A score told down to its figures: what a page shows, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from yihu.customers.rules import Klass
from yihu.ratings.indicators import ALL
from yihu.ratings.models import RatingScore
from yihu.ratings.rules import (
    ZERO,
    Definition,
    Indicator,
    Judge,
    Missing,
    Shape,
    grade,
    parse,
    plain,
    rounded,
)

SOURCES = {source.code: source for source in ALL}
DASH = "—"


@dataclass(frozen=True, slots=True)
class Told:
    """One indicator of a score. `gives`: what it adds to the score; `differs`: against before."""

    name: str
    says: str
    clause: str
    weight: str
    input: str
    evidence: list[tuple[str, str]]
    points: str
    gives: str
    before: str
    differs: str
    rose: bool
    fell: bool
    table: str


def contributions(details: Mapping[str, Any]) -> dict[str, Decimal]:
    """By indicator, how much of the score it makes; those that do not count are not there."""
    counted = {
        code: (Decimal(line["weight"]), Decimal(line["points"]))
        for code, line in details.items()
        if line["points"] is not None
    }
    total = sum((weight for weight, _p in counted.values()), ZERO)
    return {code: weight * points / total for code, (weight, points) in counted.items()}


def tell(score: RatingScore, before: RatingScore | None) -> list[Told]:
    """Every indicator of the round's scheme, in its order."""
    definition = parse(score.round.scheme.definition)
    now = contributions(score.details)
    then = contributions(before.details) if before is not None else {}
    return [_told(line, score.details.get(line.code), now, then) for line in definition.indicators]


def _told(
    line: Indicator, said: Mapping[str, Any] | None, now: Mapping[str, Decimal],
    then: Mapping[str, Decimal],
) -> Told:  # fmt: skip
    said = said or {"input": None, "points": None, "evidence": None}
    source = SOURCES.get(line.source)
    gives, was = now.get(line.code), then.get(line.code)
    differs = rounded((gives or ZERO) - was) if was is not None else None
    return Told(
        name=line.name,
        says=str(source.says) if source else str(Judge(line.judge).label),
        clause=line.clause,
        weight=plain(line.weight),
        input=_measured(said["input"], str(source.measure) if source else _("分")),
        evidence=_evidence(line, said["evidence"] or {}),
        points=said["points"] or _("不计"),
        gives=f"{rounded(gives):f}" if gives is not None else DASH,
        before=f"{rounded(was):f}" if was is not None else DASH,
        differs=f"{differs:+f}" if differs is not None else DASH,
        rose=differs is not None and differs > 0,
        fell=differs is not None and differs < 0,
        table=table_of(line),
    )


def _measured(value: str | None, measure: str) -> str:
    return f"{plain(Decimal(value))} {measure}" if value is not None else _("缺数据")


def _evidence(line: Indicator, evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    if line.judge:
        labels: Mapping[str, Any] = {"by": _("评分人"), "at": _("评分时间")}
    else:
        labels = SOURCES[line.source].evidence if line.source in SOURCES else {}
    return [(str(labels[key]), _shown(value)) for key, value in evidence.items() if key in labels]


def _shown(value: Any) -> str:
    if isinstance(value, int | Decimal):
        return plain(Decimal(value))
    moment = parse_datetime(value) if isinstance(value, str) and "T" in value else None
    return f"{localtime(moment):%Y-%m-%d %H:%M}" if moment else str(value)


def table_of(line: Indicator) -> str:
    """The scoring table of an indicator in a sentence."""
    if line.judge:
        text = _("评分即得分，0 至 100")
    else:
        steps = _("、").join(f"{plain(x)} → {plain(p)}" for x, p in line.steps)
        shape = Shape(line.shape).label
        text = _("%(shape)s：%(steps)s") % {"shape": shape, "steps": steps}
    if line.missing == Missing.POINTS:
        return _("%(text)s；缺数据得 %(points)s 分") % {
            "text": text,
            "points": plain(line.missing_points),
        }
    return _("%(text)s；缺数据不计") % {"text": text}


def why_class(definition: Definition, score: RatingScore) -> str:
    """Why that class is proposed, in a sentence."""
    strategic = score.details.get(definition.strategic_code, {}).get("points")
    value = {"score": score.joined, "grade": grade(definition.bands, score.joined)}
    match score.klass:
        case Klass.INTERNAL:
            return _("系统内单位，按性质为内部客户（附件 2.7）。")
        case Klass.STRATEGIC if strategic is None:
            return _("集团本轮未评战略价值，维持战略客户（附件 2.5）。")
        case Klass.STRATEGIC:
            return (
                _("客户得分 %(score)s（%(grade)s），集团评的战略价值达到要求（附件 2.5）。") % value
            )
        case Klass.VIP:
            return _("客户得分 %(score)s（%(grade)s），达到 VIP 客户的等级（附件 2.6）。") % value
    return _("客户得分 %(score)s（%(grade)s），未达 VIP 客户的等级（附件 2.8）。") % value


def main_reasons(score: RatingScore, before: RatingScore | None, most: int = 3) -> str:
    """The indicators that moved a score most, largest first."""
    if before is None:
        return ""
    names = {
        line.code: line.name
        for row in (before, score)
        for line in parse(row.round.scheme.definition).indicators
    }
    now, then = contributions(score.details), contributions(before.details)
    moved = sorted(
        ((rounded(now.get(code, ZERO) - then.get(code, ZERO)), code) for code in {*now, *then}),
        key=lambda pair: (-abs(pair[0]), pair[1]),
    )
    return _("；").join(f"{names[code]} {by:+f}" for by, code in moved[:most] if by)
