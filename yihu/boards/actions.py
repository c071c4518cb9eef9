"""Figures of touched units are reckoned anew, set-based; a sweep finds what nobody heard of."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from yihu.boards.models import FileFact, Flow, Standing, Stock, Touched
from yihu.boards.rules import BANDS, year_before
from yihu.care.queries import SQL as CARE
from yihu.contracts.choices import Source
from yihu.dossiers.filled import filled_of
from yihu.guide.models import Edition
from yihu.guide.rules import parse
from yihu.kit.turns import take_turn
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind

SQL = Path(__file__).parent / "sql"


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
        reckon([unit], today=today, at=at)
    return len(units)


@transaction.atomic
def reckon(units: Sequence[int], *, today: date, at: datetime) -> None:
    """All figures of these units; what was touched until now is in them."""
    keys = list(units)
    for unit in sorted(keys):
        take_turn("boards", unit)
    seen = list(Touched.objects.filter(unit__in=keys).values_list("pk", flat=True))
    month = today.replace(day=1)
    following = (month + timedelta(days=32)).replace(day=1)
    values: dict[str, Any] = {
        "units": keys, "today": today, "month": month, "next": following,
        "year": date(today.year, 1, 1), "before": date(today.year - 1, 1, 1),
        "until_before": year_before(month),
        "pipeline": list(BANDS[Source.PIPELINE]), "lng": list(BANDS[Source.LNG]),
    }  # fmt: skip
    FileFact.objects.filter(unit__in=keys, dossier__state="closed").delete()
    takeorpay = (CARE / "takeorpay.sql").read_text("utf-8")
    _run(_read("files").replace("{takeorpay}", takeorpay), values)
    for edition in Edition.objects.filter(published_at__isnull=False):
        filled = filled_of(parse(edition.definition), composed=True)
        statement = _read("filled").replace("{filled}", filled.filled)
        _run(statement.replace("{required}", filled.required), {**values, "edition": edition.pk})
    Stock.objects.filter(unit__in=keys).delete()
    _run(_read("stock"), values)
    Flow.objects.filter(unit__in=keys).delete()
    _run(_read("flow"), values)
    for unit in keys:
        Standing.objects.update_or_create(unit_id=unit, defaults={"reckoned_at": at, "day": today})
    Touched.objects.filter(pk__in=seen).delete()


def _read(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


def _run(statement: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
