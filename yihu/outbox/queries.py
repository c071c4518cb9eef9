"""Every read: endpoints, what waits, what is said of an event, the feed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now, TruncDate
from django.urls import reverse

from yihu.access.entering import for_group
from yihu.access.models import RoleAssignment, User
from yihu.access.rules import Role
from yihu.access.scope import Unreachable, scope_of
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit
from yihu.outbox.choices import Sent
from yihu.outbox.models import Delivery, Endpoint, Position, Published

SQL = Path(__file__).parent / "sql"
LANES = (SQL / "lanes.sql").read_text("utf-8")
STANDING = (Sent.WAITING, Sent.DEAD)


# Endpoints ---------------------------------------------------------------------------------------


def endpoints() -> QuerySet[Endpoint]:
    """Those that the person's scope shows, with how much waits and how much is stuck."""
    return (
        Endpoint.objects.select_related("unit", "owner", "asked_by", "agreed_by")
        .annotate(
            waiting=Count("deliveries", filter=Q(deliveries__state=Sent.WAITING)),
            dead=Count("deliveries", filter=Q(deliveries__state=Sent.DEAD)),
        )
        .order_by("-asked_at", "id")
    )


def endpoint(pk: UUID) -> Endpoint:
    """One of them. Raises: Unreachable (404)."""
    found = endpoints().filter(pk=pk).first()
    if found is None:
        raise Unreachable("outbox.endpoint", {"pk": pk})
    return found


def kept() -> Q:
    """Its owner's account is open and holds ITC's role today."""
    today = TruncDate(Now(), tzinfo=SHANGHAI)
    held = RoleAssignment.objects.filter(
        Q(until=None) | Q(until__gte=today),
        user=OuterRef("owner"),
        role=Role.ITC,
        since__lte=today,
    )
    return Q(Exists(held), owner__is_active=True)


def latest(of: Endpoint, most: int = 30) -> list[Delivery]:
    """Its last deliveries, the newest event first."""
    return list(of.deliveries.order_by("-published")[:most])


def dead() -> QuerySet[Delivery]:
    """Every delivery that somebody has to look at."""
    behind = (
        Delivery.objects.filter(
            endpoint=OuterRef("endpoint"),
            lane=OuterRef("lane"),
            state=Sent.WAITING,
            published__gt=OuterRef("published"),
        )
        .order_by()
        .values("lane")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return (
        Delivery.objects.filter(state=Sent.DEAD)
        .select_related("endpoint__unit")
        .annotate(behind=behind)
    )


def last_number() -> int:
    """The last number that was published."""
    return Position.objects.values_list("last_number", flat=True).get()


def kept_from() -> int:
    """The first number that was not pruned; the group's own reading, which tells nothing."""
    with for_group():
        return Position.objects.values_list("kept_from", flat=True).get()


# What waits --------------------------------------------------------------------------------------


def lanes_due(at: datetime, most: int) -> list[tuple[UUID, str]]:
    """Endpoints and lanes whose first event waits, and for which there is no job yet."""
    with connection.cursor() as cursor:
        cursor.execute(LANES, {"at": at, "most": most})
        return [(endpoint_id, lane) for endpoint_id, lane in cursor.fetchall()]


def head_of(endpoint_id: UUID, lane: str) -> Delivery | None:
    """The first of the lane that is neither delivered nor dropped."""
    rows = Delivery.objects.filter(endpoint=endpoint_id, lane=lane, state__in=STANDING)
    return rows.select_related("published").order_by("published").first()


# What is said of an event ------------------------------------------------------------------------


def said(event: Published, units: Mapping[int, str]) -> dict[str, Any]:
    """An event as programs read it, the same in the feed and in a delivery: no value of a file."""
    page = reverse("desk:dossier", args=[event.dossier_id]) if event.dossier_id else ""
    return {
        "number": event.number,
        "type": event.kind,
        "at": event.at.astimezone(SHANGHAI).isoformat(),
        "unit": units.get(event.unit_id) if event.unit_id is not None else None,
        "dossier": str(event.dossier_id) if event.dossier_id else None,
        "subject": {"type": event.subject_type, "id": event.subject_id},
        "fields": event.fields,
        "page": settings.ADDRESS + page if page else None,
    }


def codes_of(events: Iterable[Published]) -> dict[int, str]:
    """The units' codes, by key."""
    keys = {event.unit_id for event in events if event.unit_id is not None}
    return dict(OrgUnit.objects.filter(pk__in=keys).values_list("pk", "code")) if keys else {}


@dataclass(frozen=True, slots=True)
class Slice:
    """Some events in the order of their numbers, and where the next slice begins."""

    events: Sequence[Published]
    after: int
    more: bool


def feed(user: User, after: int, *, kinds: Sequence[str], most: int) -> Slice:
    """What follows a number within the person's scope.

    A number is given once its event is committed, in one order, so nothing is ever added before
    a number that was read (0021). `after` is one that was read, never how far the others are.
    """
    scope = scope_of(user)
    rows = Published.objects.filter(number__gt=after).order_by("number")
    if not scope.everything:  # the policy says so too; this is what an index can start from
        rows = rows.filter(Q(unit_id__in=scope.own_ids) | Q(unit_id=None))
    if kinds:
        rows = rows.filter(kind__in=kinds)
    found = list(rows[: most + 1])
    more, found = len(found) > most, found[:most]
    return Slice(found, found[-1].number if found else after, more)
