"""A round computed for all files at once: one statement an indicator, one for the scores (§6.1.3).

The same arithmetic as `rules`, in SQL over sets; the numbers of a scheme's tables go in as
parameters of a CASE, so a file costs no look-up. Part of the caller's transaction; the same data
give the same rows to the last digit, in whatever order they lie.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

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
    with connection.cursor() as cursor:
        # fresh tables have no statistics, and under row security the planner then expects next
        # to nothing: it would walk one table for each row of another
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute("SET LOCAL work_mem = '96MB'")
        _run(cursor, "gather.sql", given)
        for line in definition.indicators:
            _points(cursor, line, given)
        cursor.execute("ANALYZE rating_points")
        cursor.execute("DELETE FROM ratings_ratingscore WHERE round_id = %(round)s", given)
        files = _scores(cursor, definition, given)
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
        cursor.execute("SET LOCAL work_mem TO DEFAULT")
    return files


def months_back(day: date, months: int) -> date:
    """The first day of the month that lies so many months before the day's."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _run(cursor: CursorWrapper, name: str, given: dict[str, Any]) -> None:
    cursor.execute((SQL / name).read_text("utf-8"), given)


JUDGED = """
SELECT j.dossier_id, j.points AS input, jsonb_build_object('by', u.name, 'at', j.at) AS evidence
FROM ratings_ratingjudgement j JOIN access_user u ON u.id = j.by_id
WHERE j.round_id = %(round)s AND j.code = %(code)s AND j.points IS NOT NULL
"""
POINTS = """
INSERT INTO rating_points (dossier_id, code, weight, input, points, evidence)
SELECT dossier_id, %(code)s, %(weight)s, input, {points}, evidence
FROM (
    SELECT f.dossier_id, round(s.input, {digits}) AS input, s.evidence
    FROM rating_file f LEFT JOIN ({source}) s ON s.dossier_id = f.dossier_id
) read
"""


def _points(cursor: CursorWrapper, line: Indicator, given: dict[str, Any]) -> None:
    case, numbers = _case(line)
    source = JUDGED if line.judge else sources()[line.source].sql
    cursor.execute(
        POINTS.format(points=case, source=source, digits=DIGITS),
        {**given, **numbers, "code": line.code, "weight": line.weight},
    )


def _case(line: Indicator) -> tuple[str, dict[str, Decimal | None]]:
    """The table of an indicator as a CASE over `input`, and its numbers."""
    missing = line.missing_points if line.missing == Missing.POINTS else None
    numbers: dict[str, Decimal | None] = {"missing": missing}
    whens = ["WHEN input IS NULL THEN %(missing)s::numeric"]
    if line.judge:
        return f"CASE {whens[0]} ELSE round(input, 2) END", numbers
    for place, (x, p) in enumerate(line.steps):
        numbers |= {f"x{place}": x, f"p{place}": p}
    whens.append("WHEN input < %(x0)s THEN round(%(p0)s, 2)")
    for place in range(len(line.steps) - 1):
        here, then = place, place + 1
        value = f"%(p{here})s"
        if line.shape == Shape.LINE:
            value += (
                f" + (input - %(x{here})s) * (%(p{then})s - %(p{here})s)"
                f" / (%(x{then})s - %(x{here})s)"
            )
        whens.append(f"WHEN input < %(x{then})s THEN round({value}, 2)")
    last = len(line.steps) - 1
    return f"CASE {' '.join(whens)} ELSE round(%(p{last})s, 2) END", numbers


def _scores(cursor: CursorWrapper, definition: Definition, given: dict[str, Any]) -> int:
    grades = {f"grade{place}": band.grade for place, band in enumerate(definition.bands)}
    leasts = {f"least{place}": band.least for place, band in enumerate(definition.bands)}
    case = " ".join(
        f"WHEN files.score >= %(least{place})s THEN %(grade{place})s"
        for place in range(len(definition.bands))
    )
    query = (SQL / "score.sql").read_text("utf-8").replace("/* grade */", f"CASE {case} END")
    cursor.execute(
        query,
        {
            **given,
            **grades,
            **leasts,
            "weighted": definition.joining == Joining.WEIGHTED,
            "strategic_code": definition.strategic_code,
            "strategic_points": definition.strategic_least,
            "strategic_score": definition.least_of(definition.strategic_from),
            "vip_score": definition.least_of(definition.vip_from),
        },
    )
    return int(cursor.rowcount)
