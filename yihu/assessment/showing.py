"""A unit's lines, trends and radars as pages show them: plain values, each with its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from yihu.assessment import queries, rules
from yihu.assessment.models import Assessment, Line
from yihu.assessment.rules import Measure, parse
from yihu.assessment.sources import SOURCE, Source
from yihu.ratings.explain import table_of
from yihu.ratings.rules import plain

DASH = "—"


@dataclass(frozen=True, slots=True)
class Told:
    """A line in words. `part`: numerator and denominator, or how many entries."""

    line: Line
    source: Source
    name: str
    clause: str
    value: str
    part: str
    points: str
    weight: str
    gives: str
    before: str
    table: str


def tell(held: Assessment, lines: Sequence[Line], before: Mapping[str, Decimal]) -> list[Told]:
    """The lines that the scheme scores, in order. `before`: points by line a period earlier."""
    definition = parse(held.scheme.definition)
    found = []
    for line in lines:
        source = SOURCE[line.code]
        said = definition.indicator(line.code)
        if said is None and source.kind != Measure.BONUS:
            continue
        then = before.get(line.code)
        found.append(
            Told(
                line=line,
                source=source,
                name=said.name if said else str(source.name),
                clause=said.clause if said else source.clause,
                value=_value(line, source),
                part=_part(line, source),
                points=f"{line.points}" if line.points is not None else _counts(source),
                weight=plain(said.weight) if said else DASH,
                gives=DASH if line.points is None and said else f"{line.gives}",
                before=f"{then}" if then is not None else DASH,
                table=table_of(said)
                if said
                else _("直接加入总分，最多 %(most)s 分") % {"most": plain(definition.bonus_most)},
            )
        )
    return found


def _counts(source: Source) -> str:
    return DASH if source.kind == Measure.BONUS else _("不计")


def _value(line: Line, source: Source) -> str:
    if line.value is None:
        return _("无数据")
    return f"{plain(line.value)}%" if source.kind == Measure.SHARE else plain(line.value)


def _part(line: Line, source: Source) -> str:
    if source.kind != Measure.SHARE:
        return _("%(n)d 条记录") % {"n": line.bottom}
    said = f"{line.top} / {line.bottom}"
    return f"{said}（+{plain(line.adjusted)}）" if line.adjusted else said


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the table that says the same: a line for each label, a column for each series.

    `kind`: `line` or `radar`.
    """

    code: str
    kind: str
    title: str
    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[Decimal | None]]]

    @property
    def data(self) -> dict[str, Any]:
        """What the script draws."""
        return {
            "kind": self.kind, "labels": list(self.labels),
            "series": [
                {"name": name, "values": [None if v is None else str(v) for v in values]}
                for name, values in self.series
            ],
        }  # fmt: skip

    @property
    def table(self) -> list[tuple[str, list[str]]]:
        """Cells by label."""
        return [
            (name, [DASH if values[at] is None else f"{values[at]}" for _series, values in
                    self.series])
            for at, name in enumerate(self.labels)
        ]  # fmt: skip


def trend(held: Assessment, units: Sequence[tuple[int, str]]) -> Chart | None:
    """The scores of these units over the last periods of the kind; None of one period."""
    periods, scores = queries.trend(held)
    if len(periods) < 2:
        return None
    return Chart(
        "trend",
        "line",
        _("得分走势"),
        [rules.label(one.year, one.period) for one in periods],
        [
            (name, [scores.get(unit, {}).get(one.pk) for one in periods])
            for unit, name in units
        ],
    )  # fmt: skip


def radar(
    lines: Sequence[Told], name: str, beside: Sequence[tuple[str, Mapping[str, Decimal]]]
) -> Chart | None:
    """A unit's points by line, and others beside them; None of fewer than three lines."""
    counted = [one for one in lines if one.line.points is not None]
    if len(counted) < 3:
        return None
    return Chart(
        "radar",
        "radar",
        _("各项得分"),
        [one.name for one in counted],
        [
            (name, [one.line.points for one in counted]),
            *(
                (label, [points.get(one.line.code) for one in counted])
                for label, points in beside
                if points
            ),
        ],
    )
