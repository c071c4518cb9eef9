"""Every read of schemes, assessments, lines, places and objections (§6.4.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, reach, scope_of
from yihu.assessment import rules
from yihu.assessment.choices import MONTHS, TOLD, Kind, State, Verdict
from yihu.assessment.models import Assessment, Entry, Line, Objection, Scheme, UnitScore
from yihu.assessment.policy import may_assess
from yihu.assessment.rules import Definition, Fact, Scored, assess, ranks
from yihu.assessment.sources import SOURCE, SOURCES
from yihu.dossiers.models import Dossier
from yihu.duties.models import CalendarCorrection
from yihu.kit.calendar import WorkingDays
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.ratings.rules import rounded

TREND = 12
"""So many periods of one kind stand in a trend."""

# Schemes -----------------------------------------------------------------------------------------


def schemes(user: User) -> list[Scheme]:
    """The editions, the newest first; a draft only for those who make it."""
    rows = Scheme.objects.select_related("changed_by", "published_by")
    return list(rows if may_assess(user) else rows.filter(published_at__isnull=False))


def draft_scheme() -> Scheme | None:
    """The one that is being drafted."""
    return Scheme.objects.filter(published_at=None).first()


def newest_scheme() -> Scheme | None:
    """The last one published."""
    return Scheme.objects.filter(published_at__isnull=False).first()


def scheme_in_force(on: date) -> Scheme | None:
    """By which a period that begins that day is judged."""
    return Scheme.objects.filter(published_at__isnull=False, effective_on__lte=on).first()


def scheme_of(user: User, number: int) -> Scheme:
    """Raises: Http404."""
    rows = Scheme.objects.select_related("changed_by", "published_by", "based_on")
    found = rows.filter(number=number).first()
    if found is None or (found.published_at is None and not may_assess(user)):
        raise Http404
    return found


# Assessments -------------------------------------------------------------------------------------


def assessments(user: User) -> QuerySet[Assessment]:
    """Headquarters all; a unit what is published."""
    rows = Assessment.objects.select_related("scheme")
    return rows if may_assess(user) else rows.filter(state__in=TOLD)


def one(user: User, pk: UUID) -> Assessment:
    """Raises: Http404."""
    rows = assessments(user).select_related(
        "scheme", "opened_by", "published_by", "final_by", "asked_by"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def of_period(year: int, code: str) -> Assessment | None:
    """The published or final one of a period."""
    return Assessment.objects.filter(year=year, period=code, state__in=TOLD).first()


def is_superseded(held: Assessment) -> bool:
    """Whether another scheme is in force for its period: nothing is published by the old one."""
    in_force = scheme_in_force(held.starts_on)
    return held.state not in (*TOLD, State.DROPPED) and (
        in_force is None or in_force.pk != held.scheme_id
    )


def assessed_units(until: date) -> list[int]:
    """The units that kept files by that day."""
    rows = Dossier.objects.filter(opened_on__lte=until).exclude(state="closed")
    kinds = [UnitKind.SUBSIDIARY, UnitKind.SUBUNIT]
    kept = rows.filter(unit__kind__in=kinds).order_by().values_list("unit_id", flat=True)
    return sorted(set(kept.distinct()))


def working_days() -> WorkingDays:
    """The calendar with headquarters' corrections."""
    return WorkingDays(dict(CalendarCorrection.objects.values_list("day", "working")))


# Places ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit's place. `change`: of the score against the period before, None where it has none;
    `climbed`: by so many places.
    """

    unit: OrgUnit
    score: Decimal
    rank: int
    change: Decimal | None
    climbed: int | None

    @property
    def fell(self) -> int:
        """So many places down."""
        return -(self.climbed or 0)


def ranking(year: int, period: str) -> list[Standing]:
    """The published or final places of a period (M1 to M12, Q1 to Q4, Y), the best first; none
    where nothing is published. Raises: BadPeriod.
    """
    rules.span(year, period)
    held = of_period(year, period)
    return standings(held) if held is not None else []


def standings(held: Assessment) -> list[Standing]:
    """The places of an assessment, published or not."""
    earlier = of_period(*rules.before(held.year, held.period))
    was = {}
    if earlier is not None:
        was = {row.subsidiary_id: row for row in UnitScore.objects.filter(assessment=earlier)}
    rows = UnitScore.objects.filter(assessment=held).select_related("subsidiary")
    found = []
    for row in rows.order_by("rank", "subsidiary__sort", "subsidiary__code"):
        then = was.get(row.subsidiary_id)
        climbed = then.rank - row.rank if then and then.rank and row.rank else None
        change = row.score - then.score if then else None
        found.append(Standing(row.subsidiary, row.score, row.rank or 0, change, climbed))
    return found


def trend(held: Assessment) -> tuple[list[Assessment], dict[int, dict[UUID, Decimal]]]:
    """The last periods of the same kind up to this one, oldest first, and every unit's scores.

    The assessment itself is among them, whether or not it is published.
    """
    kind = rules.kind_of(held.period)
    rows = Assessment.objects.filter(
        Q(state__in=TOLD) | Q(pk=held.pk), period__startswith=kind, ends_on__lte=held.ends_on
    )
    periods = list(rows.order_by("-ends_on")[:TREND])[::-1]
    scores: dict[int, dict[UUID, Decimal]] = {}
    for unit, key, score in UnitScore.objects.filter(assessment__in=periods).values_list(
        "subsidiary", "assessment", "score"
    ):
        scores.setdefault(unit, {})[key] = score
    return periods, scores


# Lines -------------------------------------------------------------------------------------------


def lines(user: User, held: Assessment, unit_id: int) -> list[Line]:
    """A unit's lines in the order of the sources; [] where the person may not see them."""
    rows = _reachable(user).filter(assessment=held, unit=unit_id).select_related("unit")
    order = {source.code: place for place, source in enumerate(SOURCES)}
    return sorted(rows.defer("hits", "misses"), key=lambda row: order.get(row.code, len(order)))


def one_line(user: User, pk: UUID) -> Line:
    """Raises: Unreachable."""
    rows = _reachable(user).select_related("assessment__scheme", "unit").defer("hits", "misses")
    found: Line = reach(rows, user, pk=pk)
    return found


def _reachable(user: User) -> ScopedQuerySet:
    """Headquarters all; those who keep a unit's files its own, once published."""
    scope = scope_of(user)
    rows: ScopedQuerySet = Line.objects.visible_to(user)
    if scope.everything:
        return rows
    return rows.filter(published=True, unit__in=scope.own_ids & scope.whole_units)


def means(held: Assessment) -> dict[str, Decimal]:
    """The mean points of every line that counted, over all units."""
    found: dict[str, list[Decimal]] = {}
    for code, points in Line.objects.filter(assessment=held, points__isnull=False).values_list(
        "code", "points"
    ):
        found.setdefault(code, []).append(points)
    return {code: rounded(sum(some, Decimal(0)) / len(some)) for code, some in found.items()}


def behind(line: Line, side: str, *, start: int, size: int) -> tuple[list[UUID], int]:
    """Some of the keys counted for (`hits`) or against (`misses`) the unit, and how many all are.

    Cut in the database: a unit may have tens of thousands.
    """
    rows = Line.objects.filter(pk=line.pk)
    part = rows.annotate(part=F(f"{side}__{start}_{start + size}"))
    keys, count = part.values_list("part", F(f"{side}__len")).get()
    return list(keys or []), int(count or 0)


def facts_of(held: Assessment) -> dict[int, list[Fact]]:
    """The frozen facts of every unit with what objections gave back."""
    found: dict[int, list[Fact]] = {}
    for unit, code, top, bottom, amount, adjusted in (
        Line.objects.filter(assessment=held)
        .order_by("unit", "code")
        .values_list("unit", "code", "top", "bottom", "amount", "adjusted")
    ):
        if code in SOURCE:
            fact = Fact(code, SOURCE[code].kind, top, bottom, amount, adjusted)
            found.setdefault(unit, []).append(fact)
    return found


# What if -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moved:
    """A unit under other weights: score and place now, and what they would be."""

    unit: OrgUnit
    score: Decimal
    rank: int
    then: Decimal
    then_rank: int

    @property
    def change(self) -> Decimal:
        """Of the score."""
        return self.then - self.score

    @property
    def climbed(self) -> int:
        """So many places up, negative down."""
        return self.rank - self.then_rank

    @property
    def fell(self) -> int:
        """So many places down."""
        return -self.climbed


def what_if(held: Assessment, definition: Definition) -> list[Moved]:
    """The ranking of the same frozen facts by another scheme; nothing is written."""
    scored: dict[int, Scored] = {
        unit: assess(definition, facts) for unit, facts in facts_of(held).items()
    }
    places = ranks({unit: one.score for unit, one in scored.items()})
    now = UnitScore.objects.filter(assessment=held).select_related("subsidiary")
    found = [
        Moved(row.subsidiary, row.score, row.rank or 0, scored[unit].score, places[unit])
        for row in now
        if (unit := row.subsidiary_id) in scored
    ]
    return sorted(found, key=lambda one: (one.then_rank, one.unit.sort, one.unit.code))


def computed(user: User) -> list[Assessment]:
    """Those whose facts are frozen and scored, the newest first."""
    rows = assessments(user).filter(frozen_at__isnull=False, computed_at__isnull=False)
    return list(rows.exclude(state=State.DROPPED)[:24])


# Objections and entries --------------------------------------------------------------------------


def objections(user: User, held: Assessment | None = None) -> ScopedQuerySet:
    """Those in reach, what waits first, then the newest."""
    rows: ScopedQuerySet = Objection.objects.visible_to(user)
    if held is not None:
        rows = rows.filter(assessment=held)
    scope = scope_of(user)
    if not scope.everything:
        rows = rows.filter(unit__in=scope.own_ids & scope.whole_units)
    found: ScopedQuerySet = (
        rows.select_related("unit", "line", "assessment", "by", "judge")
        .defer("line__hits", "line__misses")
        .annotate(waits=Q(verdict=Verdict.WAITING))
        .order_by("-waits", "-at", "-id")
    )
    return found


def one_objection(user: User, pk: UUID) -> Objection:
    """Raises: Unreachable."""
    found: Objection = reach(objections(user), user, pk=pk)
    return found


def waiting(held: Assessment) -> int:
    """Objections that nobody decided yet."""
    return Objection.objects.filter(assessment=held, verdict=Verdict.WAITING).count()


def objections_waiting(keys: Iterable[UUID]) -> Mapping[UUID, int]:
    """By assessment."""
    rows = Objection.objects.filter(assessment__in=list(keys), verdict=Verdict.WAITING)
    return dict(rows.order_by().values_list("assessment").annotate(Count("id")))


def entries(user: User, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    """Points written down, of the units in reach."""
    rows: ScopedQuerySet = Entry.objects.visible_to(user).select_related("unit", "by")
    for name in ("kind", "unit"):
        if chosen.get(name):
            rows = rows.filter(**{name: chosen[name]})
    return rows


def one_entry(user: User, pk: UUID) -> Entry:
    """Raises: Unreachable."""
    found: Entry = reach(Entry.objects.select_related("unit"), user, pk=pk)
    return found


def units() -> QuerySet[OrgUnit]:
    """The units that can be assessed."""
    kinds = [UnitKind.SUBSIDIARY, UnitKind.SUBUNIT]
    return OrgUnit.objects.filter(kind__in=kinds).order_by("sort", "code")


def next_periods(today: date) -> Sequence[tuple[int, str]]:
    """What can be assessed now and is not: the last two of each kind that are over."""
    taken = set(Assessment.objects.exclude(state=State.DROPPED).values_list("year", "period"))
    found = []
    for kind in Kind:
        one = rules.before(*rules.coded(kind, today))
        for _back in range(3 if MONTHS[kind] < 12 else 1):
            if one not in taken:
                found.append(one)
            one = rules.before(*one)
    return found
