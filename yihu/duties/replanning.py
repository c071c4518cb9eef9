"""Units planned anew after a decision, of the group or their own: at once, or by a job (§6.2.1).

What was decided stands when the button was pressed; the page waits for no more than that.
"""

from datetime import date, datetime

from django.db import transaction
from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.audit import actions as audit
from yihu.dossiers.models import Dossier
from yihu.duties.actions import refresh
from yihu.duties.choices import ReplanState
from yihu.duties.models import Replan
from yihu.org.models import OrgUnit

LARGE = 2000
"""From so many files on it is a job's work."""


@transaction.atomic
@for_group()
def replan(
    by_id: int | None, why: str, *, today: date, unit_id: int | None = None
) -> Replan | None:
    """Plan every unit anew as of today, or one; of many files by a job, handed to the queue here.

    Returns what the job takes up, None where it is done already.
    """
    files = Dossier.objects.all() if unit_id is None else Dossier.objects.filter(unit=unit_id)
    if files.count() <= LARGE:
        refresh(today, unit_id=unit_id)
        return None
    made = Replan.objects.create(
        why=why, as_of=today, asked_by_id=by_id, of_unit_id=unit_id, units=len(_units(unit_id))
    )
    app.configure_task("duties.replan").defer(replan_id=made.pk)
    return made


def carry_out(key: int, *, at: datetime, today: date) -> Replan | None:
    """Plan unit by unit, each in a transaction of its own, and say how far it is; twice is once.

    By the day on which it runs: a unit that the sweep has planned meanwhile stays as it is.
    Returns None where it has ended already.
    """
    running = Replan.objects.filter(pk=key, state=ReplanState.RUNNING)
    asked = running.first()
    if asked is None:
        return None
    for done, unit_id in enumerate(_units(asked.of_unit_id), 1):
        refresh(today, unit_id=unit_id)
        running.filter(units__gte=done).update(done=done)
    return _end(key, ReplanState.DONE, "duties.replanned", at)


def give_up(key: int, *, at: datetime) -> None:
    """What was planned stays planned, the hourly sweep does the rest; whoever decided is told."""
    _end(key, ReplanState.FAILED, "duties.replan_failed", at)


@transaction.atomic
def _end(key: int, state: ReplanState, verb: str, at: datetime) -> Replan | None:
    rows = Replan.objects.select_for_update()
    held: Replan | None = rows.filter(pk=key, state=ReplanState.RUNNING).first()
    if held is None:
        return None
    held.state, held.ended_at = state, at
    held.save(update_fields=["state", "ended_at"])
    data = {"why": held.why, "units": held.done, "asked_by": [held.asked_by_id]}
    audit.record(None, verb, held, data=data)
    return held


def _units(only: int | None) -> list[int]:
    if only is not None:
        return [only]
    rows = OrgUnit.objects.filter(live_from__isnull=False).order_by("pk")
    return list(rows.values_list("pk", flat=True))
