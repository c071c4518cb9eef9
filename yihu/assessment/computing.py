"""Facts are frozen for all units at once, a statement a line; then the scheme scores them (§6.4.2).

Part of the caller's transaction. What is scored is what was frozen: scored again, by the same
scheme, it gives the same to the last digit.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection

from yihu.assessment.models import Assessment, Line, UnitScore
from yihu.assessment.queries import assessed_units, facts_of
from yihu.assessment.rules import Scored, assess, parse
from yihu.assessment.sources import SOURCES
from yihu.dossiers.filled import filled_of
from yihu.guide.models import Edition
from yihu.guide.rules import parse as parse_guide
from yihu.kit.clock import SHANGHAI
from yihu.kit.sets import by_sets
from yihu.ratings.rules import ZERO

SQL = Path(__file__).parent / "sql"
NOT_OWN = ("M", "T")
"""Who keeps a field of the guide up, where it is not the unit: headquarters, the platform."""


def freeze(held: Assessment) -> None:
    """Take the facts of the period as they stand, in place of those taken before."""
    values: dict[str, Any] = {
        "assessment": held.pk,
        "units": assessed_units(held.ends_on),
        "since": held.starts_on,
        "until": held.ends_on,
        "begins": _midnight(held.starts_on),
        "moment": _midnight(held.ends_on + timedelta(days=1)),
    }
    frame = _read("freeze")
    with connection.cursor() as cursor, by_sets():
        cursor.execute("DELETE FROM assessment_line WHERE assessment_id = %(assessment)s", values)
        for source in SOURCES:
            said = source.sql
            if "{whole}" in said:
                said = said.replace("{whole}", _whole())
            given = {**values, "code": source.code, "least": source.least}
            cursor.execute(frame.replace("{source}", said), given)


def score_all(held: Assessment) -> int:
    """Score every unit by the assessment's scheme, in place of what was there; how many."""
    scored = _scored(held)
    _put_lines(held, scored)
    UnitScore.objects.filter(assessment=held).delete()
    UnitScore.objects.bulk_create(
        UnitScore(
            assessment=held, subsidiary_id=unit, score=one.score, base=one.base, bonus=one.bonus
        )
        for unit, one in scored.items()
    )
    _rank(held)
    return len(scored)


def score_again(held: Assessment, unit_id: int) -> None:
    """One unit after an adjustment, and everybody's place."""
    one = _scored(held)[unit_id]
    _put_lines(held, {unit_id: one})
    UnitScore.objects.filter(assessment=held, subsidiary=unit_id).update(
        score=one.score, base=one.base, bonus=one.bonus
    )
    _rank(held)


def _scored(held: Assessment) -> dict[int, Scored]:
    definition = parse(held.scheme.definition)
    return {unit: assess(definition, facts) for unit, facts in facts_of(held).items()}


def _put_lines(held: Assessment, scored: dict[int, Scored]) -> None:
    definition = parse(held.scheme.definition)
    weights = {line.code: line.weight for line in definition.indicators}
    rows = Line.objects.filter(assessment=held, unit__in=scored).values_list("pk", "unit", "code")
    columns: dict[str, list[Any]] = {
        name: [] for name in ("ids", "weights", "values", "points", "gives")
    }
    for pk, unit, code in rows:
        told = scored[unit].lines.get(code)
        weight: Decimal | None = weights.get(code)
        for name, value in (
            ("ids", pk), ("weights", weight if told is None else weight or ZERO),
            ("values", told and told.value), ("points", told and told.points),
            ("gives", told and told.gives),
        ):  # fmt: skip
            columns[name].append(value)
    with connection.cursor() as cursor:
        cursor.execute(_read("lines"), columns)


def _rank(held: Assessment) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_read("rank"), {"assessment": held.pk})


def _whole() -> str:
    """Whether a version is filled, each by the edition of the guide that it was filled by.

    What headquarters or the system fills in is not the unit's to answer for.
    """
    cases = []
    for edition in Edition.objects.filter(published_at__isnull=False).order_by("number"):
        guide = parse_guide(edition.definition)
        own = {code: one for code, one in guide.by_code.items() if one.maintainer not in NOT_OWN}
        part = filled_of(replace(guide, by_code=own), composed=True)
        cases.append(f"WHEN {edition.pk} THEN {part.filled} = {part.required}")
    return f"CASE v.edition_id {' '.join(cases)} ELSE false END" if cases else "false"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _read(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")
