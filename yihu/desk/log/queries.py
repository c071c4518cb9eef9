"""What the auditor asks of the log: all units' lines, never what a customer's file says (§5.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from yihu.access.models import User
from yihu.audit.models import Event, Looked
from yihu.audit.queries import UnusualDay, unusual_days
from yihu.audit.rules import READS, REFUSALS, THRESHOLDS, say
from yihu.kit.clock import SHANGHAI

SAME_NAME = 50
SYSTEM = "系统"


def events(chosen: Mapping[str, Any], among: QuerySet[Event] | None = None) -> QuerySet[Event]:
    """The log (or these lines) under the filters; each has an index, or bounds the months."""
    rows = Event.objects.all() if among is None else among
    if verb := chosen.get("verb"):
        rows = rows.filter(verb=verb)
    if kind := chosen.get("kind"):
        rows = rows.filter(KINDS[kind])
    if unit := chosen.get("unit"):
        rows = rows.filter(unit_id=int(unit))
    if since := chosen.get("since"):
        rows = rows.filter(at__gte=begins(since))
    if until := chosen.get("until"):
        rows = rows.filter(at__lt=begins(until + timedelta(days=1)))
    if actor := chosen.get("actor"):
        rows = rows.filter(_acted(actor))
    if dossier := chosen.get("dossier"):
        rows = rows.filter(dossier_id=dossier)
    if trace := chosen.get("trace"):
        said = KeyTextTransform("trace", "data")
        rows = rows.filter(data__has_key="trace").annotate(trace=said).filter(trace=trace)
    return rows


KINDS = {
    "read": Q(Looked("verb"), verb__in=READS),
    "refused": Q(verb__in=REFUSALS),
    "done": ~Q(verb__in=[*READS, *REFUSALS]),
}


def begins(day: date) -> datetime:
    """The first moment of a day in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def _acted(said: str) -> Q:
    """By whom, named by name or employee number: the numbers of those accounts."""
    if said == SYSTEM:
        return Q(actor_id=None, actor_name=SYSTEM)
    people = User.objects.filter(
        Q(name__icontains=said) | Q(username__iexact=said) | Q(staff__employee_no__iexact=said)
    )
    return Q(actor_id__in=list(people.values_list("pk", flat=True)[:SAME_NAME]))


@dataclass(frozen=True, slots=True)
class Tally:
    """A verb in words and how often."""

    act: str
    number: int


def tally(rows: QuerySet[Event], limit: int = 12) -> list[Tally]:
    """What was done in these lines, most often first."""
    counted = rows.order_by().values_list("verb").annotate(n=Count("*")).order_by("-n", "verb")
    return [Tally(say(verb), number) for verb, number in counted[:limit]]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in these lines: how many, the first and the last."""

    actor_id: int | None
    name: str
    number: int
    first: datetime
    last: datetime


def people_in(rows: QuerySet[Event], limit: int = 50) -> list[Person]:
    """Who stands in these lines, most lines first."""
    counted = (
        rows.order_by()
        .values("actor_id")
        .annotate(name=Max("actor_name"), n=Count("*"), first=Min("at"), last=Max("at"))
        .order_by("-n", "actor_id")
    )
    return [
        Person(row["actor_id"], row["name"], row["n"], row["first"], row["last"])
        for row in counted[:limit]
    ]


def of_person(pk: int) -> QuerySet[Event]:
    """Everything that a person did, read, and was refused."""
    return Event.objects.filter(actor_id=pk)


def of_dossier(pk: UUID) -> QuerySet[Event]:
    """Everything that was done to a file, and who looked at it."""
    return Event.objects.filter(dossier_id=pk)


def refusals() -> QuerySet[Event]:
    """What was tried and not allowed."""
    return Event.objects.filter(verb__in=REFUSALS)


@dataclass(frozen=True, slots=True)
class UnusualLine:
    """A day of unusual reading with the person's name, and what was passed in words."""

    day: UnusualDay
    name: str
    over: list[str]


def unusual_lines(since: datetime) -> list[UnusualLine]:
    """Who looked at unusually much since then, newest first."""
    days = unusual_days(since)
    people = User.objects.filter(pk__in={day.actor_id for day in days})
    names = dict(people.values_list("pk", "name"))
    return [
        UnusualLine(
            day,
            names.get(day.actor_id, str(day.actor_id)),
            [str(threshold.label) for threshold in THRESHOLDS if threshold.code in day.over],
        )
        for day in days
    ]
