"""Every read of visits and of what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.fields import IntegerField
from django.db.models.functions import Coalesce

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, reach, scope_of
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import search as search_dossiers
from yihu.dossiers.rules import State as FileState
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import EmploymentStatus, UnitKind
from yihu.visits.choices import OPEN, RUNNING, NeedState, Side, State
from yihu.visits.models import Followup, Need, Participant, Progress, Quota, Revision, Visit
from yihu.visits.rules import ESCALATION, VISITS_A_YEAR, due_before

HEAVY = ("dossier__document", "dossier__search_text")


def _within(rows: ScopedQuerySet, user: User) -> ScopedQuerySet:
    """Of the units that the person works for: what a grant opens is read on the file's page."""
    scope = scope_of(user)
    seen: ScopedQuerySet = rows.visible_to(user)
    return seen if scope.everything else seen.filter(unit__in=scope.own_ids)


def contacts_of(dossier: Dossier) -> list[dict[str, str]]:
    """The contacts that stand in the file, by name and post."""
    rows = dossier.document.get("contacts") or []
    return [
        {"name": str(row["name"])[:60], "post": str(row.get("post") or "")[:60]}
        for row in rows
        if isinstance(row, dict) and row.get("name")
    ]


def colleagues(unit_id: int) -> list[Staff]:
    """Who may take part for the unit, by name."""
    rows = Staff.objects.filter(unit=unit_id, status=EmploymentStatus.ACTIVE)
    return list(rows.order_by("employee_no"))


def ours_of(visit: Visit) -> set[UUID]:
    """The staff who come for us, whoever answers for the visit among them."""
    rows = Participant.objects.filter(unit=visit.unit_id, visit=visit, side=Side.OURS)
    return {visit.lead_id, *rows.values_list("staff", flat=True)}


def last_serial(unit_id: int, year: int) -> int:
    """The last running number of that year, 0 before the first."""
    rows = Visit.objects.filter(unit=unit_id, year=year).order_by("-serial")
    return rows.values_list("serial", flat=True).first() or 0


def units(user: User) -> list[tuple[str, str]]:
    """The units whose visits the person may see, as options."""
    scope = scope_of(user)
    rows = OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    seen = rows if scope.everything else rows.filter(pk__in=scope.own_ids)
    return [(str(unit.pk), unit.name) for unit in seen]


# One visit ---------------------------------------------------------------------------------------


def one(user: User, pk: UUID) -> Visit:
    """A visit that the person may see, with its file and people. Raises: Unreachable."""
    rows = Visit.objects.select_related(
        "dossier__unit", "document", "lead", "recorded_by", "cancelled_by", "entered_by"
    ).defer("document__text")
    found: Visit = reach(rows, user, pk=pk)
    return found


def sides_of(visit: Visit) -> dict[str, list[Participant]]:
    """Who took part, by side, in their order."""
    rows = Participant.objects.filter(unit=visit.unit_id, visit=visit).order_by("place")
    found: dict[str, list[Participant]] = {"ours": [], "theirs": []}
    for row in rows:
        found[row.side].append(row)
    return found


def followups_of(visit: Visit) -> list[Followup]:
    """What is followed up of a visit, with each line of progress."""
    lines = Progress.objects.select_related("by").order_by("at", "id")
    rows = Followup.objects.filter(unit=visit.unit_id, visit=visit).select_related("owner")
    return list(rows.prefetch_related(Prefetch("progress", lines)).order_by("due_on", "id"))


def needs_of(visit: Visit) -> list[Need]:
    """What the customer asked for."""
    rows = Need.objects.filter(unit=visit.unit_id, visit=visit).select_related("owner")
    return list(rows.order_by("heard_on", "id"))


def revisions_of(visit: Visit) -> list[Revision]:
    """What the minutes said before, newest first."""
    rows = Revision.objects.filter(unit=visit.unit_id, visit=visit).select_related("by")
    return list(rows.order_by("-number"))


def one_followup(user: User, pk: UUID) -> Followup:
    """A follow-up that the person may see. Raises: Unreachable."""
    rows = Followup.objects.select_related("dossier__unit", "visit", "owner")
    found: Followup = reach(rows, user, pk=pk)
    return found


def one_need(user: User, pk: UUID) -> Need:
    """A need that the person may see. Raises: Unreachable."""
    rows = Need.objects.select_related("dossier__unit", "unit", "visit", "owner")
    found: Need = reach(rows, user, pk=pk)
    return found


# On the file's page ------------------------------------------------------------------------------


def of_dossier(user: User, dossier: Dossier) -> ScopedQuerySet:
    """The visits of a file, those open to the person."""
    rows: ScopedQuerySet = (
        _with_open(Visit.objects.visible_to(user))
        .filter(unit=dossier.unit_id, dossier=dossier)
        .select_related("lead")
    )
    return rows


def followed_of(user: User, dossier: Dossier) -> list[Followup]:
    """What of a file is still followed up, the soonest first."""
    rows = Followup.objects.visible_to(user).filter(
        unit=dossier.unit_id, dossier=dossier, state__in=OPEN
    )
    return list(rows.select_related("owner", "visit").order_by("due_on", "id")[:20])


def wanted_of(user: User, dossier: Dossier) -> list[Need]:
    """What the customer asked for and has not got."""
    rows = Need.objects.visible_to(user).filter(unit=dossier.unit_id, dossier=dossier)
    rows = rows.exclude(state=NeedState.DONE).select_related("visit")
    return list(rows.order_by("-heard_on", "-id")[:20])


# Lists under filters -----------------------------------------------------------------------------


def _with_open(rows: ScopedQuerySet) -> ScopedQuerySet:
    """With `open_count`: how many follow-ups of the visit are not closed."""
    counted = (
        Followup.objects.filter(unit=OuterRef("unit"), visit=OuterRef("pk"), state__in=OPEN)
        .order_by()
        .values("visit")
        .annotate(n=Count("pk"))
        .values("n")
    )
    found: ScopedQuerySet = rows.annotate(
        open_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    )
    return found


def _narrowed(
    user: User, rows: ScopedQuerySet, chosen: Mapping[str, Any], plain: Mapping[str, str]
) -> ScopedQuerySet:
    if chosen.get("customer"):
        named = search_dossiers(user, chosen["customer"]).order_by().values("pk")
        rows = rows.filter(dossier__in=named)
    if chosen.get("unit"):
        rows = rows.filter(unit=int(chosen["unit"]))
    for name, lookup in plain.items():
        if chosen.get(name):
            rows = rows.filter(**{lookup: chosen[name]})
    return rows


def register(user: User, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    """The visits in reach under the filter's conditions."""
    rows = _with_open(_within(Visit.objects.all(), user))
    rows = rows.select_related("dossier", "unit", "lead").defer(*HEAVY)
    if chosen.get("q"):
        scope = scope_of(user)
        in_units = None if scope.everything else sorted(scope.own_ids)
        words = " ".join(chosen["q"].split())
        rows = rows.filter(
            id__in=RawSQL("SELECT search_visits(%s, %s::integer[])", (words, in_units))
        )
    if chosen.get("topic"):
        rows = rows.filter(topics__contains=[chosen["topic"]])
    if chosen.get("followups") == "open":
        running = Followup.objects.filter(
            unit=OuterRef("unit"), visit=OuterRef("pk"), state__in=OPEN
        )
        rows = rows.filter(Exists(running))
    plain = {
        "kind": "kind", "level": "level", "state": "state", "since": "day__gte",
        "until": "day__lte",
    }  # fmt: skip
    return _narrowed(user, rows, chosen, plain)


def exported(rows: ScopedQuerySet) -> ScopedQuerySet:
    """The same with everybody who took part."""
    people = Participant.objects.order_by("place")
    found: ScopedQuerySet = rows.prefetch_related(Prefetch("participants", people))
    return found


def _escalated(user: User, today: date) -> Q:
    """What has gone up to one of the person's roles."""
    scope = scope_of(user)
    reached = [step for step in ESCALATION if scope.holds(step.role)]
    if not reached:
        return Q(pk__in=[])
    latest = max(due_before(step, today) for step in reached)
    return Q(state__in=RUNNING, due_on__lte=latest)


def followups(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The follow-ups in reach under the filter's conditions."""
    rows = _within(Followup.objects.all(), user)
    rows = rows.select_related("dossier", "unit", "visit", "owner").defer(*HEAVY)
    if chosen.get("whose") == "mine":
        rows = rows.filter(owner=user.staff_id)
    standing = chosen.get("state")
    if standing == "open":
        rows = rows.filter(state__in=OPEN)
    elif standing == "late":
        rows = rows.filter(state__in=RUNNING, due_on__lt=today)
    elif standing == "escalated":
        rows = rows.filter(_escalated(user, today))
    elif standing:
        rows = rows.filter(state=standing)
    return _narrowed(user, rows, chosen, {"side": "side"})


def needs(user: User, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    """The needs in reach under the filter's conditions."""
    rows = _within(Need.objects.all(), user)
    rows = rows.select_related("dossier", "unit", "visit", "owner").defer(*HEAVY)
    plain = {
        "state": "state", "category": "category", "priority": "priority",
        "since": "heard_on__gte", "until": "heard_on__lte",
    }  # fmt: skip
    return _narrowed(user, rows, chosen, plain)


# Counts for the home page and the boards ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """What waits for a person: own follow-ups, those of them late, what went up to them."""

    mine: int
    late: int
    escalated: int
    to_write: int


def tally_of(user: User, today: date) -> Tally:
    """One query for follow-ups, one for minutes to be written."""
    rows = _within(Followup.objects.all(), user).filter(state__in=OPEN)
    own = Q(owner=user.staff_id)
    found = rows.aggregate(
        mine=Count("pk", filter=own),
        late=Count("pk", filter=own & Q(state__in=RUNNING, due_on__lt=today)),
        escalated=Count("pk", filter=_escalated(user, today)),
    )
    unwritten = _within(Visit.objects.all(), user).filter(state=State.HELD)
    return Tally(to_write=unwritten.filter(lead=user.staff_id).count(), **found)


# The yearly plan ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One class of a unit's customers in a year."""

    klass: str
    label: str
    quota: int
    customers: int
    wanted: int
    planned: int
    held: int
    met: int

    @property
    def percent(self) -> int | None:
        """Customers whose number of visits is reached, of all; None where none is wanted."""
        return self.met * 100 // self.customers if self.wanted else None


def quotas_of(unit_id: int, year: int) -> dict[str, int]:
    """How many visits a year each class should have: the unit's own, else the default."""
    own = dict(Quota.objects.filter(unit=unit_id, year=year).values_list("klass", "visits"))
    return {klass.value: own.get(klass.value, VISITS_A_YEAR[klass]) for klass in Klass}


def planned_files(user: User, unit_id: int, year: int) -> ScopedQuerySet:
    """The unit's active files with `wanted`, `held_count` and `planned_count` of the year."""

    def counted(*states: State) -> Coalesce:
        rows = (
            Visit.objects.filter(
                unit=OuterRef("unit"), dossier=OuterRef("pk"), state__in=states,
                day__gte=date(year, 1, 1), day__lte=date(year, 12, 31),
            )
            .order_by().values("dossier").annotate(n=Count("pk")).values("n")
        )  # fmt: skip
        return Coalesce(Subquery(rows, output_field=IntegerField()), 0)

    wanted = Case(
        *(When(klass=klass, then=Value(n)) for klass, n in quotas_of(unit_id, year).items()),
        default=Value(0),
    )
    rows: ScopedQuerySet = (
        _within(Dossier.objects.all(), user)
        .filter(unit=unit_id, state=FileState.ACTIVE)
        .annotate(
            wanted=wanted,
            held_count=counted(State.HELD, State.WRITTEN),
            planned_count=counted(State.PLANNED),
        )
    )
    return rows


def plan_lines(user: User, unit_id: int, year: int) -> list[PlanLine]:
    """Wanted, planned and held by class."""
    quotas = quotas_of(unit_id, year)
    found: dict[str, list[int]] = {klass: [0, 0, 0, 0] for klass in quotas}
    rows = planned_files(user, unit_id, year).order_by()
    for klass, wanted, held, planned in rows.values_list(
        "klass", "wanted", "held_count", "planned_count"
    ):
        if klass in found:
            line = found[klass]
            line[0] += 1
            line[1] += planned
            line[2] += held
            line[3] += held >= wanted
    return [
        PlanLine(klass, str(Klass(klass).label), quota, *_line(found[klass], quota))
        for klass, quota in quotas.items()
    ]


def _line(counts: list[int], quota: int) -> tuple[int, int, int, int, int]:
    customers, planned, held, met = counts
    return customers, customers * quota, planned, held, met


def lagging(user: User, unit_id: int, year: int) -> ScopedQuerySet:
    """Files whose visits held and planned fall short of the number wanted."""
    rows: ScopedQuerySet = planned_files(user, unit_id, year).filter(wanted__gt=F("held_count"))
    return rows.defer("document", "search_text")
