"""Every read of what left the house."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.access.scope import Unreachable, scope_of
from yihu.exports.models import Alert, Takeout, TakeoutFile
from yihu.exports.rules import State
from yihu.org.models import OrgUnit

ALERT_DAYS = 30


def rows() -> QuerySet[Takeout]:
    """Requests with the people of a line."""
    return Takeout.objects.select_related("by__staff__unit", "decided_by")


def mine(user: User) -> QuerySet[Takeout]:
    """My own, newest first."""
    return rows().filter(by=user).order_by("-asked_at", "id")


def my_one(user: User, pk: UUID) -> Takeout:
    """Raises: Unreachable (404) for anybody else's and for none."""
    found = rows().filter(by=user, pk=pk).first()
    if found is None:
        raise Unreachable("exports.takeout", {"pk": pk})
    return found


def register(user: User, chosen: Mapping[str, Any]) -> QuerySet[Takeout]:
    """What left a steward's units, or any for a supervisor; under filters."""
    found = rows()
    if not holds(user, Role.SUPERVISOR):
        found = found.filter(concerns__overlap=sorted(scope_of(user).own_ids))
    if state := chosen.get("state"):
        found = found.filter(state=state)
    if kind := chosen.get("kind"):
        found = found.filter(kind=kind)
    if level := chosen.get("level"):
        found = found.filter(level=level)
    if words := chosen.get("q"):
        found = found.filter(by__name__icontains=words) | found.filter(by__username=words)
    if since := chosen.get("since"):
        found = found.filter(asked_at__date__gte=since)
    if until := chosen.get("until"):
        found = found.filter(asked_at__date__lte=until)
    return found


def one_seen(user: User, pk: UUID) -> Takeout:
    """Mine, or one that I may see in the register. Raises: Unreachable."""
    found = rows().filter(pk=pk).first()
    if found is not None and (
        found.by_id == user.pk
        or (holds(user, Role.STEWARD, Role.SUPERVISOR) and _in_register(user, pk))
    ):
        return found
    raise Unreachable("exports.takeout", {"pk": pk})


def _in_register(user: User, pk: UUID) -> bool:
    return register(user, {}).filter(pk=pk).exists()


def waiting_for(user: User) -> QuerySet[Takeout]:
    """Those that wait for this person's decision, oldest first."""
    found = register(user, {"state": State.WAITING}).exclude(by=user)
    if not holds(user, Role.SUPERVISOR):
        own = scope_of(user).own_ids
        found = found.filter(concerns__len=1, by__staff__unit__in=own)
    return found.order_by("asked_at", "id")


def to_decide(user: User) -> int:
    """How many wait for this person's word; nothing is asked for who never decides."""
    return waiting_for(user).count() if holds(user, Role.STEWARD, Role.SUPERVISOR) else 0


def to_take(user: User) -> int:
    """How many files of mine are ready and were not fetched."""
    return Takeout.objects.filter(by=user, state=State.READY).count()


def by_trace(user: User, trace: str) -> Takeout | None:
    """The request whose code stands on the paper, where the person may see it."""
    return register(user, {}).filter(trace=trace).first()


def counted_since(user: User, since: datetime) -> int:
    """How many exports the person took since then, of those that count and needed no approval."""
    found = Takeout.objects.filter(by=user, counted=True, asked_at__gte=since, waits_why="")
    return found.exclude(state=State.FAILED).count()


def alerts(user: User, at: datetime) -> QuerySet[Alert]:
    """Quotas that were passed in the last days, in the person's units."""
    found = Alert.objects.select_related("user", "unit").filter(at__gte=at - timedelta(ALERT_DAYS))
    if not holds(user, Role.SUPERVISOR):
        found = found.filter(unit__in=scope_of(user).own_ids)
    return found.order_by("-at")


def last_of(user: User) -> Takeout | None:
    """The request before, whose purpose is offered again."""
    return Takeout.objects.filter(by=user).order_by("-asked_at", "id").first()


def unit_names(keys: list[int]) -> list[str]:
    """Short names of units, in their order."""
    found = OrgUnit.objects.filter(pk__in=keys).order_by("sort", "id")
    return list(found.values_list("short_name", flat=True))


def one_at_a_time(user: User) -> None:
    """Whoever else counts this person's exports waits until this transaction is over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('exports'), %s)", [user.pk])


def short_names(found: Sequence[Takeout]) -> list[tuple[int, str]]:
    """The units that these requests concern, by key."""
    keys = {unit for row in found for unit in row.concerns}
    return list(OrgUnit.objects.filter(pk__in=keys).values_list("pk", "short_name"))


def with_files(found: Sequence[Takeout]) -> set[UUID]:
    """Those of them of which a file lies here."""
    rows = TakeoutFile.objects.filter(takeout__in=[row.pk for row in found])
    return set(rows.values_list("takeout_id", flat=True))


def has_file(takeout: Takeout) -> bool:
    """Whether its file lies here."""
    return TakeoutFile.objects.filter(takeout=takeout).exists()


def counted(found: QuerySet[Any]) -> tuple[int, list[int]]:
    """How many rows these are, and the units that they are of, at one look."""
    of_units = dict(found.order_by().values_list("unit_id").annotate(rows=Count("pk")))
    return sum(of_units.values()), sorted(of_units)


def units_in(found: QuerySet[Any]) -> list[int]:
    """The units whose rows are among these."""
    return list(found.order_by().values_list("unit_id", flat=True).distinct())
