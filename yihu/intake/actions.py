"""Bringing a ledger in: upload, look, confirm. One transaction each, one line in the log each."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from yihu.access.models import RoleAssignment, User
from yihu.access.policy import require
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.contracts.merge import Merged, merge_contracts, merge_offtake, only_file_of_months
from yihu.contracts.strays import forget_strays, note_strays
from yihu.dossiers.merge import Keepers, merge_classes, merge_customers
from yihu.guide.queries import edition_in_force
from yihu.intake import files
from yihu.intake.choices import ImportKind, ImportState
from yihu.intake.kinds import KINDS
from yihu.intake.models import Import
from yihu.intake.policy import may_import
from yihu.intake.queries import (
    Preview,
    Progress,
    Read,
    classify,
    read_through,
    stage,
    take_contacts,
)
from yihu.intake.rules import Problem
from yihu.intake.sheet import open_ledger
from yihu.kit.sheet import MAX_BYTES, Refused
from yihu.org.actions import apply_personnel_events
from yihu.org.merge import merge_personnel
from yihu.org.models import OrgUnit
from yihu.ratings.merge import merge_results

LARGE_BYTES = 300_000
"""From here on (about 5,000 rows) a job reads the file, and the page shows how far it is."""
KEPT_PROBLEMS = 5000
DISCARDABLE = frozenset(
    {
        ImportState.PARSING,
        ImportState.PREVIEWED,
        ImportState.COMMITTING,
        ImportState.FAILED,
    }
)
"""A job that has died leaves its import waiting: that, too, can be given up."""
LOCK_SPACE = 0x696D70  # one confirm at a time in a unit
SHORT = 20
"""Months of a ledger that may be all of one file: a metering system reports as they come."""


def read_file(kind: str, name: str, content: bytes, progress: Progress | None = None) -> Read:
    """Read a ledger without the database. Raises: Refused."""
    return read_through(open_ledger(content, name, KINDS[kind]), progress)


def look(cursor: CursorWrapper, read: Read, unit_id: int) -> Preview:
    """What the ledger would do to the unit's rows; part of the caller's transaction."""
    stage(cursor, read)
    return classify(cursor, read, unit_id)


@transaction.atomic
def preview_only(unit: OrgUnit, *, kind: str, name: str, content: bytes) -> Preview:
    """A preview that leaves nothing behind. Raises: Refused."""
    read = read_file(kind, name, content)
    with connection.cursor() as cursor:
        return look(cursor, read, unit.pk)


@transaction.atomic
def upload(
    by: User | None, unit: OrgUnit, *, kind: str, name: str, content: bytes, at: datetime
) -> Import:
    """Keep a file for import; `preview` reads it. `by` None is the command line.

    Raises: Denied.
    """
    require(by is None or may_import(by, unit.pk), _("导入本单位数据的"))
    kept = len(content) <= MAX_BYTES
    sha256 = files.keep(content) if kept else files.digest_of(content)
    row = Import.objects.create(
        unit=unit,
        kind=ImportKind(kind),
        state=ImportState.PARSING,
        file_name=name[-255:],
        sha256=sha256,
        size=len(content),
        by=by,
        at=at,
    )
    row.refresh_from_db()
    audit.record(by, "import.uploaded", row, data={"kind": kind, "sha256": sha256})
    return row


def preview(
    import_id: UUID, *, content: bytes | None = None, progress: Progress | None = None
) -> Import:
    """Read an uploaded file and store what it would do; may run twice without harm."""
    row: Import = Import.objects.select_related("unit").get(pk=import_id)
    if row.state not in {ImportState.PARSING, ImportState.PREVIEWED}:
        return row
    try:
        content = files.load(row.sha256) if content is None else content
        read = read_file(row.kind, row.file_name, content, progress)
    except Refused as refused:
        return _refuse(row, refused)
    with transaction.atomic():
        row = (
            Import.objects.select_related("unit").select_for_update(of=("self",)).get(pk=import_id)
        )
        if row.state in {ImportState.PARSING, ImportState.PREVIEWED}:
            with connection.cursor() as cursor:
                _store(row, look(cursor, read, row.unit_id))
                _note_strays(cursor, row, at=row.at, confirmed=False)
    return row


def _note_strays(cursor: CursorWrapper, row: Import, *, at: datetime, confirmed: bool) -> None:
    note_strays(
        cursor,
        unit_id=row.unit_id,
        ledger=row.kind,
        import_id=row.pk,
        file_name=row.file_name,
        at=at,
        confirmed=confirmed,
    )


def fail(import_id: UUID) -> None:
    """Mark an import whose job broke; nothing of it was written."""
    Import.objects.filter(
        pk=import_id, state__in=[ImportState.PARSING, ImportState.COMMITTING]
    ).update(
        state=ImportState.FAILED,
        refusal=_("处理中出错，没有写入任何数据；请重新上传，如再失败请联系信息技术中心。"),
    )


def _refuse(row: Import, refused: Refused) -> Import:
    row.state = ImportState.REFUSED
    row.refusal = refused.message[:500]
    row.counts = {"code": refused.code}
    row.save(update_fields=["state", "refusal", "counts"])
    return row


def _store(row: Import, seen: Preview, *, moved: bool = False) -> None:
    row.state = ImportState.PREVIEWED
    row.progress = 100
    row.digest = seen.digest
    row.counts = {
        "new": seen.new,
        "changed": seen.changed,
        "unchanged": seen.unchanged,
        "rejected": seen.rejected_rows,
        "warnings": len(seen.warnings),
        "months": seen.months,
    }
    row.problems = {
        "rejected": [asdict(problem) for problem in seen.rejected[:KEPT_PROBLEMS]],
        "warnings": [asdict(problem) for problem in seen.warnings[:KEPT_PROBLEMS]],
    }
    row.preview = {name: [asdict(one) for one in rows] for name, rows in seen.rows.items()}
    row.preview["headers"] = seen.headers
    row.preview["other_sheets"] = list(seen.other_sheets)
    row.preview["left_classes"] = seen.left_classes
    row.preview["moved"] = moved
    row.save(update_fields=["state", "progress", "digest", "counts", "problems", "preview"])


class NotReady(Exception):
    """The import is not waiting for a confirmation; `state` says what it is."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@transaction.atomic
def begin_commit(
    by: User | None, row: Import, *, digest: str, take: Collection[int] = ()
) -> Import:
    """Hand a large import to the job that commits it. Raises: Denied, NotReady."""
    require(by is None or may_import(by, row.unit_id), _("导入本单位数据的"))
    row = Import.objects.select_for_update().get(pk=row.pk)
    if row.state == ImportState.PREVIEWED and row.digest == digest:
        row.state = ImportState.COMMITTING
        row.progress = 0
        row.preview["take"] = sorted(take)
        row.save(update_fields=["state", "progress", "preview"])
    elif row.state not in {ImportState.COMMITTING, ImportState.COMMITTED, ImportState.PREVIEWED}:
        raise NotReady(row.state)
    return row


@transaction.atomic
def confirm(
    by: User | None,
    row: Import,
    *,
    digest: str,
    today: date,
    at: datetime,
    content: bytes | None = None,
    read: Read | None = None,
    take: Collection[int] = (),
) -> Import:
    """Write the accepted rows, if that is still just what the person saw (`digest`).

    `take`: rows of which the ledger's contact goes before the file's where they differ; a large
    import has them from `begin_commit`.

    Where the data moved meanwhile nothing is written, and the import waits with a new preview
    (state PREVIEWED, another digest). Twice is once. Raises: Denied, NotReady, Refused.
    """
    require(by is None or may_import(by, row.unit_id), _("导入本单位数据的"))
    row = Import.objects.select_related("unit").select_for_update(of=("self",)).get(pk=row.pk)
    if row.state == ImportState.COMMITTED:
        return row
    if row.state not in {ImportState.PREVIEWED, ImportState.COMMITTING}:
        raise NotReady(row.state)
    if read is None:
        content = files.load(row.sha256) if content is None else content
        read = read_file(row.kind, row.file_name, content)
    with connection.cursor() as cursor:
        seen = _locked_look(cursor, read, row.unit_id)
        wanted = set(take) | set((row.preview or {}).get("take", ()))
        asked, now = _differing(row.problems), _differing_now(seen)
        moved = seen.digest != digest or any(asked.get(one) != now.get(one) for one in wanted)
        _store(row, seen, moved=moved)
        if not moved:
            if wanted:
                more = take_contacts(cursor, wanted)
                row.counts["changed"] += more
                row.counts["unchanged"] -= more
                row.save(update_fields=["counts"])
            _commit(cursor, by, row, today=today, at=at)
    return row


def _differing(problems: Any) -> dict[int, str]:
    """What the person was told of contacts that differ: row → sentence."""
    told = problems.get("warnings", []) if isinstance(problems, dict) else []
    return {one["row"]: one["message"] for one in told if one["code"] == "contact_differs"}


def _differing_now(seen: Preview) -> dict[int, str]:
    return {one.row: one.message for one in seen.warnings if one.code == "contact_differs"}


@transaction.atomic
def import_now(
    unit: OrgUnit, *, kind: str, name: str, content: bytes, today: date, at: datetime
) -> Preview:
    """Import a file unseen, for the command line. Raises: Refused."""
    read = read_file(kind, name, content)
    return import_read(None, unit, read, kind=kind, name=name, content=content, today=today, at=at)


class NotWhole(Exception):
    """Some rows of what was to be taken whole cannot be, so none was."""

    def __init__(self, rejected: Sequence[Problem]) -> None:
        super().__init__(len(rejected))
        self.rejected = rejected


@transaction.atomic
def import_read(
    by: User | None,
    unit: OrgUnit,
    read: Read,
    *,
    kind: str,
    name: str,
    content: bytes,
    today: date,
    at: datetime,
    whole: bool = False,
) -> Preview:
    """Write the accepted rows of a ledger that was read already; `whole`: all or none.

    Raises: Denied; NotWhole, before anything is kept.
    """
    require(by is None or may_import(by, unit.pk), _("导入本单位数据的"))
    with connection.cursor() as cursor:
        seen = _locked_look(cursor, read, unit.pk)
        if whole and seen.rejected:
            raise NotWhole(seen.rejected)
        row = upload(by, unit, kind=kind, name=name, content=content, at=at)
        _store(row, seen)
        _commit(cursor, by, row, today=today, at=at)
    return seen


def _locked_look(cursor: CursorWrapper, read: Read, unit_id: int) -> Preview:
    hold_imports(cursor, unit_id)
    return look(cursor, read, unit_id)


def hold_imports(cursor: CursorWrapper, unit_id: int) -> None:
    """Nobody else imports into the unit until this transaction ends."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, unit_id])


def _commit(
    cursor: CursorWrapper, by: User | None, row: Import, *, today: date, at: datetime
) -> None:
    _note_strays(cursor, row, at=at, confirmed=True)
    told = _merge(cursor, by, row, today=today)
    row.state = ImportState.COMMITTED
    row.committed_at = at
    row.save(update_fields=["state", "committed_at"])
    if row.kind == ImportKind.PERSONNEL:
        apply_personnel_events(today=today, now=at)
    audit.record(
        by,
        f"{row.kind}.imported",
        row,
        unit_id=row.unit_id,
        dossier_id=_only_file(cursor, row),
        data={"kind": row.kind, **row.counts, **told},
    )


def _tell_contracts(by: User | None, merged: Merged) -> dict[str, int]:
    """Each that is new or left its file is news of that file; who plans or reckons hears of the
    ledger as a whole, and by this whether a contract left a file.
    """
    for verb, rows in (("contract.signed", merged.signed), ("contract.moved", merged.moved)):
        lines = [
            audit.Line(row, row.unit_id, row.dossier_id, {"number": row.number}) for row in rows
        ]
        audit.record_many(by, verb, lines)
    return {"moved": len(merged.moved)} if merged.moved else {}


def _only_file(cursor: CursorWrapper, row: Import) -> UUID | None:
    """The file whose months a short ledger brings, if it is one: its deed, and no other file's."""
    if row.kind != ImportKind.OFFTAKE or row.counts["new"] + row.counts["changed"] > SHORT:
        return None
    return only_file_of_months(cursor, unit_id=row.unit_id)


def _merge(cursor: CursorWrapper, by: User | None, row: Import, *, today: date) -> dict[str, int]:
    """Write what was read; counts that the line of the log says besides those of the import."""
    unit_id = row.unit_id
    basis = f"{row.get_kind_display()} {row.file_name}"[:200]
    match row.kind:
        case ImportKind.CUSTOMERS:
            edition = edition_in_force(today)
            merge_customers(
                cursor,
                unit_id=unit_id,
                unit_code=row.unit.code,
                keepers=keepers_of(by, unit_id, today),
                edition_id=edition.pk if edition is not None else None,
                basis=basis,
                today=today,
            )
        case ImportKind.CONTRACTS:
            return _tell_contracts(by, merge_contracts(cursor, unit_id=unit_id))
        case ImportKind.OFFTAKE:
            merge_offtake(cursor, unit_id=unit_id)
        case ImportKind.PERSONNEL:
            merge_personnel(cursor, unit_id=unit_id)
        case ImportKind.RATINGS:
            merge_results(cursor, unit_id=unit_id)
            merge_classes(cursor, unit_id=unit_id, basis=basis, today=today)
    return {}


def keepers_of(by: User | None, unit_id: int, today: date) -> Keepers:
    """The filler who imports, else the unit's only one; and its reviewer, if there is just one."""
    held: dict[str, list[tuple[UUID, int]]] = {Role.FILLER: [], Role.REVIEWER: []}
    for role, staff_id, user_id in (
        RoleAssignment.objects.filter(
            unit_id=unit_id,
            role__in=held,
            since__lte=today,
            user__is_active=True,
            user__staff__unit_id=unit_id,
        )
        .exclude(until__lt=today)
        .values_list("role", "user__staff_id", "user_id")
    ):
        held[role].append((staff_id, user_id))
    fillers = [staff for staff, user in held[Role.FILLER] if by is None or user == by.pk] or [
        staff for staff, _user in held[Role.FILLER]
    ]
    filler = fillers[0] if len(fillers) == 1 else None
    reviewers = [staff for staff, _user in held[Role.REVIEWER] if staff != filler]
    return Keepers(filler, reviewers[0] if len(reviewers) == 1 else None)


@transaction.atomic
def discard(by: User, row: Import) -> Import:
    """Give an import up before it is confirmed. Raises: Denied, NotReady."""
    require(may_import(by, row.unit_id), _("导入本单位数据的"))
    row = Import.objects.select_for_update().get(pk=row.pk)
    if row.state == ImportState.DISCARDED:
        return row
    if row.state not in DISCARDABLE:
        raise NotReady(row.state)
    row.state = ImportState.DISCARDED
    row.save(update_fields=["state"])
    forget_strays(row.pk)
    audit.record(by, "import.discarded", row)
    return row
