"""A round computed for all files at once: one pass over the months, one statement (§6.1.3).

The same arithmetic as `rules`, in SQL over sets; the numbers of a scheme's tables go in as
parameters of a CASE, so a file costs no look-up. Part of the caller's transaction; the same data
give the same rows to the last digit, in whatever order they lie.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from yihu.kit.sets import by_sets
from yihu.ratings.indicators import sources
from yihu.ratings.models import RatingRound
from yihu.ratings.rules import Definition, Indicator, Joining, Missing, Shape

SQL = Path(__file__).parent / "sql"
DIGITS = 4
"""Inputs are rounded to so many digits before points are read off."""


def compute_scores(rating: RatingRound, definition: Definition) -> int:
    """Replace the round's scores by those of its data as they stand; returns how many files."""
    cut_off = rating.cut_off_on
    given: dict[str, Any] = {
        "round": rating.pk,
        "year": rating.year,
        "beside": rating.beside_id,
        "cut_off_on": cut_off,
        "since": months_back(cut_off, 11),
        "before": months_back(cut_off, 23),
        "last": months_back(cut_off, 0),
        "lng": definition.lng_wan_m3_per_t,
    }
    with connection.cursor() as cursor, by_sets():
        _run(cursor, "gather.sql", given)
        cursor.execute("DELETE FROM ratings_ratingscore WHERE round_id = %(round)s", given)
        return _scores(cursor, definition, given)


def months_back(day: date, months: int) -> date:
    """The first day of the month that lies so many months before the day's."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _run(cursor: CursorWrapper, name: str, given: dict[str, Any]) -> None:
    cursor.execute((SQL / name).read_text("utf-8"), given)


JUDGED = """
SELECT j.dossier_id, j.points AS input, u.name AS by, j.at
FROM ratings_ratingjudgement j JOIN access_user u ON u.id = j.by_id
WHERE j.round_id = %(round)s AND j.code = %(code)s AND j.points IS NOT NULL
"""
BY = ("by", "at")
"""The evidence of what is judged."""
LINES_A_CALL = 16
"""A function takes a hundred arguments; a line has six figures at most."""


def lines_of(definition: Definition) -> list[dict[str, Any]]:
    """What the figures of a score are, in their order, as `rules.unfold` reads them."""
    return [
        {"code": line.code, "weight": str(line.weight), "evidence": list(_evidence(line))}
        for line in definition.indicators
    ]


def _evidence(line: Indicator) -> Iterable[str]:
    return BY if line.judge else sources()[line.source].evidence


class _Column:
    """An indicator as columns of the one statement: input, points, evidence and parameters."""

    def __init__(self, place: int, line: Indicator) -> None:
        self.line, self.name = line, f"i{place}"
        self.of_months = None if line.judge else sources()[line.source].of_months
        self.evidence = {key: f"{self.name}_{key}" for key in _evidence(line)}
        self.given: dict[str, Any] = {
            f"{self.name}_code": line.code,
            f"{self.name}_weight": line.weight,
        }

    @property
    def inputs(self) -> str:
        """The input and the figures behind it."""
        if months := self.of_months:
            read = {key: self._if_given(months.evidence[key]) for key in self.evidence}
            value = self._if_given(months.input)
        else:
            read = {key: f"{self.name}.{key}" for key in self.evidence}
            value = f"{self.name}.input"
        return ", ".join(
            (
                f"round({value}, {DIGITS}) AS {self.name}_input",
                *(f"{read[key]} AS {column}" for key, column in self.evidence.items()),
            )
        )

    def _if_given(self, value: str) -> str:
        assert self.of_months is not None
        return f"CASE WHEN {self.of_months.given} THEN {value} END"

    @property
    def source(self) -> str:
        """The join to what it reads, where that is not the months, which are there already."""
        if self.of_months:
            return ""
        said = JUDGED if self.line.judge else sources()[self.line.source].sql
        named = said.replace("%(code)s", self._at("code"))
        return f"LEFT JOIN ({named}) {self.name} ON {self.name}.dossier_id = f.dossier_id"

    @property
    def points(self) -> str:
        """The table of the indicator as a CASE over its input."""
        line, value = self.line, f"{self.name}_input"
        missing = line.missing_points if line.missing == Missing.POINTS else None
        whens = [f"WHEN {value} IS NULL THEN {self._number('missing', missing)}::numeric"]
        if line.judge:
            return f"CASE {whens[0]} ELSE round({value}, 2) END AS {self.name}_points"
        steps = [
            (self._number(f"x{place}", x), self._number(f"p{place}", p))
            for place, (x, p) in enumerate(line.steps)
        ]
        whens.append(f"WHEN {value} < {steps[0][0]} THEN round({steps[0][1]}, 2)")
        for (x, p), (then_x, then_p) in pairwise(steps):
            slope = f" + ({value} - {x}) * ({then_p} - {p}) / ({then_x} - {x})"
            here = p + slope if line.shape == Shape.LINE else p
            whens.append(f"WHEN {value} < {then_x} THEN round({here}, 2)")
        last = f"round({steps[-1][1]}, 2)"
        return f"CASE {' '.join(whens)} ELSE {last} END AS {self.name}_points"

    @property
    def weighted(self) -> str:
        return f"coalesce({self._at('weight')} * {self.name}_points, 0)"

    @property
    def weight(self) -> str:
        return f"CASE WHEN {self.name}_points IS NULL THEN 0 ELSE {self._at('weight')} END"

    @property
    def figures(self) -> str:
        """What is kept of it, as `lines_of` names it."""
        return ", ".join((f"{self.name}_input", f"{self.name}_points", *self.evidence.values()))

    def _at(self, what: str) -> str:
        return f"%({self.name}_{what})s"

    def _number(self, what: str, value: Decimal | None) -> str:
        self.given[f"{self.name}_{what}"] = value
        return self._at(what)


def _figures(columns: Sequence[_Column]) -> str:
    some = (columns[at : at + LINES_A_CALL] for at in range(0, len(columns), LINES_A_CALL))
    calls = (", ".join(column.figures for column in few) for few in some)
    return " || ".join(f"jsonb_build_array({call})" for call in calls)


def _scores(cursor: CursorWrapper, definition: Definition, given: dict[str, Any]) -> int:
    grades = {f"grade{place}": band.grade for place, band in enumerate(definition.bands)}
    leasts = {f"least{place}": band.least for place, band in enumerate(definition.bands)}
    case = " ".join(
        f"WHEN s.score >= %(least{place})s THEN %(grade{place})s"
        for place in range(len(definition.bands))
    )
    columns = [_Column(place, line) for place, line in enumerate(definition.indicators)]
    strategic = [c.name for c in columns if c.line.code == definition.strategic_code]
    parts = {
        "inputs": ", ".join(column.inputs for column in columns),
        "sources": " ".join(column.source for column in columns),
        "points": ", ".join(column.points for column in columns),
        "weighted": " + ".join(column.weighted for column in columns),
        "weights": "(" + " + ".join(column.weight for column in columns) + ")",
        "strategic": f"{strategic[0]}_points" if strategic else "NULL::numeric",
        "grade": f"CASE {case} END",
        "figures": _figures(columns),
    }
    query = (SQL / "score.sql").read_text("utf-8")
    for name, part in parts.items():
        query = query.replace(f"/* {name} */", part)
    cursor.execute(
        query,
        {
            **given,
            **grades,
            **leasts,
            **{name: value for column in columns for name, value in column.given.items()},
            "weighted": definition.joining == Joining.WEIGHTED,
            "strategic_code": definition.strategic_code,
            "strategic_points": definition.strategic_least,
            "strategic_score": definition.least_of(definition.strategic_from),
            "vip_score": definition.least_of(definition.vip_from),
        },
    )
    return int(cursor.rowcount)
