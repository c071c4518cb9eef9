"""Asking for a report, freezing its figures, setting when they come by themselves (§6.4)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused
from yihu.kit.calendar import Span
from yihu.kit.sets import by_sets
from yihu.kit.turns import take_turn
from yihu.org.models import OrgUnit
from yihu.supervision import queries
from yihu.supervision.models import Report, Schedule
from yihu.supervision.policy import may_arrange, may_make
from yihu.supervision.rules import (
    LATEST_DAY,
    TO_GROUP,
    TO_UNITS,
    UNDER_WAY,
    Kind,
    State,
    digest,
    due_on,
    number_of,
    periods,
)

STUCK = timedelta(hours=1)
"""Asked for by a person and not made by then: it is given up, and may be asked for again."""


class Stopped(Exception):
    """Made, given up or no longer the person's meanwhile."""


# Asking ------------------------------------------------------------------------------------------


@transaction.atomic
def ask(
    by: User, kind: Kind, start: date, unit: OrgUnit | None, *, at: datetime, today: date
) -> Report:
    """A new version of the period's report, to be made by a job. Raises: Denied, Refused."""
    require(may_make(by, unit.pk if unit else None), _("编制监督报告的"))
    span = next((span for span in periods(kind, today) if span.start == start), None)
    if span is None:
        raise Refused(_("期间：只能编制已经结束的期间，且不早于三年前；请从列表中选择。"))
    if queries.under_way(kind, start, unit.pk if unit else None) is not None:
        raise Refused(_("这一期间的报告正在生成，请等它完成后再编制新的一版。"))
    return _queued(kind, span, unit, by=by, schedule=None, at=at)


def _queued(
    kind: Kind, span: Span, unit: OrgUnit | None, *, by: User | None, schedule: Schedule | None,
    at: datetime,
) -> Report:  # fmt: skip
    take_turn("supervision", unit.pk if unit else 0)
    version = queries.last_version(kind, span.start, unit.pk if unit else None) + 1
    row = Report(
        kind=kind, unit=unit, period_start=span.start, period_end=span.end, version=version,
        number=number_of(kind, span.start, unit.code if unit else "", version),
        asked_by=by, schedule=schedule, asked_at=at, state=State.QUEUED,
    )  # fmt: skip
    row.save(force_insert=True)
    row.refresh_from_db()
    audit.record(
        by, "supervision.asked", row, unit_id=row.unit_id,
        data={"kind": row.kind, "since": f"{span.start}", "until": f"{span.end}",
              "version": version},
    )  # fmt: skip
    return row


# Making ------------------------------------------------------------------------------------------


def make(by: User | None, pk: UUID, *, at: datetime) -> Report:
    """Gather the figures part by part and freeze them; twice is once.

    `by`: in whose scope this stands, None for one that a schedule asked for. Whether they may is
    asked as it starts and as it ends. Raises: Denied, Stopped.
    """
    report = _begin(by, pk)
    frame = queries.frame_of(report, at)
    figures: dict[str, Any] = {}
    for step, (name, gather) in enumerate(queries.PARTS.items(), 1):
        with transaction.atomic(), by_sets():
            figures[name] = gather(frame)
            Report.objects.filter(pk=pk, state=State.MAKING).update(step=step)
    return _freeze(by, pk, figures, at=at)


@transaction.atomic
def _begin(by: User | None, pk: UUID) -> Report:
    row: Report | None = Report.objects.select_for_update().filter(pk=pk).first()
    if row is None or row.state == State.READY or (by is not None and row.state not in UNDER_WAY):
        raise Stopped
    _still(by, row)
    row.state, row.step = State.MAKING, 0
    row.save(update_fields=["state", "step"])
    return row


@transaction.atomic
def _freeze(by: User | None, pk: UUID, figures: Mapping[str, Any], *, at: datetime) -> Report:
    row: Report | None = Report.objects.select_for_update().filter(pk=pk).first()
    if row is None or row.state != State.MAKING:
        raise Stopped
    _still(by, row)
    row.state, row.figures, row.sha256 = State.READY, dict(figures), digest(figures)
    row.as_of, row.made_at = at, at
    row.save(update_fields=["state", "figures", "sha256", "as_of", "made_at"])
    audit.record(
        by, "supervision.made" if row.schedule_id is None else "supervision.delivered", row,
        unit_id=row.unit_id,
        data={"kind": row.kind, "sha256": row.sha256, "roles": _recipients(row)},
    )  # fmt: skip
    return row


def _still(by: User | None, row: Report) -> None:
    if by is None and row.schedule_id is None:
        raise Stopped
    if by is not None:
        now = User.objects.select_related("staff__unit").get(pk=by.pk)
        require(may_make(now, row.unit_id), _("编制监督报告的"))


def _recipients(row: Report) -> list[str]:
    if row.schedule is None:
        return []
    kept = TO_GROUP if row.unit_id is None else TO_UNITS
    return [role.value for role in kept if role in row.schedule.roles]


@transaction.atomic
def give_up(by: User | None, pk: UUID) -> None:
    """It cannot be made now; a schedule tries again, a person may ask again."""
    for row in Report.objects.select_for_update().filter(pk=pk, state__in=UNDER_WAY):
        row.state = State.FAILED
        row.save(update_fields=["state"])
        audit.record(by, "supervision.failed", row, unit_id=row.unit_id, data={"kind": row.kind})


@transaction.atomic
def give_up_stuck(at: datetime) -> int:
    """Those whose job went away with its machine. The group's own work."""
    rows = queries.stuck(at - STUCK)
    for row in rows:
        give_up(None, row.pk)
    return len(rows)


# By themselves -----------------------------------------------------------------------------------


@transaction.atomic
def arrange(
    by: User, kind: Kind, *, running: bool, day: int, roles: Sequence[str], at: datetime,
    today: date,
) -> Schedule:  # fmt: skip
    """Say whether a kind is made by itself, on which day and for whom. Raises: Denied, Refused."""
    require(may_arrange(by), _("设置监督报告计划的"))
    wanted = [role.value for role in (*TO_GROUP, *TO_UNITS) if role.value in roles]
    if not 1 <= day <= LATEST_DAY:
        raise Refused(_("日期：请填 1 至 %(most)d。") % {"most": LATEST_DAY})
    if running and not wanted:
        raise Refused(_("接收人：启用时至少选择一项。"))
    before = Schedule.objects.select_for_update().filter(kind=kind).first()
    since = before.since if before is not None and before.running else today
    row, _new = Schedule.objects.update_or_create(
        kind=kind,
        defaults={"running": running, "day": day, "roles": wanted, "since": since,
                  "changed_by": by, "changed_at": at},
    )  # fmt: skip
    audit.record(
        by, "supervision.arranged", row,
        data={"kind": kind.value, "on": running, "day": day, "roles": wanted},
    )  # fmt: skip
    return row


@transaction.atomic
def queue_due(*, today: date, at: datetime) -> int:
    """Every report that is due by itself and not there: whatever days were missed, each once.

    The group's own work. Returns how many are new; constraints of the table keep them single.
    """
    take_turn("supervision.schedule", 0)
    queued = 0
    for kind, schedule in queries.schedules().items():
        if not schedule.running:
            continue
        there = queries.scheduled(Kind(kind))
        for span in periods(Kind(kind), today):
            due = due_on(span, schedule.day)
            if due < schedule.since:
                break
            if due > today:
                continue
            for unit in _targets(schedule, span):
                if (span.start, unit.pk if unit else None) not in there:
                    _queued(Kind(kind), span, unit, by=None, schedule=schedule, at=at)
                    queued += 1
    return queued


def _targets(schedule: Schedule, span: Span) -> list[OrgUnit | None]:
    found: list[OrgUnit | None] = []
    if any(role in schedule.roles for role in TO_GROUP):
        found.append(None)
    if any(role in schedule.roles for role in TO_UNITS):
        found += queries.live_units(span.end)
    return found
