"""A sample is frozen and drawn, and every automatic check runs over the whole scope (§6.4.1).

The work of the group, in steps that each stand or fall alone: broken off, it goes on where it was.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from yihu.audit import actions as audit
from yihu.customers.credit_code import ALPHABET
from yihu.dossiers.models import Dossier
from yihu.guide.queries import definition_in_force
from yihu.guide.rules import Definition, FieldType, Required
from yihu.inspections.checks import (
    CHECKS,
    HOLLOW,
    LONG_TEXT,
    STILL_DAYS,
    TOLERANCE_YUAN,
    WHOLE,
    Check,
    run_sql,
)
from yihu.inspections.choices import State
from yihu.inspections.models import Inspection, Share
from yihu.inspections.rules import BARE_PERCENT, LATEST, UNSEEN_DAYS
from yihu.kit.clock import SHANGHAI
from yihu.kit.sets import by_sets

SQL = Path(__file__).parent / "sql"
SHARES = """
SELECT unit_id, count(*), count(*) FILTER (WHERE whole), count(*) FILTER (WHERE drawn)
FROM inspections_subject WHERE inspection_id = %s GROUP BY unit_id
"""


def run(key: UUID, *, at: datetime) -> None:
    """Freeze, draw, check; what was done before is not done again."""
    inspection = Inspection.objects.get(pk=key)
    if inspection.state != State.RUNNING:
        return
    if not inspection.population_sha256:
        freeze(key)
    for check in CHECKS:
        if check.code not in inspection.checks_done:
            run_check(key, check)
    conclude(key, at=at)


@transaction.atomic
def freeze(key: UUID) -> None:
    """Every file in scope as of the cut-off, and which of them people look at."""
    inspection = _held(key)
    given = {**_given(inspection), **_frame(inspection)}
    with connection.cursor() as cursor:
        with by_sets():
            cursor.execute((SQL / "freeze.sql").read_text("utf-8"), given)
        cursor.execute((SQL / "digests.sql").read_text("utf-8"), given)
        population, drawn, all_sha256, drawn_sha256 = cursor.fetchone()
        cursor.execute(SHARES, [key])
        Share.objects.bulk_create(
            Share(
                unit_id=unit, inspection=inspection, checked=checked, population=whole, drawn=some
            )
            for unit, checked, whole, some in cursor.fetchall()
        )
    inspection.population, inspection.drawn = population, drawn
    inspection.population_sha256, inspection.draw_sha256 = all_sha256, drawn_sha256
    inspection.save(update_fields=["population", "drawn", "population_sha256", "draw_sha256"])
    audit.record(
        None,
        "inspection.drawn",
        inspection,
        unit_id=inspection.owner_id,
        data={
            "seed": inspection.seed, "method": inspection.method, "amount": inspection.amount,
            "minimum": inspection.minimum, "weighted": inspection.weighted,
            "population": population, "drawn": drawn, "population_sha256": all_sha256,
            "draw_sha256": drawn_sha256,
        },
    )  # fmt: skip


@transaction.atomic
def run_check(key: UUID, check: Check) -> None:
    """One check over all frozen files, in one statement."""
    inspection = _held(key)
    if inspection.state != State.RUNNING or check.code in inspection.checks_done:
        return
    given = {**_given(inspection), "code": check.code, "whole": check.scope == WHOLE}
    with connection.cursor() as cursor, by_sets():
        cursor.execute(run_sql(check), given)
    inspection.checks_done = [*inspection.checks_done, check.code]
    inspection.save(update_fields=["checks_done"])


@transaction.atomic
def conclude(key: UUID, *, at: datetime) -> None:
    """All checks have run: people may begin."""
    inspection = _held(key)
    if inspection.state != State.RUNNING:
        return
    inspection.state, inspection.checked_at, inspection.failed = State.OPEN, at, ""
    inspection.save(update_fields=["state", "checked_at", "failed"])
    audit.record(
        None,
        "inspection.checked",
        inspection,
        unit_id=inspection.owner_id,
        data={"checks": len(inspection.checks_done), "failures": inspection.results.count()},
    )


@transaction.atomic
def give_up(key: UUID, why: str) -> None:
    """It broke: whoever leads sees it and may go on from where it was."""
    Inspection.objects.filter(pk=key, state=State.RUNNING).update(failed=why[:60])


def _held(key: UUID) -> Inspection:
    found: Inspection = Inspection.objects.select_for_update().get(pk=key)
    return found


def moment_after(day: date) -> datetime:
    """The end of that day in Shanghai: what came before it was there by then."""
    return datetime.combine(day + timedelta(days=1), time(0), SHANGHAI)


def _given(inspection: Inspection) -> dict[str, Any]:
    guide = definition_in_force(inspection.cutoff_on)
    return {
        "inspection": inspection.pk,
        "cutoff": inspection.cutoff_on,
        "moment": moment_after(inspection.cutoff_on),
        "since": inspection.period_start,
        "until": inspection.period_end,
        "alphabet": ALPHABET,
        "hollow": list(HOLLOW),
        "long_text": LONG_TEXT,
        "still_days": STILL_DAYS,
        "tolerance": TOLERANCE_YUAN,
        **(_of_guide(guide[1]) if guide is not None else _of_guide(Definition((), {}))),
    }


def _of_guide(definition: Definition) -> Mapping[str, list[Any]]:
    """The required fields with their conditions, and the texts, as arrays for the statements."""
    wanted = [
        field
        for field in definition
        if field.counted and field.required in (Required.ALWAYS, Required.WHEN)
    ]
    columns = [field for field in definition if field.stored == "dossiers" and field.column]
    texts = [field for field in definition if field.type == FieldType.TEXT and field.counted]
    return {
        "wanted": [field.code for field in wanted],
        "always": [field.required == Required.ALWAYS for field in wanted],
        "classes": [",".join(field.classes) for field in wanted],
        "uses": [",".join(field.gas_uses) for field in wanted],
        "others": [field.when.field if field.when else "" for field in wanted],
        "any_of": [",".join(field.when.any_of) if field.when else "" for field in wanted],
        "none_of": [",".join(field.when.none_of) if field.when else "" for field in wanted],
        "codes": [field.code for field in columns],
        "columns": [_column(field.column) for field in columns],
        "texts": [field.code for field in texts if field.long or field.required == Required.ALWAYS],
        "long": [field.code for field in texts if field.long and field.section != "basic"],
    }


def _frame(inspection: Inspection) -> dict[str, Any]:
    return {
        "seed": inspection.seed,
        "klasses": list(inspection.klasses),
        "units": list(inspection.units),
        "offtake": inspection.offtake,
        "method": inspection.method,
        "amount": inspection.amount,
        "minimum": inspection.minimum,
        "weighted": inspection.weighted,
        "latest": LATEST,
        "bare_percent": BARE_PERCENT,
        "unseen_days": UNSEEN_DAYS,
    }


def _column(name: str) -> str:
    """What the database calls a field of the file."""
    field: Any = Dossier._meta.get_field(name)
    return str(field.column)
