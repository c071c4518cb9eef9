"""Figures of touched files are reckoned anew, set-based; a sweep finds what nobody heard of."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from yihu.boards.models import FileFact, Flow, Standing, Stock, Touched
from yihu.boards.rules import BANDS, year_before
from yihu.care.queries import SQL as CARE
from yihu.contracts.choices import Source
from yihu.dossiers.filled import filled_of
from yihu.guide.models import Edition
from yihu.guide.rules import parse
from yihu.kit.sets import by_sets
from yihu.kit.turns import take_turn
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind

SQL = Path(__file__).parent / "sql"


FEW = 400
"""Up to so many touched files of a unit are reckoned one by one, beyond them all of the unit."""
Row = Mapping[str, Any]


def waiting(today: date) -> list[int]:
    """Units that were touched, or whose figures are of another day."""
    fresh = Standing.objects.filter(day=today).values("unit")
    rows = OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    swept = set(rows.exclude(pk__in=fresh).values_list("pk", flat=True))
    return sorted(swept | set(Touched.objects.values_list("unit", flat=True).distinct()))


def refresh(*, today: date, at: datetime) -> int:
    """Every waiting unit, each in a transaction of its own; how many."""
    units = waiting(today)
    for unit in units:
        reckon_touched(unit, today=today, at=at)
    return len(units)


@transaction.atomic
def reckon_touched(unit: int, *, today: date, at: datetime) -> None:
    """The files that were touched, or all where it is another day or nobody knows which."""
    take_turn("boards", unit)
    seen = dict(Touched.objects.filter(unit=unit).values_list("pk", "file"))
    files = set(seen.values())
    standing = Standing.objects.filter(unit=unit, day=today).exists()
    if standing and None not in files and len(files) <= FEW:
        _files(unit, [key for key in files if key is not None], today)
        _stands([unit], seen, today=today, at=at)
    else:
        reckon([unit], today=today, at=at)


@transaction.atomic
def reckon(units: Sequence[int], *, today: date, at: datetime) -> None:
    """All figures of these units; what was touched until now is in them."""
    keys = list(units)
    for unit in sorted(keys):
        take_turn("boards", unit)
    seen = list(Touched.objects.filter(unit__in=keys).values_list("pk", flat=True))
    values = {**_days(today), "units": keys}
    FileFact.objects.filter(unit__in=keys, dossier__state="closed").delete()
    Stock.objects.filter(unit__in=keys).delete()
    Flow.objects.filter(unit__in=keys).delete()
    with by_sets():
        _facts(values, _all_of)
        for name in ("stock", "flow"):
            _run(_read(name).replace("{group}", "true"), values)
    _stands(keys, seen, today=today, at=at)


def _files(unit: int, files: Sequence[UUID], today: date) -> None:
    """Some files, and the sums of the groups that they are in or were in."""
    values = {**_days(today), "units": [unit], "files": list(files)}
    mine = FileFact.objects.filter(unit=unit, dossier__in=files)
    groups = set(mine.values_list(*GROUP))
    mine.filter(dossier__state="closed").delete()
    _facts(values, _some_of)
    groups |= set(mine.values_list(*GROUP))
    values["groups"] = ["|".join(group) for group in sorted(groups)]
    for name in ("stock", "flow"):
        _run(DROP.format(name=name), values)
        _run(_read(name).replace("{group}", OF_GROUP), values)


def _stands(
    units: Sequence[int], seen: Collection[int], *, today: date, at: datetime
) -> None:  # fmt: skip
    for unit in units:
        Standing.objects.update_or_create(unit_id=unit, defaults={"reckoned_at": at, "day": today})
    Touched.objects.filter(pk__in=seen).delete()


GROUP = ("klass", "province", "gas_use", "supply")
"""What sums are kept by, within a unit."""
OF_GROUP = (
    "f.klass || '|' || f.province || '|' || f.gas_use || '|' || f.supply = ANY (%(groups)s::text[])"
)
DROP = "DELETE FROM boards_{name} f WHERE f.unit_id = ANY (%(units)s) AND " + OF_GROUP


def _all_of(table: str, file: str) -> str:
    """The rows of the units."""
    return f"{table}unit_id = ANY (%(units)s)"


def _some_of(table: str, file: str) -> str:
    """Those of some of their files, by the column that names the file."""
    return f"{_all_of(table, file)} AND {table}{file} = ANY (%(files)s::uuid[])"


def _days(today: date) -> dict[str, Any]:
    month = today.replace(day=1)
    return {
        "today": today, "month": month, "next": (month + timedelta(days=32)).replace(day=1),
        "year": date(today.year, 1, 1), "before": date(today.year - 1, 1, 1),
        "older": date(today.year - 2, 1, 1), "until_before": year_before(month),
        "pipeline": list(BANDS[Source.PIPELINE]), "lng": list(BANDS[Source.LNG]),
    }  # fmt: skip


def _facts(values: Row, bound: Callable[[str, str], str]) -> None:
    """The rows of files, and the required fields of versions not counted yet."""
    bounds = {
        "these": bound("", "dossier_id"), "there": bound("d.", "id"),
        "theirs": f"o.unit_id = ANY (%(units)s) AND {bound('c.', 'dossier_id')}",
        "of_file": bound("b.", "dossier_id"),
    }  # fmt: skip
    takeorpay = (CARE / "takeorpay.sql").read_text("utf-8")
    _run(_filled_in(_read("files"), {**bounds, "takeorpay": takeorpay}), values)
    for edition in Edition.objects.filter(published_at__isnull=False):
        filled = filled_of(parse(edition.definition), composed=True)
        parts = {**bounds, "filled": filled.filled, "required": filled.required}
        _run(_filled_in(_read("filled"), parts), {**values, "edition": edition.pk})


def _filled_in(statement: str, parts: Mapping[str, str]) -> str:
    for name, said in parts.items():
        statement = statement.replace(f"{{{name}}}", said)
    return statement


def _read(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


def _run(statement: str, values: Row) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
