"""A file closed and open again, as headquarters' consent leaves it."""

from datetime import date, datetime, time

from tests import plant
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.dossiers.rules import State
from yihu.duties.choices import Ground, Verdict
from yihu.duties.models import Closure
from yihu.kit.clock import SHANGHAI


def closed(of: Dossier, at: datetime | date, state: State = State.CLOSED) -> Closure:
    """Dormant or closed from the day on; the planner has not heard of it yet."""
    moment = at if isinstance(at, datetime) else datetime.combine(at, time(9), SHANGHAI)
    made = Closure.objects.create(
        unit_id=of.unit_id,
        dossier=of,
        state=state,
        ground=Ground.ENDED,
        reason="合同到期",
        asked_by=plant.person(Role.STEWARD, of.unit),
        asked_at=moment,
        verdict=Verdict.CONSENTED,
        decided_by=plant.person(Role.SUPERVISOR),
        decided_at=moment,
        since=moment.date(),
    )
    made.refresh_from_db()
    Dossier.objects.filter(pk=of.pk).update(state=state)
    return made


def reopened(closure: Closure, at: datetime) -> None:
    """In use again from the day on."""
    closure.until, closure.ended_at, closure.ended_why = at.date(), at, "恢复供气"
    closure.save()
    Dossier.objects.filter(pk=closure.dossier_id).update(state=State.ACTIVE)
