"""What is owed, as the desk shows it: groups to do in one go, lists, and how they are counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils.http import urlencode

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.customers.rules import Klass
from yihu.desk.choices import (
    FIRST_LATE_DAY,
    Due,
    DutyState,
    Lateness,
    month_end,
    period_code,
    period_label,
    period_of,
)
from yihu.desk.filling.queries import confirmable
from yihu.desk.ways import Way
from yihu.dossiers.queries import search
from yihu.duties.choices import EVENTS, DutyKind
from yihu.duties.models import Duty
from yihu.kit.clock import SHANGHAI

KLASSES = {klass.value: klass.label for klass in Klass}
KINDS = {kind.value: kind.label for kind in DutyKind}
UNDONE = Q(done_at__isnull=True, waived_at__isnull=True)
EVENT = "event"
"""What the list of duties calls all that events brought, under one name."""
DONE_ON = TruncDate("done_at", tzinfo=SHANGHAI)
STATES = {
    DutyState.TODO: lambda today: UNDONE,
    DutyState.OVERDUE: lambda today: UNDONE & Q(due_on__lt=today),
    DutyState.OPEN: lambda today: UNDONE & Q(due_on__gte=today),
    DutyState.DONE: lambda today: Q(done_at__isnull=False),
    DutyState.ON_TIME: lambda today: Q(done_on__lte=F("due_on")),
    DutyState.LATE: lambda today: Q(done_on__gt=F("due_on")),
    DutyState.WAIVED: lambda today: Q(waived_at__isnull=False),
    DutyState.DUE: lambda today: Q(waived_at__isnull=True),
    DutyState.FALLEN: lambda today: Q(done_at__isnull=False) | UNDONE & Q(due_on__lt=today),
}


class DaysBetween(Func):
    """Days from the second date to the first."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


def late_by(band: Lateness) -> Q:
    """Done so many days after the due date, by the calendar of Shanghai."""
    bands = list(Lateness)
    later = bands[bands.index(band) + 1 :]
    within = Q(late_days__gte=FIRST_LATE_DAY[band])
    return within & Q(late_days__lt=FIRST_LATE_DAY[later[0]]) if later else within


def standing(user: User) -> ScopedQuerySet:
    """Duties that stand (were not dropped), each with `done_on`, the day of the deed, and
    `late_days` from its due date to that day, negative where it was early.
    """
    rows: ScopedQuerySet = (
        Duty.objects.visible_to(user)
        .filter(dropped_at__isnull=True)
        .annotate(done_on=DONE_ON, late_days=DaysBetween(DONE_ON, F("due_on")))
    )
    return rows


def link(**conditions: Any) -> str:
    """The address of the duty list under these conditions."""
    given = {name: value for name, value in conditions.items() if value not in {"", None}}
    return f"{reverse('desk:duties')}?{urlencode(given)}"


# The list ------------------------------------------------------------------------------------


def duties(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The duties of a list; `chosen` is what `DutyFilter` has checked.

    Each with its file's `name`, to be sorted by.
    """
    found: ScopedQuerySet = (
        chosen_duties(user, chosen, today)
        .annotate(name=F("dossier__pinyin"))
        .select_related("unit", "dossier", "dossier__filler")
        .defer("dossier__document", "dossier__search_text")
    )
    return found


def chosen_duties(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The same to be counted: files are joined only where a condition asks for them."""
    rows = standing(user)
    if chosen.get("q"):
        rows = rows.filter(dossier__in=search(user, chosen["q"]).order_by().values("pk"))
    if state := chosen.get("state"):
        rows = rows.filter(STATES[DutyState(state)](today))
    if kind := chosen.get("kind"):
        rows = rows.filter(kind__in=EVENTS if kind == EVENT else [kind])
    period = period_of(chosen.get("period") or "")
    if period is not None:
        rows = rows.filter(period_start=period.start, period_end=period.end)
    if month := chosen.get("month"):
        rows = rows.filter(due_on__range=(month, month_end(month)))
    if since := chosen.get("since"):
        rows = rows.filter(due_on__gte=since)
    if until := chosen.get("until"):
        rows = rows.filter(due_on__lte=month_end(until))
    if late := chosen.get("late"):
        rows = rows.filter(late_by(Lateness(late)))
    if klass := chosen.get("klass"):
        rows = rows.filter(klass="" if klass == "none" else klass)
    if unit := chosen.get("unit"):
        rows = rows.filter(unit=int(unit))
    if filler := chosen.get("filler"):
        rows = rows.filter(dossier__filler=None if filler == "none" else filler)
    return rows


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A duty as a list shows it."""

    duty: Duty
    klass: str
    period: str
    state: DutyState
    due: Due
    late_days: int
    way: Way | None = None


def state_of(duty: Any, today: date) -> DutyState:
    """One of open, overdue, on time, late."""
    if duty.waived_at is not None:
        return DutyState.WAIVED
    if duty.done_at is None:
        return DutyState.OVERDUE if duty.due_on < today else DutyState.OPEN
    return DutyState.ON_TIME if duty.done_on <= duty.due_on else DutyState.LATE


def duty_lines(
    rows: Iterable[Any], today: date, ways: Mapping[UUID, Way] | None = None
) -> list[DutyLine]:
    """The lines of one page, each with the way to its deed where there is one."""
    ways = ways or {}
    return [
        DutyLine(
            duty,
            str(KLASSES.get(duty.klass, "")),
            period_label(duty.period_start, duty.period_end),
            state_of(duty, today),
            Due(duty.due_on, today),
            max(duty.late_days or 0, 0),
            ways.get(duty.pk),
        )
        for duty in rows
    ]


# The home page -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """Duties of a kind: a month's offtake, the reviews of a class and period, what events brought.

    `confirms`: how many of its open reviews can be confirmed as unchanged together.
    """

    kind: str
    kind_label: str
    klass: str
    klass_label: str
    period: str
    month: str
    due: Due
    total: int
    open: int
    url: str
    confirms: int = 0

    @property
    def done(self) -> int:
        """How many are done already."""
        return self.total - self.open


def groups(user: User, today: date, *, filler: str = "") -> list[Group]:
    """Open duties grouped, soonest first; of one filler's files where one is named."""
    rows = standing(user)
    if filler:
        rows = rows.filter(dossier__filler=filler)
    # a month's volumes come from one workbook, whatever the classes of its customers; what events
    # bring is done file by file, whenever each happened
    events = Q(kind__in=EVENTS)
    of_class = Case(
        When(events | Q(kind=DutyKind.OFFTAKE), then=Value("")),
        default=F("klass"),
        output_field=CharField(),
    )
    found = []
    for row in (
        rows.order_by()
        .values(
            "kind",
            of=of_class,
            start=Case(When(events, then=None), default=F("period_start")),
            end=Case(When(events, then=None), default=F("period_end")),
        )
        .annotate(
            total=Count("pk", filter=Q(waived_at__isnull=True) & (~events | UNDONE)),
            open=Count("pk", filter=UNDONE),
            confirms=Count("pk", filter=Q(pk__in=confirmable(user).order_by().values("pk"))),
            soonest=Min("due_on", filter=UNDONE),
        )
        .filter(open__gt=0)
        .order_by("soonest", "kind", "of")
    ):
        start, end = row["start"], row["end"]
        found.append(
            Group(
                kind=row["kind"],
                kind_label=str(KINDS.get(row["kind"], row["kind"])),
                klass=row["of"],
                klass_label=str(KLASSES.get(row["of"], "")),
                period=period_label(start, end) if start else "",
                month=f"{start:%Y-%m}" if start else "",
                due=Due(row["soonest"], today),
                total=row["total"],
                open=row["open"],
                confirms=row["confirms"],
                url=link(
                    kind=row["kind"],
                    klass=row["of"],
                    period=period_code(start, end) if start else "",
                    state="todo",
                    filler=filler,
                ),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Tally:
    """Duties by how they stand; every number has its list.

    `few`, `some`, `many`: the late ones by `Lateness`; `late_sum`, `late_most`: their days.
    """

    on_time: int
    late: int
    overdue: int
    open: int
    waived: int
    few: int
    some: int
    many: int
    late_sum: int
    late_most: int
    conditions: Mapping[str, Any]

    @property
    def due(self) -> int:
        """All that fall due; what was waived counts apart."""
        return self.on_time + self.late + self.overdue + self.open

    @property
    def done(self) -> int:
        """Done, on time or late."""
        return self.on_time + self.late

    @property
    def fallen(self) -> int:
        """The denominator of timeliness: done, or past its date."""
        return self.done + self.overdue

    @property
    def percent(self) -> int | None:
        """On time of what is done or past its date, in whole percent, never rounded up to 100."""
        return None if not self.fallen else self.on_time * 100 // self.fallen

    @property
    def late_mean(self) -> Decimal | None:
        """How many days the late ones were late, in the mean."""
        return None if not self.late else (Decimal(self.late_sum) / self.late).quantize(TENTH)

    @property
    def longest_band(self) -> str:
        """The band of the longest delay; "" where nothing was late."""
        return "many" if self.many else "some" if self.some else "few" if self.few else ""

    def url(self, state: str, late: str = "") -> str:
        """The list of exactly those that are counted."""
        return link(**self.conditions, state=state, late=late)

    @property
    def due_url(self) -> str:
        """All of them."""
        return self.url("due")

    @property
    def fallen_url(self) -> str:
        """Done, or past their date: what timeliness is reckoned over."""
        return self.url("fallen")

    @property
    def done_url(self) -> str:
        """The done ones."""
        return self.url("done")

    @property
    def on_time_url(self) -> str:
        """Those done in time."""
        return self.url("on_time")

    @property
    def late_url(self) -> str:
        """Those done late."""
        return self.url("late")

    @property
    def few_url(self) -> str:
        """Those done up to three days late."""
        return self.url("late", Lateness.FEW)

    @property
    def some_url(self) -> str:
        """Those done four to ten days late."""
        return self.url("late", Lateness.SOME)

    @property
    def many_url(self) -> str:
        """Those done more than ten days late."""
        return self.url("late", Lateness.MANY)

    @property
    def most_url(self) -> str:
        """The band that the longest delay is in."""
        return self.url("late", self.longest_band)

    @property
    def overdue_url(self) -> str:
        """Those past their date and not done."""
        return self.url("overdue")

    @property
    def open_url(self) -> str:
        """Those still to come."""
        return self.url("open")

    @property
    def waived_url(self) -> str:
        """Those that headquarters let off."""
        return self.url("waived")

    @property
    def level(self) -> str:
        """The colour of the heat map."""
        if not self.due:
            return "none"
        if self.percent is None or (self.open and self.on_time == self.fallen):
            return "open"
        return next(name for least, name in LEVELS if self.percent >= least)

    @property
    def state(self) -> DutyState | None:
        """The word of the heat map: the worst that is in it; None where nothing was due."""
        return next((state for state in WORST_FIRST if getattr(self, state.value)), None)

    @property
    def state_count(self) -> int:
        """How many stand so."""
        return 0 if self.state is None else int(getattr(self, self.state.value))

    @property
    def state_url(self) -> str:
        """These."""
        return "" if self.state is None else self.url(self.state.value)


WORST_FIRST = (
    DutyState.OVERDUE,
    DutyState.LATE,
    DutyState.OPEN,
    DutyState.ON_TIME,
    DutyState.WAIVED,
)
LEVELS = ((95, "good"), (80, "fair"), (60, "poor"), (0, "bad"))
TENTH = Decimal("0.1")
SUMMED = (*(state.value for state in WORST_FIRST), *Lateness.values, "late_sum")
"""What of a tally adds up; of the longest delays the longest counts."""


def counts(today: date) -> dict[str, Any]:
    """What a tally counts, as aggregates over `standing` duties."""
    late = STATES[DutyState.LATE](today)
    return {
        **{state.value: Count("pk", filter=STATES[state](today)) for state in WORST_FIRST},
        **{band.value: Count("pk", filter=late_by(band)) for band in Lateness},
        "late_sum": Coalesce(Sum("late_days", filter=late), 0),
        "late_most": Coalesce(Max("late_days", filter=late), 0),
    }


def tally_of(parts: Iterable[Mapping[str, Any]], **conditions: Any) -> Tally:
    """The sum of counted rows; `conditions`: by which the list finds them again."""
    rows = list(parts)
    return Tally(
        **{name: sum(row[name] for row in rows) for name in SUMMED},
        late_most=max((row["late_most"] for row in rows), default=0),
        conditions=conditions,
    )


def month_tally(user: User, today: date, *, filler: str = "") -> Tally:
    """The month that today lies in, over everything in reach."""
    month = today.replace(day=1)
    rows = standing(user).filter(due_on__range=(month, month_end(month)))
    if filler:
        rows = rows.filter(dossier__filler=filler)
    row = rows.order_by().aggregate(**counts(today))
    return tally_of([row], month=f"{month:%Y-%m}", filler=filler)


def overdue_count(user: User, today: date, *, filler: str = "") -> int:
    """All that is past its date and not done, of whatever month."""
    rows = standing(user).filter(STATES[DutyState.OVERDUE](today))
    if filler:
        rows = rows.filter(dossier__filler=filler)
    counted: int = rows.count()
    return counted


@dataclass(frozen=True, slots=True)
class PersonLine:
    """What one filler's files owe this month."""

    name: str
    staff_id: str
    tally: Tally


def by_person(user: User, today: date) -> list[PersonLine]:
    """This month's duties by responsible filler; files without one stand last."""
    month = today.replace(day=1)
    found = []
    for row in (
        standing(user)
        .filter(due_on__range=(month, month_end(month)))
        .order_by()
        .values("dossier__filler", "dossier__filler__name")
        .annotate(**counts(today))
        .order_by(F("dossier__filler__name").asc(nulls_last=True))
    ):
        staff = str(row["dossier__filler"] or "none")
        found.append(
            PersonLine(
                row["dossier__filler__name"] or "",
                staff,
                tally_of([row], month=f"{month:%Y-%m}", filler=staff),
            )
        )
    return found
