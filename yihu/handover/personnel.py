"""Personnel events come in and are taken back: whole or not at all (§6.3.4)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.handover.policy import keeps_people, may_keep_people, people_units
from yihu.handover.problems import Problem, Wrong
from yihu.handover.queries import facts
from yihu.handover.reading import MOST, Entry, check
from yihu.handover.rules import REASON_MOST, ROWS_MOST
from yihu.kit import text
from yihu.org.actions import apply_personnel_events
from yihu.org.models import OrgUnit, PersonnelEvent, Staff
from yihu.org.rules import EmploymentStatus

Rows = Sequence[tuple[int, Mapping[str, object]]]


@dataclass(frozen=True, slots=True)
class Taken:
    """How many events are new, how many stood already, how many people they touched at once."""

    new: int
    same: int
    applied: int


def preview(by: User, rows: Rows, *, today: date) -> tuple[list[Entry], list[Problem]]:
    """What `enter` would take, and every reason why it would not. Raises: Denied, Unfit."""
    require(keeps_people(by), _("登记人事变动的"))
    return _check(rows, units=people_units(by), home=_home(by), me=by.staff_id, today=today)


@transaction.atomic
def enter(by: User, rows: Rows, *, today: date, at: datetime) -> Taken:
    """Take the events, and into effect those whose day has come. Raises: Denied, Unfit, Wrong."""
    require(keeps_people(by), _("登记人事变动的"))
    _one_at_a_time()
    entries, problems = _check(
        rows, units=people_units(by), home=_home(by), me=by.staff_id, today=today
    )
    if problems:
        raise Wrong(problems)
    return _enter(by, by.name, entries, today=today, at=at)


@transaction.atomic
def receive(source: str, rows: Rows, *, today: date, at: datetime) -> Taken:
    """The same for the HR system named `source`, which speaks of every unit."""
    _one_at_a_time()
    entries, problems = _check(rows, units=None, home=None, me=None, today=today)
    if problems:
        raise Wrong(problems)
    return _enter(None, source, entries, today=today, at=at)


@transaction.atomic
def withdraw_ahead(source: str, staff: Collection[UUID], *, reason: str, at: datetime) -> int:
    """Take back what was entered for these people and has not taken effect. Returns how many."""
    _one_at_a_time()
    rows = PersonnelEvent.objects.filter(staff__in=staff, applied_at=None, cancelled_at=None)
    found = list(rows.select_for_update())
    for event in found:
        event.cancelled_at, event.cancelled_by, event.cancel_reason = at, source[:80], reason
        event.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
        audit.record(
            None,
            "personnel.cancelled",
            event,
            data={
                "by": source,
                "staff": event.staff_id,
                "kind": event.kind,
                "effective_on": event.effective_on,
            },
        )
    return len(found)


@transaction.atomic
def correct(source: str, staff: Staff, *, name: str, post: str) -> None:
    """What a person is called and does, as the HR system named `source` has it. Raises: Unfit."""
    said, does = text.line(name), text.line(post)
    if not said or len(said) > MOST["name"]:
        raise Unfit(_("姓名应有 1 到 %(most)d 个字。") % {"most": MOST["name"]})
    if len(does) > MOST["post"]:
        raise Unfit(_("岗位最多 %(most)d 个字，请缩短。") % {"most": MOST["post"]})
    changed = [
        field
        for field, before, after in (("name", staff.name, said), ("post", staff.post, does))
        if before != after
    ]
    if not changed:
        return
    Staff.objects.filter(pk=staff.pk).update(name=said, post=does)
    User.objects.filter(staff=staff).update(name=said)
    audit.record(
        None,
        "personnel.corrected",
        staff,
        unit_id=staff.unit_id,
        data={"by": source, "fields": changed},
    )


@transaction.atomic
def cancel(by: User, event: PersonnelEvent, *, reason: str, at: datetime) -> PersonnelEvent:
    """Take back what has not taken effect; it stays in the history. Raises: Denied, Refused."""
    require(may_keep_people(by, event.unit_id), _("登记人事变动的"))
    why = text.line(reason)
    if not why:
        raise Unfit(_("请写明取消的原因。"))
    if len(why) > REASON_MOST:
        raise Unfit(_("取消的原因最多 %(most)d 个字，请缩短。") % {"most": REASON_MOST})
    fresh = PersonnelEvent.objects.select_for_update().get(pk=event.pk)
    if fresh.cancelled_at is not None:
        raise Refused(_("这项变动已经取消，请刷新页面。"))
    if fresh.applied_at is not None:
        raise Refused(_("这项变动已经生效，不能取消；本人回来的，请登记入职。"))
    fresh.cancelled_at, fresh.cancelled_by, fresh.cancel_reason = at, by.name, why
    fresh.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
    audit.record(
        by,
        "personnel.cancelled",
        fresh,
        data={"staff": fresh.staff_id, "kind": fresh.kind, "effective_on": fresh.effective_on},
    )
    return fresh


def _home(by: User) -> OrgUnit | None:
    return by.staff.unit if by.staff is not None else None


def _one_at_a_time() -> None:
    """The same file from two windows is taken once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(6034, 1)")


def _check(
    rows: Rows,
    *,
    units: Collection[int] | None,
    home: OrgUnit | None,
    me: UUID | None,
    today: date,
) -> tuple[list[Entry], list[Problem]]:
    if not rows:
        raise Unfit(_("没有任何人事变动，请至少填写一行。"))
    if len(rows) > ROWS_MOST:
        said = _("一次最多 %(most)d 行，现有 %(rows)d 行，请分几次。")
        raise Unfit(said % {"most": ROWS_MOST, "rows": len(rows)})
    numbers = {text.line(str(cells.get("employee_no") or "")) for _place, cells in rows}
    whole = {
        str(int(cell))
        for _place, cells in rows
        if isinstance(cell := cells.get("employee_no"), float) and cell.is_integer()
    }
    return check(rows, facts(numbers | whole), units=units, home=home, me=me, today=today)


def _enter(
    by: User | None, name: str, entries: Sequence[Entry], *, today: date, at: datetime
) -> Taken:
    new = [entry for entry in entries if entry.new]
    joined = {
        (row.unit_id, row.employee_no): row
        for row in Staff.objects.bulk_create(
            Staff(
                pk=uuid4(),
                unit=entry.unit,
                employee_no=entry.employee_no,
                name=entry.name,
                post=entry.post,
                status=EmploymentStatus.EXPECTED,
            )
            for entry in new
            if entry.staff is None
        )
    }
    PersonnelEvent.objects.bulk_create(
        PersonnelEvent(
            unit=entry.unit,
            staff=entry.staff or joined[entry.unit.pk, entry.employee_no],
            kind=entry.kind,
            effective_on=entry.effective_on,
            other_unit=entry.other_unit,
            other_post=entry.other_post,
            entered_at=at,
            entered_by=name[:80],
        )
        for entry in new
    )
    for unit in sorted({entry.unit.pk for entry in new}):
        mine = [entry for entry in new if entry.unit.pk == unit]
        audit.record(
            by,
            "personnel.entered",
            "org.personnelevent",
            unit_id=unit,
            data={
                "by": name,
                "events": [[one.employee_no, one.kind, one.effective_on] for one in mine],
            },
        )
    applied = apply_personnel_events(by, today=today, now=at) if new else 0
    return Taken(len(new), len(entries) - len(new), applied)
