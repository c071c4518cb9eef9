"""Duties as the planner leaves them, for the pages that show them."""

from datetime import date, datetime

from yihu.desk.choices import month_end
from yihu.dossiers.models import Dossier
from yihu.duties.choices import DutyKind
from yihu.duties.models import Duty
from yihu.kit.clock import SHANGHAI


def duty(
    of: Dossier,
    *,
    kind: DutyKind = DutyKind.OFFTAKE,
    start: date = date(2026, 10, 1),
    end: date | None = None,
    due_on: date = date(2026, 11, 13),
    done_on: date | None = None,
) -> Duty:
    """One duty; of a month unless `end` says otherwise."""
    done_at = None
    if done_on is not None:
        done_at = datetime(done_on.year, done_on.month, done_on.day, 23, 30, tzinfo=SHANGHAI)
    if done_at is None:
        Dossier.objects.filter(pk=of.pk, next_due_on__gt=due_on).update(next_due_on=due_on)
    made, _new = Duty.objects.update_or_create(  # an act may have planned it already
        unit_id=of.unit_id,
        dossier=of,
        kind=kind,
        period_start=start,
        period_end=end or month_end(start),
        source="",
        subject_id=None,
        defaults={"due_on": due_on, "klass": of.klass, "done_at": done_at},
    )
    return made
