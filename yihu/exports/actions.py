"""Asking to take something out, deciding, making, handing over, destroying (§5.5).

The right is asked anew wherever time has passed: when the job starts, after each chunk of rows,
when the file is stored and when it is handed over. What ends the right ends the file with it.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import Unreachable
from yihu.audit import actions as audit
from yihu.exports import queries
from yihu.exports.kinds import Asked, Kind, Made, Size, Unanswerable, Work, kind_of
from yihu.exports.models import Alert, Link, Takeout, TakeoutFile
from yihu.exports.policy import may_decide
from yihu.exports.quota import raise_alert
from yihu.exports.rules import (
    FILE_DAYS,
    HELD,
    LIVE,
    NOTE_MOST,
    RANK,
    Level,
    Purpose,
    Stamp,
    State,
    new_trace,
)
from yihu.kit.scoped import replica

STUCK = timedelta(hours=1)


class NoPurpose(Exception):
    """Nothing leaves without a purpose (422)."""


class Late(Exception):
    """Decided, withdrawn or over meanwhile (409)."""


class Gone(Exception):
    """The link or its file is over (410)."""


class Stopped(Exception):
    """The person may no longer have it; what was made so far is thrown away."""


# Asking ------------------------------------------------------------------------------------------


@transaction.atomic
def ask(
    by: User,
    kind: Kind,
    asked: Asked,
    *,
    purpose: str,
    note: str,
    at: datetime,
    today: date,
) -> tuple[Takeout, Made | None]:
    """Ask for it; small and harmless things are made and handed over at once.

    Returns the request, and the file where it was made: else it waits for somebody (`WAITING`)
    or for the job that makes it (`MAKING`). Raises: NoPurpose, Denied, Http404, Unanswerable.
    """
    note = " ".join(note.split())[:NOTE_MOST]
    if purpose not in Purpose.values or (purpose == Purpose.OTHER and not note):
        raise NoPurpose
    size = kind.measure(by, asked)
    queries.one_at_a_time(by)
    why = _waits_for(by, kind, size, at)
    takeout = Takeout(
        by=by,
        kind=kind.code,
        title=size.title[:200],
        args=dict(asked.args),
        query=asked.query,
        columns=[str(column)[:80] for column in size.columns],
        rows=size.rows,
        level=size.strictest,
        concerns=sorted(set(size.unit_ids)) or _own_unit(by),
        purpose=purpose,
        note=note,
        trace=new_trace(),
        state=State.WAITING if why else State.MAKING,
        waits_why=why[:200],
        counted=not (kind.free or kind.work),
        asked_at=at,
        expires_at=at + timedelta(days=FILE_DAYS),
    )
    takeout.save(force_insert=True)
    if why or size.rows > settings.EXPORT_AT_ONCE:
        _tell(by, "takeout.asked", takeout)
        return takeout, None
    made = _make(by, takeout, size, at=at, today=today)
    takeout.state, takeout.taken = State.TAKEN, 1
    takeout.save()
    _tell(by, "takeout.taken", takeout)
    return takeout, made


def waits_for(by: User, kind: Kind, size: Size, at: datetime) -> str:
    """Why this would wait for a decision, for the dialog; "" where it would not."""
    return _why(kind, size, 0 if _uncounted(kind) else queries.counted_since(by, _midnight(at)))


def _uncounted(kind: Kind) -> bool:
    return kind.free or kind.work


def _why(kind: Kind, size: Size, count: int) -> str:
    if kind.free:
        return ""
    above = _above(size.level if kind.lines else size.strictest)
    said = [above] if kind.work else [above, *_many(size, count)]
    return "；".join(filter(None, said))


def _waits_for(by: User, kind: Kind, size: Size, at: datetime) -> str:
    if _uncounted(kind):
        return _why(kind, size, 0)
    count = queries.counted_since(by, _midnight(at))
    if count >= settings.EXPORTS_A_DAY:
        raise_alert(by, Alert.What.EXPORTS, limit=settings.EXPORTS_A_DAY, at=at)
    return _why(kind, size, count)


def _above(level: Level) -> str:
    if RANK[level] <= RANK[Level(settings.EXPORT_LEVEL)]:
        return ""
    return _("含%(level)s内容") % {"level": level.label}


def _many(size: Size, count: int) -> list[str]:
    said = []
    if size.rows > settings.EXPORT_ROWS:
        said.append(
            _("共 %(rows)d 行，超过 %(most)d 行")
            % {"rows": size.rows, "most": settings.EXPORT_ROWS}
        )
    if count >= settings.EXPORTS_A_DAY:
        said.append(_("当日已导出 %(count)d 次") % {"count": count})
    return said


def _midnight(at: datetime) -> datetime:
    return localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def _own_unit(by: User) -> list[int]:
    return [by.staff.unit_id] if by.staff is not None else []


# Deciding ----------------------------------------------------------------------------------------


@transaction.atomic
def decide(by: User, pk: UUID, *, agree: bool, reason: str, at: datetime) -> Takeout:
    """The steward's or the second supervisor's word; agreed, its job may begin.

    Raises: Unreachable, Denied, Late (somebody was faster), Unanswerable (no reason).
    """
    takeout = Takeout.objects.select_for_update().filter(pk=pk).first()
    if takeout is None:
        raise Unreachable("exports.takeout", {"pk": pk})
    require(may_decide(by, takeout), _("审批导出申请的"))
    if takeout.state != State.WAITING:
        raise Late
    reason = " ".join(reason.split())[:NOTE_MOST]
    if not reason:
        raise Unanswerable(_("审批意见：请写明同意或不同意的理由。"), status=422)
    takeout.decided_by, takeout.decided_at, takeout.reason = by, at, reason
    takeout.state = State.MAKING if agree else State.REFUSED
    takeout.expires_at = at + timedelta(days=FILE_DAYS)
    takeout.ended_at = None if agree else at
    takeout.save()
    _tell(by, "takeout.approved" if agree else "takeout.refused", takeout)
    return takeout


# Making ------------------------------------------------------------------------------------------


@transaction.atomic
def make(by: User, pk: UUID, *, at: datetime, today: date) -> Takeout:
    """Make what was asked for and keep it for its asker; twice is once.

    Raises: Stopped (ended meanwhile), Denied, Http404, Unanswerable.
    """
    takeout = Takeout.objects.filter(pk=pk, by=by, state=State.MAKING).first()
    if takeout is None:
        raise Stopped
    asked = Asked(takeout.args, takeout.query)
    size = kind_of(takeout.kind).measure(by, asked)
    if RANK[size.strictest] > RANK[Level(takeout.level)]:
        raise Stopped  # what was agreed to was less secret
    made = _make(by, takeout, size, at=at, today=today)
    held = Takeout.objects.select_for_update().filter(pk=pk, state=State.MAKING).first()
    if held is None or not User.objects.filter(pk=by.pk, is_active=True).exists():
        raise Stopped
    TakeoutFile.objects.create(takeout=takeout, content=made.content, media_type=made.media_type)
    takeout.state = State.READY
    takeout.save()
    _tell(by, "takeout.made", takeout)
    return takeout


def _make(by: User, takeout: Takeout, size: Size, *, at: datetime, today: date) -> Made:
    kind = kind_of(takeout.kind)
    number = by.staff.employee_no if by.staff is not None else by.username
    stamp = Stamp(by.name, number, at, Level(takeout.level), takeout.trace).bearing(size.mark)
    asked, still = Asked(takeout.args, takeout.query), _still(takeout)
    made = replica.read(
        lambda until: kind.produce(Work(by, asked, stamp.until(until), at, today, still))
    )
    takeout.file_name = made.name[-200:]
    takeout.sha256 = hashlib.sha256(made.content).hexdigest()
    takeout.size = len(made.content)
    takeout.rows = made.rows
    takeout.made_at = at
    return made


def _still(takeout: Takeout) -> Callable[[], None]:
    """Sees what others committed meanwhile: each statement reads the state of its moment."""
    wanted = Takeout.objects.filter(pk=takeout.pk, state=State.MAKING, by__is_active=True)

    @replica.by_primary
    def asked_again() -> None:
        if not wanted.all().exists():
            raise Stopped

    return asked_again


@transaction.atomic
def give_up(by: User, pk: UUID, *, at: datetime) -> None:
    """It cannot be made; the asker sees so and may ask again."""
    for takeout in Takeout.objects.select_for_update().filter(pk=pk, state=State.MAKING):
        takeout.state, takeout.ended_at = State.FAILED, at
        takeout.save()
        _tell(by, "takeout.failed", takeout)


# Handing over ------------------------------------------------------------------------------------


@transaction.atomic
def draw_link(by: User, takeout: Takeout, *, at: datetime) -> str:
    """A new link for the asker: once, for some hours. Only its hash is kept. Raises: Gone."""
    if takeout.state not in HELD or not TakeoutFile.objects.filter(takeout=takeout).exists():
        raise Gone
    secret = secrets.token_urlsafe(32)
    until = at + timedelta(hours=settings.EXPORT_LINK_HOURS)
    Link.objects.create(
        digest=_digest(secret),
        takeout=takeout,
        user=by,
        made_at=at,
        expires_at=min(until, takeout.expires_at or until),
    )
    return secret


@transaction.atomic
def fetch(by: User, secret: str, *, at: datetime) -> tuple[Takeout, TakeoutFile]:
    """Hand the file over, if the link is this person's, unused and in time, and the right stands.

    Raises: Unreachable (somebody else's or none: the same answer), Gone (over: 410).
    """
    link = Link.objects.select_for_update().filter(digest=_digest(secret), user=by).first()
    if link is None:
        raise Unreachable("exports.link", {})
    if link.used_at is not None or link.expires_at <= at:
        raise Gone
    takeout = Takeout.objects.select_for_update().get(pk=link.takeout_id)
    file = TakeoutFile.objects.filter(takeout=takeout).first()
    if file is None or takeout.state not in HELD or (takeout.expires_at or at) <= at:
        raise Gone
    if not _still_allowed(by, takeout):
        _destroy([takeout], State.DESTROYED, at)
        _tell(by, "takeout.destroyed", takeout)
        raise Gone
    link.used_at = at
    link.save(update_fields=["used_at"])
    takeout.state, takeout.taken = State.TAKEN, takeout.taken + 1
    takeout.save()
    _tell(by, "takeout.taken", takeout)
    return takeout, file


def _still_allowed(by: User, takeout: Takeout) -> bool:
    """Asked as if anew: would they get it today, and of all those units?"""
    try:
        size = kind_of(takeout.kind).measure(by, Asked(takeout.args, takeout.query))
    except (PermissionDenied, Http404, Unanswerable):
        return False
    return set(takeout.concerns) <= {*size.unit_ids, *_own_unit(by)}


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


# Ending ------------------------------------------------------------------------------------------


@transaction.atomic
def destroy(by: User, takeout: Takeout, *, at: datetime) -> None:
    """The asker needs it no longer: the request ends, the file is gone. Raises: Late."""
    held = Takeout.objects.select_for_update().filter(pk=takeout.pk, by=by).first()
    if held is None or held.state not in {*LIVE, *HELD}:
        raise Late
    _destroy([held], State.DESTROYED, at)
    _tell(by, "takeout.destroyed", held)


def _destroy(found: Sequence[Takeout], state: State, at: datetime) -> None:
    keys = [takeout.pk for takeout in found]
    Link.objects.filter(takeout__in=keys).delete()
    TakeoutFile.objects.filter(takeout__in=keys).delete()
    for takeout in found:
        takeout.state = takeout.state if takeout.state == State.TAKEN else state
        takeout.ended_at = at
    Takeout.objects.bulk_update(found, ["state", "ended_at"])


def end_links(user_ids: Sequence[int], at: datetime) -> int:
    """Links of the accounts open nothing any more."""
    return Link.objects.filter(user__in=user_ids).delete()[0]


def end_takeouts(user_ids: Sequence[int], at: datetime) -> int:
    """Requests of the accounts end; running ones stop at their next chunk, files are gone."""
    TakeoutFile.objects.filter(takeout__by__in=user_ids).delete()
    live = Takeout.objects.filter(by__in=user_ids, state__in=LIVE)
    return live.update(state=State.DESTROYED, ended_at=at)


@transaction.atomic
def expire(at: datetime) -> int:
    """What is past its day is destroyed; what was being made for too long is given up.

    The group's own work. Returns how many ended.
    """
    over = Q(expires_at__lte=at) & (
        Q(state__in=[State.WAITING, State.READY]) | Q(file__isnull=False)
    )
    found = list(Takeout.objects.filter(over).select_for_update(of=("self",)))
    _destroy(found, State.EXPIRED, at)
    for takeout in found:
        _tell(None, "takeout.expired", takeout)
    stuck = list(
        Takeout.objects.filter(state=State.MAKING, asked_at__lte=at - STUCK)
        .filter(Q(decided_at=None) | Q(decided_at__lte=at - STUCK))
        .select_for_update(of=("self",))
    )
    for takeout in stuck:
        takeout.state, takeout.ended_at = State.FAILED, at
        takeout.save()
        _tell(None, "takeout.failed", takeout)
    return len(found) + len(stuck)


def _tell(by: User | None, verb: str, takeout: Takeout) -> None:
    """One line of the log: what and how much, never its content nor the words of the purpose."""
    unit = takeout.concerns[0] if len(takeout.concerns) == 1 else None
    audit.record(
        by,
        verb,
        takeout,
        unit_id=unit,
        data={
            "kind": takeout.kind,
            "rows": takeout.rows,
            "level": takeout.level,
            "units": takeout.concerns,
            "purpose": takeout.purpose,
            "trace": takeout.trace,
            "sha256": takeout.sha256,
        },
    )
