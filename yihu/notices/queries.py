"""Every read: what is told to a person, what waits to leave, whom a step of the ladder reaches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.duties.choices import DutyKind
from yihu.duties.models import CalendarCorrection, Duty
from yihu.kit.calendar import WorkingDays
from yihu.notices.choices import Charge, Sent
from yihu.notices.models import Channel, Delivery, Feed, Notice, Preference, ReminderEdition
from yihu.notices.rules import OLDEST, Ladder, Rung
from yihu.notices.words import say

REACHED = (Path(__file__).parent / "sql" / "reached.sql").read_text("utf-8")


def notices_of(user: User, chosen: Mapping[str, Any]) -> QuerySet[Notice]:
    """What the person was told; `chosen` is what `NoticeFilter` has checked."""
    rows = Notice.objects.filter(user=user)
    if topic := chosen.get("topic"):
        rows = rows.filter(topic=topic)
    if chosen.get("state") == "unread":
        rows = rows.filter(read_at=None)
    return rows


def unread(user: User) -> int:
    """How many the person has not looked at."""
    return Notice.objects.filter(user=user, read_at=None).count()


def preference_of(user: User) -> Preference:
    """What the person set, or what holds until then."""
    return Preference.objects.filter(user=user).first() or Preference(user=user)


def channels_of(user: User) -> QuerySet[Channel]:
    """The person's ways, and how many messages of each could not be delivered."""
    return (
        Channel.objects.filter(user=user)
        .annotate(failed=Count("deliveries", filter=Q(deliveries__state=Sent.FAILED)))
        .order_by("added_at", "id")
    )


def feed_of(user: User) -> Feed | None:
    """The open calendar address of the person."""
    return Feed.objects.filter(user=user, ended_at=None).first()


# The ladder --------------------------------------------------------------------------------------


def edition_on(day: date) -> ReminderEdition | None:
    """The numbers in force that day; None before anybody published any."""
    rows = ReminderEdition.objects.filter(effective_on__lte=day)
    return rows.order_by("-effective_on", "-number").first()


def ladder_on(day: date) -> Ladder:
    """The same as the rules take it."""
    edition = edition_on(day)
    if edition is None:
        return Ladder()
    return Ladder(
        tuple(edition.ahead), edition.again, edition.reviewer, edition.steward, edition.supervisor
    )


def working_days() -> WorkingDays:
    """China's, as an administrator corrected them."""
    return WorkingDays(dict(CalendarCorrection.objects.values_list("day", "working")))


def open_due_dates(today: date, horizon: date) -> list[date]:
    """The days on which something falls or fell due that is still owed."""
    rows = Duty.objects.filter(done_at=None, dropped_at=None, waived_at=None)
    rows = rows.filter(due_on__range=(today - OLDEST, horizon))
    return list(rows.order_by("due_on").values_list("due_on", flat=True).distinct())


@dataclass(frozen=True, slots=True)
class Reached:
    """A person whom a rung of the ladder reaches, and of how many duties of one sort.

    `charge`: what they answer for of their own (`choices.Charge`); empty where the file is theirs.
    """

    user_id: int
    step: str
    turn: int
    unit_id: int
    unit: str
    kind: str
    klass: str
    charge: str
    due_on: date
    count: int


def reached(rungs: Mapping[date, Iterable[Rung]], today: date) -> list[Reached]:
    """Whom to tell, in one query over all open duties.

    The filler ahead, on the day and after; a file without one in office is told to the stewards.
    Who answers for a follow-up, a remark or a rectification ahead and on the day, and a follow-up
    to nobody else until it is late. Later the file's reviewer (the unit's reviewers where it has
    none), the stewards, supervisors. Of one duty nobody is told twice at a step.
    """
    flat = [(due, rung.step.value, rung.turn) for due, found in rungs.items() for rung in found]
    if not flat:
        return []
    due, step, turn = (list(column) for column in zip(*flat, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            REACHED,
            {"due": due, "step": step, "turn": turn, "today": today, "charges": Charge.values},
        )
        return [Reached(*row) for row in cursor.fetchall()]


# Whom an event reaches ---------------------------------------------------------------------------


def holders(role: Role, day: date, *, unit_id: int | None = None) -> list[int]:
    """The accounts that hold a role (at that unit, where one is named) on the day."""
    rows = User.objects.filter(
        Q(assignments__until=None) | Q(assignments__until__gte=day),
        is_active=True,
        assignments__role=role,
        assignments__since__lte=day,
    )
    if unit_id is not None:
        rows = rows.filter(assignments__unit=unit_id)
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def accounts_of(staff_ids: Iterable[Any]) -> list[int]:
    """The accounts in use of these people."""
    rows = User.objects.filter(is_active=True, staff__in=[pk for pk in staff_ids if pk])
    return list(rows.order_by("pk").values_list("pk", flat=True))


# What waits to leave -----------------------------------------------------------------------------


def channels_due(at: datetime) -> list[Any]:
    """The channels on which something is due."""
    rows = Delivery.objects.filter(state=Sent.WAITING, due_at__lte=at)
    return list(rows.order_by("channel").values_list("channel", flat=True).distinct())


def pending(channel: Channel, at: datetime, most: int) -> Sequence[Delivery]:
    """What is due on the channel, the oldest first."""
    rows = Delivery.objects.filter(channel=channel, state=Sent.WAITING, due_at__lte=at)
    return list(rows.select_related("notice").order_by("due_at", "pk")[:most])


def message_of(rows: Sequence[Delivery], most: int) -> tuple[str, list[str]]:
    """The title and the lines of one message: what, and the address where it stands.

    Counts, sorts and links alone: a message is read by whoever holds the telephone (§5.5).
    """
    notices = [row.notice for row in rows]
    lines = [f"{say(notice)}\n{settings.ADDRESS}{notice.url}" for notice in notices[:most]]
    if len(notices) > most:
        rest = _("另有 %(count)d 条，见 %(address)s") % {
            "count": len(notices) - most,
            "address": settings.ADDRESS + reverse("notices:list"),
        }
        lines.append(rest)
    return _("一户提醒：%(count)d 条") % {"count": len(notices)}, lines


def duties_url(conditions: Mapping[str, str]) -> str:
    """The list of duties under these conditions."""
    given = {name: value for name, value in conditions.items() if value}
    return f"{reverse('desk:duties')}?{urlencode(given)}"


CHARGES = {
    Charge.FOLLOWUP: ("visits:followups", {"whose": "mine", "state": "open"}),
    Charge.RISK: ("risks:register", {"state": "standing"}),
    Charge.RECTIFICATION: ("inspections:findings", {"state": "standing", "sort": "due"}),
}


def charge_url(charge: Charge) -> str:
    """The list in which a person finds what they answer for, the soonest due first."""
    name, conditions = CHARGES[charge]
    return f"{reverse(name)}?{urlencode(conditions)}"


# The calendar ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DayGroup:
    """What of one sort falls due on one day: how many in all, and how many are still owed."""

    due_on: date
    kind: str
    klass: str
    total: int
    open: int


def due_between(user: User, first: date, last: date, *, mine: bool) -> list[DayGroup]:
    """What falls due from `first` through `last` within the person's reach, by day and sort."""
    rows = Duty.objects.visible_to(user).filter(
        dropped_at=None, waived_at=None, due_on__range=(first, last)
    )
    if mine:
        rows = rows.filter(dossier__filler=user.staff_id)
    of_class = Case(
        When(kind=DutyKind.REVIEW, then=F("klass")), default=Value(""), output_field=CharField()
    )
    found = (
        rows.order_by()
        .values("due_on", "kind", of=of_class)
        .annotate(total=Count("pk"), open=Count("pk", filter=Q(done_at=None)))
        .order_by("due_on", "kind", "of")
    )
    return [
        DayGroup(row["due_on"], row["kind"], row["of"], row["total"], row["open"]) for row in found
    ]


def fills(user: User) -> bool:
    """Whether the person's own calendar is that of the files they fill, not of the whole unit."""
    return holds(user, Role.FILLER) and not holds(user, Role.REVIEWER, Role.STEWARD)
