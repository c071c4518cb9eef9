"""What is owed, as the desk shows it: groups to do in one go, lists, timeliness, the heat map."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, F, Min, Q, Value, When
from django.db.models.functions import TruncDate, TruncMonth
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.customers.rules import Klass
from yihu.desk.choices import (
    Due,
    DutyState,
    month_before,
    month_end,
    period_code,
    period_label,
    period_of,
)
from yihu.desk.queries import visible_units
from yihu.dossiers.queries import search
from yihu.duties.choices import CYCLES, EVENTS, DutyKind
from yihu.duties.models import Duty
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit

MONTHS = 12
KLASSES = {klass.value: klass.label for klass in Klass}
KINDS = {kind.value: kind.label for kind in DutyKind}
UNDONE = Q(done_at__isnull=True, waived_at__isnull=True)
EVENT = "event"
"""What the list of duties calls all that events brought, under one name."""
COLUMNS: tuple[tuple[str, Any, frozenset[str]], ...] = (
    *((kind.value, kind.label, frozenset({kind.value})) for kind in CYCLES),
    (EVENT, gettext_lazy("随时更新"), frozenset(kind.value for kind in EVENTS)),
)
"""What the board of timeliness sets side by side: the two clocks, and what events brought."""
DONE_ON = TruncDate("done_at", tzinfo=SHANGHAI)
STATES = {
    DutyState.TODO: lambda today: UNDONE,
    DutyState.OVERDUE: lambda today: UNDONE & Q(due_on__lt=today),
    DutyState.OPEN: lambda today: UNDONE & Q(due_on__gte=today),
    DutyState.DONE: lambda today: Q(done_at__isnull=False),
    DutyState.ON_TIME: lambda today: Q(done_on__lte=F("due_on")),
    DutyState.LATE: lambda today: Q(done_on__gt=F("due_on")),
    DutyState.WAIVED: lambda today: Q(waived_at__isnull=False),
}


def standing(user: User) -> ScopedQuerySet:
    """Duties that stand (were not dropped), each with `done_on`, the day of the deed."""
    rows: ScopedQuerySet = (
        Duty.objects.visible_to(user).filter(dropped_at__isnull=True).annotate(done_on=DONE_ON)
    )
    return rows


def link(**conditions: Any) -> str:
    """The address of the duty list under these conditions."""
    given = {name: value for name, value in conditions.items() if value not in {"", None}}
    return f"{reverse('desk:duties')}?{urlencode(given)}"


# The list ------------------------------------------------------------------------------------


def duties(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The duties of a list; `chosen` is what `DutyFilter` has checked."""
    rows = standing(user).annotate(name=F("dossier__pinyin"))
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
    if klass := chosen.get("klass"):
        rows = rows.filter(klass="" if klass == "none" else klass)
    if unit := chosen.get("unit"):
        rows = rows.filter(unit=int(unit))
    if filler := chosen.get("filler"):
        rows = rows.filter(dossier__filler=None if filler == "none" else filler)
    found: ScopedQuerySet = rows.select_related("unit", "dossier", "dossier__filler").defer(
        "dossier__document", "dossier__search_text"
    )
    return found


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A duty as a list shows it."""

    duty: Duty
    klass: str
    period: str
    state: DutyState
    due: Due


def state_of(duty: Any, today: date) -> DutyState:
    """One of open, overdue, on time, late."""
    if duty.waived_at is not None:
        return DutyState.WAIVED
    if duty.done_at is None:
        return DutyState.OVERDUE if duty.due_on < today else DutyState.OPEN
    return DutyState.ON_TIME if duty.done_on <= duty.due_on else DutyState.LATE


def duty_lines(rows: Iterable[Any], today: date) -> list[DutyLine]:
    """The lines of one page."""
    return [
        DutyLine(
            duty,
            str(KLASSES.get(duty.klass, "")),
            period_label(duty.period_start, duty.period_end),
            state_of(duty, today),
            Due(duty.due_on, today),
        )
        for duty in rows
    ]


# The home page -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """Duties that can be done in one go: a month's offtake, the reviews of a class and period."""

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
    """Duties that fall due in a month, by how they stand; every number has its list."""

    on_time: int
    late: int
    overdue: int
    open: int
    waived: int
    conditions: Mapping[str, Any]

    @property
    def due(self) -> int:
        """All that fall due in the month; what was waived counts apart."""
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

    def _url(self, state: str) -> str:
        return link(**self.conditions, state=state)

    @property
    def due_url(self) -> str:
        """All of them."""
        return self._url("")

    @property
    def done_url(self) -> str:
        """The done ones."""
        return self._url("done")

    @property
    def on_time_url(self) -> str:
        """Those done in time."""
        return self._url("on_time")

    @property
    def late_url(self) -> str:
        """Those done late."""
        return self._url("late")

    @property
    def overdue_url(self) -> str:
        """Those past their date and not done."""
        return self._url("overdue")

    @property
    def open_url(self) -> str:
        """Those still to come."""
        return self._url("open")

    @property
    def waived_url(self) -> str:
        """Those that headquarters let off."""
        return self._url("waived")

    @property
    def level(self) -> str:
        """The colour of the heat map."""
        if not self.due:
            return "none"
        if self.percent is None or (self.open and self.on_time == self.fallen):
            return "open"
        return next(name for least, name in LEVELS if self.percent >= least)


COUNTED = (
    DutyState.ON_TIME,
    DutyState.LATE,
    DutyState.OVERDUE,
    DutyState.OPEN,
    DutyState.WAIVED,
)
LEVELS = ((95, "good"), (80, "fair"), (60, "poor"), (0, "bad"))


def _counts(today: date) -> dict[str, Count]:
    return {state.value: Count("pk", filter=STATES[state](today)) for state in COUNTED}


def _tally(row: Mapping[str, Any], **conditions: Any) -> Tally:
    return Tally(conditions=conditions, **{state.value: row[state.value] for state in COUNTED})


def month_tally(user: User, today: date, *, filler: str = "") -> Tally:
    """The month that today lies in, over everything in reach."""
    month = today.replace(day=1)
    rows = standing(user).filter(due_on__range=(month, month_end(month)))
    if filler:
        rows = rows.filter(dossier__filler=filler)
    row = rows.order_by().aggregate(**_counts(today))
    return _tally(row, month=f"{month:%Y-%m}", filler=filler)


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
        .annotate(**_counts(today))
        .order_by(F("dossier__filler__name").asc(nulls_last=True))
    ):
        staff = str(row["dossier__filler"] or "none")
        found.append(
            PersonLine(
                row["dossier__filler__name"] or "",
                staff,
                _tally(row, month=f"{month:%Y-%m}", filler=staff),
            )
        )
    return found


# Supervision ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit's month: the whole, and each kind by itself."""

    unit: OrgUnit
    whole: Tally
    kinds: Sequence[tuple[str, Tally]]


def timeliness(user: User, month: date, today: date) -> tuple[list[UnitLine], UnitLine]:
    """Every unit's duties that fall due in the month (§6.4.1), and the sum, in two queries."""
    rows = (
        standing(user)
        .filter(due_on__range=(month, month_end(month)))
        .order_by()
        .values("unit", "kind")
        .annotate(**_counts(today))
    )
    counted = {(row["unit"], row["kind"]): row for row in rows}
    zero = {state.value: 0 for state in COUNTED}
    code = f"{month:%Y-%m}"

    def line(of: OrgUnit, parts: Iterable[tuple[Any, str]], **place: Any) -> UnitLine:
        sums = {code: dict(zero) for code, _label, _kinds in COLUMNS}
        for unit_id, kind in parts:
            column = next(code for code, _label, kinds in COLUMNS if kind in kinds)
            for name in zero:
                sums[column][name] += counted.get((unit_id, kind), zero)[name]
        whole = {name: sum(part[name] for part in sums.values()) for name in zero}
        return UnitLine(
            of,
            _tally(whole, month=code, **place),
            [
                (str(label), _tally(sums[column], month=code, kind=column, **place))
                for column, label, _kinds in COLUMNS
            ],
        )

    units = list(visible_units(user))
    lines = [line(unit, [(unit.pk, kind) for kind in KINDS], unit=unit.pk) for unit in units]
    whole = line(OrgUnit(name=""), [(unit.pk, kind) for unit in units for kind in KINDS])
    return lines, whole


@dataclass(frozen=True, slots=True)
class HeatLine:
    """A unit's last twelve months."""

    unit: OrgUnit
    months: Sequence[Tally]


def heat(user: User, today: date, until: date) -> tuple[list[date], list[HeatLine]]:
    """Units by months of due date, the last twelve, in two queries."""
    months = [month_before(until, back) for back in range(MONTHS - 1, -1, -1)]
    counted = {
        (row["unit"], row["due_month"]): row
        for row in standing(user)
        .filter(due_on__range=(months[0], month_end(months[-1])))
        .annotate(due_month=TruncMonth("due_on"))
        .order_by()
        .values("unit", "due_month")
        .annotate(**_counts(today))
    }
    zero = {state.value: 0 for state in COUNTED}
    lines = [
        HeatLine(
            unit,
            [
                _tally(counted.get((unit.pk, month), zero), month=f"{month:%Y-%m}", unit=unit.pk)
                for month in months
            ],
        )
        for unit in visible_units(user)
    ]
    return months, lines
