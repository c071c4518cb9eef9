"""Reads of imports, and the classification of a ledger against what is there."""

import json
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast
from uuid import UUID

from django.db.backends.utils import CursorWrapper
from django.db.models import Q
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.contracts.choices import QuantityUnit
from yihu.contracts.models import Contract, Offtake
from yihu.intake import rules
from yihu.intake.choices import ImportState
from yihu.intake.columns import Kind
from yihu.intake.models import Import
from yihu.intake.names import alike
from yihu.intake.plans import PLANS, Plan
from yihu.intake.policy import units_to_import_for
from yihu.intake.rules import RANK, Problem
from yihu.intake.sheet import Checked, Layout, Ledger
from yihu.kit.text import plain_number
from yihu.org.regions import name_of

SHOWN_ROWS = 2000
"""How many rows of each tab a stored preview keeps; counts and digest cover all."""
BATCH = 2000
MEMORY = 4 * 1024 * 1024
CHUNK = 256 * 1024
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row of a tab: its number in the sheet, what it is called, field → [old, new]."""

    row: int
    label: str
    changes: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a ledger would do, row by row.

    `rejected` holds every problem of every rejected row, in row order, the first of a row being
    what it answers with. `digest` stands for all of it. `left_classes`: in how many rows the
    ledger's class gives way to a decision (a rating, headquarters).
    """

    new: int
    changed: int
    unchanged: int
    rejected_rows: int
    rejected: list[Problem]
    warnings: list[Problem]
    digest: str
    rows: dict[str, list[PreviewRow]]
    months: list[str]
    headers: list[str]
    other_sheets: tuple[str, ...]
    left_classes: int

    @property
    def accepted(self) -> int:
        return self.new + self.changed + self.unchanged


# --- staging ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Read:
    """A ledger read through: its rows in COPY's format in a temporary file, and their problems."""

    ledger: Ledger
    lines: IO[str]
    problems: list[Problem]
    count: int


def read_through(
    ledger: Ledger, progress: Progress | None = None, *, rows: Iterable[Checked] | None = None
) -> Read:
    """Check every row, or take only `rows`; no database. `progress` hears of percents.

    Raises: Refused.
    """
    lines = SpooledTemporaryFile(  # noqa: SIM115  # it outlives this call, in `Read`
        MEMORY, "w+", encoding="utf-8", newline="\n"
    )
    problems: list[Problem] = []
    count = 0
    height = max(ledger.layout.sheet.height(), 1)
    for checked in ledger.rows() if rows is None else rows:
        if checked.problems:
            problems.extend(checked.problems)
        values = "\t".join(map(_text, checked.values))
        bad, cleared = "t" if checked.problems else "f", ",".join(checked.cleared)
        lines.write(f"{checked.row}\t{bad}\t{{{cleared}}}\t{values}\n")
        count += 1
        if progress is not None and count % BATCH == 0:
            progress(min(checked.row * 100 // height, 99))
    return Read(ledger, lines, problems, count)


def stage(cursor: CursorWrapper, read: Read) -> None:
    """Bring the rows into the temporary table `intake_row` of this transaction."""
    columns = ", ".join(f"{name} {sql}" for name, sql in read.ledger.kind.staged.items())
    cursor.execute("DROP TABLE IF EXISTS pg_temp.intake_row, pg_temp.intake_verdict")
    cursor.execute(
        "CREATE TEMP TABLE intake_row (row_no integer, bad boolean, cleared text[],"
        f" {columns}) ON COMMIT DROP"
    )
    read.lines.seek(0)
    with cursor.copy("COPY intake_row FROM STDIN") as copy:
        while part := read.lines.read(CHUNK):
            copy.write(part)
    cursor.execute("ANALYZE intake_row")


_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _text(value: Any) -> str:
    """A value in COPY's text format."""
    if value is None:
        return "\\N"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str):
        text = str(value)
        return text if text.isalnum() else text.translate(_ESCAPED)
    if isinstance(value, list):
        inside = ",".join(
            '"' + str(one).replace("\\", "\\\\").replace('"', '\\"') + '"' for one in value
        )
        return ("{" + inside + "}").translate(_ESCAPED)
    return str(value)


# --- classification ---------------------------------------------------------------------------


def _classify_sql(kind: Kind, plan: Plan) -> str:
    compared = plan.compared
    said = {name: f"(new_{name} IS NOT NULL OR '{name}' = ANY (cleared))" for name in compared}
    changed = " OR ".join(
        f"({said[name]} AND new_{name} IS DISTINCT FROM was_{name})" for name in compared
    )
    pairs = ", ".join(
        f"('{name}', was_{name}::text, new_{name}::text, {said[name]})" for name in compared
    )
    found = ", ".join(
        f"CASE WHEN {check.condition} THEN '{check.code}' END" for check in plan.checks
    )
    key = ", ".join(plan.key)
    return f"""
    CREATE TEMP TABLE intake_verdict ON COMMIT DROP AS
    WITH joined AS (
        SELECT r.*, {plan.label} AS label, {plan.known} AS known,
            {"".join(f"{expression} AS {name}, " for name, expression in plan.ids.items())}
            {"".join(f"{new} AS new_{n}, {old} AS was_{n}, " for n, (new, old) in compared.items())}
            array_remove(ARRAY[{found}]::text[], NULL) AS found
        FROM intake_row r {plan.joins}
    ), fit AS (
        SELECT *, NOT bad AND found = '{{}}' AS fits FROM joined
    ), ranked AS (
        SELECT *, CASE WHEN fits THEN
            first_value(row_no) OVER (PARTITION BY fits, {key} ORDER BY row_no) END AS first_row
        FROM fit
    ), judged AS (
        SELECT *, CASE
            WHEN first_row IS DISTINCT FROM row_no THEN NULL
            WHEN NOT known THEN 'new'
            WHEN {changed} THEN 'changed'
            ELSE 'unchanged'
        END AS verdict FROM ranked
    )
    SELECT *, CASE WHEN verdict = 'changed' THEN (
        SELECT jsonb_object_agg(name, jsonb_build_array(was, new))
        FROM (VALUES {pairs}) pair (name, was, new, said)
        WHERE said AND new IS DISTINCT FROM was
    ) END AS changes
    FROM judged
    """


_BY_NEW_CODE = """
UPDATE intake_row r SET credit_code = d.credit_code
FROM dossiers_dossier d
WHERE d.unit_id = %(unit)s AND NOT (d.former_codes = '{}'::varchar(18)[])
    AND r.credit_code = ANY (d.former_codes)
"""
"""A ledger that still has a code of before means the file that bears the new one."""

_COUNTS = """
SELECT count(*) FILTER (WHERE verdict = 'new'), count(*) FILTER (WHERE verdict = 'changed'),
    count(*) FILTER (WHERE verdict = 'unchanged'), count(*) FILTER (WHERE verdict IS NULL),
    encode(sha256(convert_to(coalesce(string_agg(
        concat_ws(':', row_no, coalesce(verdict, 'rejected'), changes), '|' ORDER BY row_no
    ), ''), 'UTF8')), 'hex')
FROM intake_verdict
"""


def classify(cursor: CursorWrapper, read: Read, unit_id: int) -> Preview:
    """Settle the staged rows against what is there; leaves `intake_verdict` for a merge.

    `intake_verdict` has the staged columns, the plan's `ids`, for each compared field `new_…` and
    `was_…`, and `verdict`: new, changed, unchanged, or NULL for a rejected row.
    """
    ledger = read.ledger
    plan = PLANS[ledger.kind.name]
    given = {
        "unit": unit_id,
        "m3_in_wan": rules.M3_IN_WAN,
        "amount_tolerance": rules.AMOUNT_TOLERANCE_PERCENT,
        "price_jump": rules.PRICE_JUMP_PERCENT,
    }
    if "credit_code" in ledger.kind.staged:
        cursor.execute(_BY_NEW_CODE, given)
    left_classes = 0
    for statement in plan.prepare:
        cursor.execute(statement, given)
        left_classes += cursor.rowcount
    cursor.execute(_classify_sql(ledger.kind, plan), given)
    cursor.execute("ANALYZE intake_verdict")
    cursor.execute(_COUNTS)
    new, changed, unchanged, rejected_rows, digest = cursor.fetchone()
    rejected = [*read.problems, *_found(cursor, ledger, plan)]
    rejected.sort(key=lambda problem: (problem.row, RANK[problem.code]))
    warnings = [*ledger.warnings(), *_warnings(cursor, ledger, plan, given)]
    warnings.sort(key=lambda problem: (problem.row, problem.code))
    return Preview(
        new=new,
        changed=changed,
        unchanged=unchanged,
        rejected_rows=rejected_rows,
        rejected=rejected,
        warnings=warnings,
        digest=digest,
        rows={verdict: _rows(cursor, verdict) for verdict in ("new", "changed", "unchanged")},
        months=_months(cursor) if ledger.kind.name == "offtake" else [],
        headers=[one.header for one in ledger.layout.claimed],
        other_sheets=ledger.layout.other_sheets,
        left_classes=left_classes,
    )


def take_contacts(cursor: CursorWrapper, rows: Iterable[int]) -> int:
    """Of these rows the ledger's contact is taken where it differs; how many that changes."""
    cursor.execute(
        "UPDATE intake_verdict SET contact_taken = true, verdict = 'changed'"
        " WHERE contact_differs AND verdict IS NOT NULL AND row_no = ANY (%s)"
        " RETURNING changes IS NULL",
        [list(rows)],
    )
    return sum(first for (first,) in cursor.fetchall())


def verdicts(cursor: CursorWrapper) -> list[tuple[int, str]]:
    """Each accepted row of the ledger that this transaction classified, and what became of it."""
    cursor.execute(
        "SELECT row_no, verdict FROM intake_verdict WHERE verdict IS NOT NULL ORDER BY row_no"
    )
    return [(row, verdict) for row, verdict in cursor.fetchall()]


def _rows(cursor: CursorWrapper, verdict: str) -> list[PreviewRow]:
    cursor.execute(
        "SELECT row_no, label, changes::text FROM intake_verdict WHERE verdict = %s"
        " ORDER BY row_no LIMIT %s",
        [verdict, SHOWN_ROWS],
    )
    rows = cursor.fetchall()
    return [
        PreviewRow(row, label, _json(changes) if changes else {}) for row, label, changes in rows
    ]


def _json(text: str) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(text))


def _months(cursor: CursorWrapper) -> list[str]:
    cursor.execute(
        "SELECT DISTINCT to_char(month, 'YYYY-MM') FROM intake_verdict"
        " WHERE verdict IS NOT NULL ORDER BY 1"
    )
    return [month for (month,) in cursor.fetchall()]


# --- problems that only the database knows ----------------------------------------------------


def _found(cursor: CursorWrapper, ledger: Ledger, plan: Plan) -> Iterator[Problem]:
    staged = [name for name in (*ledger.kind.staged, *plan.ids) if name != "former_names"]
    cursor.execute(
        f"SELECT row_no, found, first_row, {', '.join(staged)} FROM intake_verdict"
        " WHERE found <> '{}' OR first_row <> row_no ORDER BY row_no"
    )
    fields = {check.code: check.field for check in plan.checks}
    for row, found, first_row, *values in cursor.fetchall():
        facts = dict(zip(staged, values, strict=True))
        for code in found:
            yield Problem(row, _header(ledger.layout, fields[code]), code, _say(code, facts))
        if first_row is not None and first_row != row:
            yield Problem(
                row,
                _header(ledger.layout, _key_field(ledger.kind, plan)),
                "duplicate_in_file",
                _("与第 %(row)d 行重复；请只留一行。") % {"row": first_row},
            )


def _key_field(kind: Kind, plan: Plan) -> str:
    """The field whose header a duplicate is shown at."""
    return {"contract_id": "number", "dossier_id": "credit_code"}.get(plan.key[0], plan.key[0])


def _header(layout: Layout, field_name: str) -> str:
    for name in (field_name, *_INSTEAD.get(field_name, ())):
        header = layout.header_of(name)
        if header:
            return header
    return ""


_INSTEAD = {
    "credit_code": ("customer_name",),
    "region_code": ("city", "province"),
    "unit": ("actual", "acq"),
}


def _say(code: str, facts: dict[str, Any]) -> str:
    match code:
        case "unknown_customer":
            return _(
                "本单位没有“%(customer)s”的客户档案；请先导入客户台账，或核对统一社会信用代码。"
            ) % {"customer": facts["credit_code"] or facts["customer_name"]}
        case "unknown_contract" if facts["contract_id"] is not None:
            return (
                _("合同“%(number)s”的客户是“%(holder)s”，与本行的统一社会信用代码不符；请核对。")
                % facts
            )
        case "unknown_contract":
            return _("本单位没有合同“%(number)s”；请先导入合同台账，或核对合同编号。") % facts
        case "unknown_employee":
            return _("本单位没有工号“%(employee_no)s”的人员；请核对工号。") % facts
        case "outside_contract_term":
            return _(
                "%(month)s 不在合同“%(number)s”的有效期 "
                "%(starts)s 至 %(ends)s 内；请核对月份和合同编号。"
            ) % {
                **facts,
                "month": facts["month"].strftime("%Y-%m"),
            }
        case "rated_by_round":
            return _(
                "%(year)d 年度的评级已由集团定稿，不能用名单改动；请核对年度，或从表中删去本行。"
            ) % {"year": facts["year"]}
        case "unit_mismatch":
            return _("合同“%(number)s”以%(wanted)s计量，本行却是%(unit)s；请改为%(wanted)s。") % {
                **facts,
                "wanted": QuantityUnit(facts["contract_unit"]).label,
                "unit": QuantityUnit(facts["quantity_unit"]).label,
            }
    raise AssertionError(code)


def _warnings(
    cursor: CursorWrapper, ledger: Ledger, plan: Plan, given: dict[str, Any]
) -> Iterator[Problem]:
    for warn in plan.warnings:
        cursor.execute(warn.query, given)
        for row, facts in cursor.fetchall():
            yield Problem(
                row,
                _header(ledger.layout, warn.field),
                warn.code,
                _warn(warn.code, facts if isinstance(facts, dict) else json.loads(facts)),
            )
    if ledger.kind.name == "customers":
        yield from _similar(cursor, ledger, given["unit"])


def _warn(code: str, facts: dict[str, Any]) -> str:
    match code:
        case "contact_differs":
            return (
                _("档案中的联系人是“%(was)s”，台账中是“%(now)s”；不选“采用台账”的保持档案所载。")
                % facts
            )
        case "out_of_region":
            return _("“%(region)s”不在本单位的所属区域内；请核对，或由集团调整所属区域。") % {
                "region": name_of(facts["region"])
            }
        case "amount_mismatch":
            return _("结算金额 %(amount)s 元与量×价 %(expected)s 元相差超过 1%%；请核对。") % {
                "amount": plain_number(Decimal(str(facts["amount"]))),
                "expected": plain_number(Decimal(str(facts["expected"]))),
            }
        case "price_jump":
            return _("单价 %(price)s 与 %(month)s 的 %(before)s 相差超过 30%%；请核对。") % {
                "price": plain_number(Decimal(str(facts["price"]))),
                "before": plain_number(Decimal(str(facts["before"]))),
                "month": facts["month"],
            }
    raise AssertionError(code)


def _similar(cursor: CursorWrapper, ledger: Ledger, unit_id: int) -> Iterator[Problem]:
    cursor.execute(
        "SELECT row_no, credit_code, name_full FROM intake_verdict WHERE verdict IS NOT NULL"
        " UNION ALL SELECT 0, credit_code, name_full FROM dossiers_dossier d WHERE unit_id = %s"
        " AND NOT EXISTS (SELECT FROM intake_verdict v WHERE v.verdict IS NOT NULL"
        " AND v.credit_code = d.credit_code)",
        [unit_id],
    )
    header = ledger.layout.header_of("name_full")
    for row, name, other_code, other_name in alike(cursor.fetchall()):
        yield Problem(
            row,
            header,
            "similar_name",
            _("“%(name)s”与 %(code)s“%(other)s”名称相近而代码不同；请核对是否同一客户。")
            % {"name": name, "code": other_code, "other": other_name},
        )


# --- pages ------------------------------------------------------------------------------------

HISTORY_SIZE = 20


def imports_of(user: User, *, kind: str = "", state: str = "") -> ScopedQuerySet:
    """The imports of the units that the person imports for; newest first, without their rows."""
    rows: ScopedQuerySet = (
        Import.objects.visible_to(user)
        .filter(unit__in=units_to_import_for(user))
        .select_related("unit", "by")
        .defer("problems", "preview")
        .order_by("-at", "-id")
    )
    if kind:
        rows = rows.filter(kind=kind)
    if state:
        rows = rows.filter(state=state)
    return rows


def history_page(rows: ScopedQuerySet, after: str = "") -> tuple[list[Import], str]:
    """One page of imports from behind a key on, and the key of the next ("" for none).

    Raises: ValueError where the key is no key.
    """
    if after:
        at, _comma, key = after.partition(",")
        moment, last = datetime.fromisoformat(at), UUID(key)
        rows = rows.filter(Q(at__lt=moment) | Q(at=moment, id__lt=last))
    found = list(rows[: HISTORY_SIZE + 1])
    if len(found) <= HISTORY_SIZE:
        return found, ""
    found.pop()
    return found, f"{found[-1].at.isoformat()},{found[-1].pk}"


def committed_before(row: Import) -> Import | None:
    """The last time that the very same file went in."""
    return (
        Import.objects.filter(
            unit=row.unit_id, kind=row.kind, sha256=row.sha256, state=ImportState.COMMITTED
        )
        .exclude(pk=row.pk)
        .order_by("-committed_at")
        .only("id", "committed_at")
        .first()
    )


def month_to_fill(unit_id: int, month: date) -> list[dict[str, Any]]:
    """The unit's contracts in force in a month, with what is already known of it, by number."""
    last_day = month.replace(day=monthrange(month.year, month.month)[1])
    known = {row.contract_id: row for row in Offtake.objects.filter(unit=unit_id, month=month)}
    contracts = (
        Contract.objects.filter(unit=unit_id, effective_on__lte=last_day, ends_on__gte=month)
        .filter(Q(terminated_on__isnull=True) | Q(terminated_on__gte=month))
        .select_related("dossier")
        .order_by("number")
    )
    rows = []
    for contract in contracts:
        row = {
            "month": month.strftime("%Y-%m"),
            "customer_name": contract.dossier.name_full,
            "credit_code": contract.dossier.credit_code,
            "number": contract.number,
            "unit": QuantityUnit(contract.quantity_unit).label,
        }
        if (there := known.get(contract.pk)) is not None:
            row |= {
                name: getattr(there, name)
                for name in ("planned", "actual", "price_yuan", "amount_yuan", "paid_yuan", "note")
            }
        rows.append(row)
    return rows
