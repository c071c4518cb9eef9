"""A batch of rows through the same reading, planning and writing as a ledger of its kind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.intake.actions import NotWhole, hold_imports, import_read
from yihu.intake.columns import Column, Facts
from yihu.intake.kinds import KINDS
from yihu.intake.policy import may_import
from yihu.intake.queries import read_through, verdicts
from yihu.intake.rules import Problem
from yihu.intake.sheet import Checked, Claimed, Layout, Ledger
from yihu.interface.queries import NAMED_BY, held_states
from yihu.interface.rules import KEPT, row_tag
from yihu.kit.batch import Answer, once
from yihu.kit.sheet import Row, Sheet
from yihu.kit.turns import take_turn
from yihu.org.models import OrgUnit

LONGEST_EXPONENT = 30
Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field of a row, counted from 1."""

    row: int
    field: str
    code: str
    message: str

    def plain(self) -> dict[str, Any]:
        """As the answer says it."""
        return {"row": self.row, "field": self.field, "code": self.code, "message": self.message}


class Wrong(Exception):
    """Rows that cannot be taken, so none was."""

    def __init__(self, problems: Sequence[Fault]) -> None:
        super().__init__(len(problems))
        self.problems = problems


class Overtaken(Exception):
    """Rows that somebody changed after they were read, so none was written."""

    def __init__(self, problems: Sequence[Fault]) -> None:
        super().__init__(len(problems))
        self.problems = problems


def columns_of(kind: str) -> tuple[Column, ...]:
    """The fields of a row."""
    return KINDS[kind].columns


def written_out(figure: str) -> str:
    """1.5E3 → 1500; what no cell could hold stays as it is, and is refused as one."""
    _mantissa, mark, exponent = figure.lower().partition("e")
    if not mark or len(figure) > 60 or abs(int(exponent)) > LONGEST_EXPONENT:
        return str(figure)
    return f"{Decimal(figure):f}"


@transaction.atomic
def take(
    by: User,
    unit: OrgUnit,
    *,
    kind: str,
    key: str,
    body: bytes,
    rows: Sequence[Cells],
    tags: Mapping[int, str],
    today: date,
    at: datetime,
) -> Answer:
    """Write the whole batch, or answer as the first time.

    `tags`: of rows, counted from 1, the state in which they were read; a row without one is
    written over whatever is there. Raises: Denied, Overtaken, Wrong, Reused.
    """
    require(may_import(by, unit.pk), _("导入本单位数据的"))
    take_turn("interface.call", by.pk)  # two of one key at once
    by.batches.filter(at__lt=at - KEPT).delete()

    def make() -> dict[str, Any]:
        return _written(
            by, unit, kind=kind, key=key, body=body, rows=rows, tags=tags, today=today, at=at
        )

    said = f"{kind}:{unit.code}:".encode() + body
    return once(by.batches, key=key, said=said, at=at, make=make)


def _written(
    by: User,
    unit: OrgUnit,
    *,
    kind: str,
    key: str,
    body: bytes,
    rows: Sequence[Cells],
    tags: Mapping[int, str],
    today: date,
    at: datetime,
) -> dict[str, Any]:
    ledger = _ledger(kind, rows)
    checked = list(ledger.rows())
    if overtaken := _overtaken(unit, kind, checked, tags):
        raise Overtaken(overtaken)
    read_rows = {one.row for one in checked}
    passed_over = [
        Fault(row, "", "missing_value", _("这一行是空的，或像合计、说明；请填写或删去。"))
        for row in range(1, len(rows) + 1)
        if row not in read_rows
    ]
    try:
        if passed_over:
            raise Wrong([*passed_over, *_faults(kind, [p for o in checked for p in o.problems])])
        seen = import_read(
            by, unit, read_through(ledger, rows=checked), kind=kind,
            name=f"{_('接口')}-{key}.json", content=body, today=today, at=at, whole=True,
        )  # fmt: skip
    except NotWhole as why:
        raise Wrong(_faults(kind, why.rejected)) from why
    with connection.cursor() as cursor:
        outcomes = verdicts(cursor)
    return {
        "new": seen.new,
        "changed": seen.changed,
        "unchanged": seen.unchanged,
        "rows": [{"row": row, "outcome": outcome} for row, outcome in outcomes],
        "warnings": [fault.plain() for fault in _faults(kind, seen.warnings)],
    }


def _overtaken(
    unit: OrgUnit, kind: str, checked: Sequence[Checked], tags: Mapping[int, str]
) -> list[Fault]:
    """Rows in another state than they were read in; those that are not stay so until the end."""
    if not tags:
        return []
    places = [list(KINDS[kind].staged).index(field) for field in NAMED_BY[kind].fields]
    names = {
        one.row: tuple(one.values[place] for place in places)
        for one in checked
        if one.row in tags and not one.problems
    }
    if not names:
        return []
    with connection.cursor() as cursor:
        hold_imports(cursor, unit.pk)  # before any row, as every import does
    held = held_states(kind, unit.pk, names.values())
    said = _("您读取之后这一行已被他人修改，请重新读取，核对后再写。")
    return [
        Fault(row, "etag", "changed_meanwhile", said)
        for row, name in names.items()
        if name not in held or row_tag(held[name]) != tags[row]
    ]


def _faults(kind: str, problems: Sequence[Problem]) -> list[Fault]:
    field_of = {column.label: column.field for column in columns_of(kind)}
    return [Fault(one.row, field_of.get(one.column, ""), one.code, one.message) for one in problems]


def _ledger(kind: str, rows: Sequence[Cells]) -> Ledger:
    """The batch as a sheet whose header has every column of the kind, its rows from 1 on."""
    columns = columns_of(kind)

    def lines() -> Iterator[Row]:
        for number, row in enumerate(rows, 1):
            yield number, [row.get(column.field, "") for column in columns]

    layout = Layout(
        sheet=Sheet(kind, False, lines, lambda: len(rows)),
        header_row=0,
        header_rows=1,
        claimed=tuple(Claimed(at, one, one.label, "") for at, one in enumerate(columns)),
        unknown=(),
        facts=Facts(),
        other_sheets=(),
    )
    return Ledger(KINDS[kind], layout)
