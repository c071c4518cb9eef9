"""Every read of the policy, of units' own cycles, of waivers and corrected days."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, reach, scope_of
from yihu.dossiers.models import Dossier
from yihu.duties.choices import DueRule, DutyKind, PeriodKind, ReplanState, Verdict
from yihu.duties.models import (
    CadenceEdition,
    CadenceLine,
    CalendarCorrection,
    Closure,
    Duty,
    Replan,
    StricterCycle,
    Waiver,
)
from yihu.duties.rules import Line, PolicyEdition, Stricter
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind

HISTORY = 50
"""So many requests of one file its page shows."""

# The policy --------------------------------------------------------------------------------------


def line_of(row: CadenceLine) -> Line:
    """The rule that a row says."""
    return Line(
        DutyKind(row.kind),
        row.klass,
        PeriodKind(row.period),
        DueRule(row.due_rule),
        row.due_days,
        row.clause,
    )


def lines_of(edition: CadenceEdition) -> list[Line]:
    """The rules of an edition, in the order of kinds and classes as people know them."""
    order = {kind: place for place, kind in enumerate(DutyKind)}
    rows = sorted(edition.lines.all(), key=lambda row: (order[DutyKind(row.kind)], row.pk))
    return [line_of(row) for row in rows]


def editions() -> list[PolicyEdition]:
    """What was published, as the planner reads it."""
    rows = CadenceLine.objects.filter(edition__published_at__isnull=False)
    found: dict[date, list[Line]] = defaultdict(list)
    for row in rows.select_related("edition").order_by("edition__effective_on", "pk"):
        found[row.edition.effective_on].append(line_of(row))
    return [PolicyEdition(since, tuple(lines)) for since, lines in found.items()]


def published() -> QuerySet[CadenceEdition]:
    """Published editions, newest first."""
    return (
        CadenceEdition.objects.filter(published_at__isnull=False)
        .select_related("published_by")
        .prefetch_related("lines")
        .order_by("-effective_on", "-number")
    )


def draft() -> CadenceEdition | None:
    """The one edition that is being prepared."""
    return CadenceEdition.objects.filter(published_at=None).prefetch_related("lines").first()


def in_force(on: date) -> CadenceEdition | None:
    """The edition by which what begins or happens on the day is judged."""
    return published().filter(effective_on__lte=on).first()


def last_replan(user: User) -> Replan | None:
    """The job that planned, or plans, what this person sees after the last decision about it."""
    concerned = Q(of_unit=None) | Q(of_unit__in=units_of(user))
    return Replan.objects.filter(concerned).order_by("-pk").first()


def replanning(user: User) -> Replan | None:
    """That job, while it runs."""
    last = last_replan(user)
    return last if last is not None and last.state == ReplanState.RUNNING else None


COUNTED = {
    DutyKind.OFFTAKE: """
        SELECT '', c.unit_id, count(DISTINCT c.dossier_id) FROM contracts_contract c
        JOIN dossiers_dossier d ON d.unit_id = c.unit_id AND d.id = c.dossier_id
            AND d.state <> 'closed'
        JOIN org_orgunit u ON u.id = c.unit_id AND u.live_from IS NOT NULL
        WHERE c.effective_on <= %(on)s AND least(c.ends_on, c.terminated_on) >= %(on)s
        GROUP BY c.unit_id""",
    DutyKind.REVIEW: """
        SELECT coalesce(nullif(d.klass, ''), 'general'), d.unit_id, count(*)
        FROM dossiers_dossier d
        JOIN org_orgunit u ON u.id = d.unit_id AND u.live_from IS NOT NULL
        WHERE d.state <> 'closed' GROUP BY 1, 2""",
}


def counted(on: date) -> dict[tuple[str, str], dict[int, int]]:
    """By kind and class, how many files of each unit owe it today; of events, how often they
    happened in the last twelve months.
    """
    found: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        for kind, sql in COUNTED.items():
            cursor.execute(sql, {"on": on})
            for klass, unit, number in cursor.fetchall():
                found[kind, klass][unit] = number
        cursor.execute(
            "SELECT kind, unit_id, count(*) FROM duties_duty WHERE source <> '' "
            "AND dropped_at IS NULL AND period_start > %(on)s::date - 365 "
            "AND period_start <= %(on)s GROUP BY 1, 2",
            {"on": on},
        )
        for kind, unit, number in cursor.fetchall():
            found[kind, ""][unit] = number
    return found


# Units' own cycles -------------------------------------------------------------------------------


def stricter_by_unit(unit_id: int | None = None) -> dict[int, list[Stricter]]:
    """Each unit's own rules, as the planner reads them; of one unit where one is named."""
    rows = StricterCycle.objects.all()
    if unit_id is not None:
        rows = rows.filter(unit=unit_id)
    found: dict[int, list[Stricter]] = defaultdict(list)
    for row in rows:
        found[row.unit_id].append(
            Stricter(DutyKind(row.kind), row.klass, row.period, row.due_days, row.since, row.until)
        )
    return dict(found)


def stricter(user: User) -> ScopedQuerySet:
    """The own cycles of the units in reach, newest first."""
    rows: ScopedQuerySet = (
        StricterCycle.objects.visible_to(user)
        .select_related("unit", "set_by", "ended_by")
        .order_by("unit__sort", "unit", "-since", "id")
    )
    return rows


def one_stricter(user: User, pk: UUID) -> StricterCycle:
    """Raises: Unreachable."""
    found: StricterCycle = reach(StricterCycle.objects.select_related("unit"), user, pk=pk)
    return found


# Waivers -----------------------------------------------------------------------------------------


def waivers(user: User, verdict: str = "") -> ScopedQuerySet:
    """The waivers in reach, of one verdict where one is named."""
    rows: ScopedQuerySet = Waiver.objects.visible_to(user).select_related(
        "unit", "duty", "dossier", "asked_by", "decided_by"
    )
    rows = rows.defer("dossier__document", "dossier__search_text", "dossier__retired")
    return rows.filter(verdict=verdict) if verdict else rows


def one_waiver(user: User, pk: UUID) -> Waiver:
    """Raises: Unreachable."""
    found: Waiver = reach(Waiver.objects.select_related("unit", "duty", "dossier"), user, pk=pk)
    return found


def one_duty(user: User, pk: UUID) -> Duty:
    """A duty with its file. Raises: Unreachable."""
    found: Duty = reach(Duty.objects.select_related("unit", "dossier"), user, pk=pk)
    return found


def standing_waiver(duty: Duty) -> Waiver | None:
    """What was asked for the duty and neither refused nor withdrawn."""
    rows = Waiver.objects.filter(
        unit=duty.unit_id, duty=duty, verdict__in=[Verdict.ASKED, Verdict.CONSENTED]
    )
    found: Waiver | None = rows.first()
    return found


# 休眠 and 关闭 -----------------------------------------------------------------------------------


def closures(user: User, verdict: str = "") -> ScopedQuerySet:
    """The requests in reach that a file be dormant or closed, of one verdict where one is named."""
    rows: ScopedQuerySet = Closure.objects.visible_to(user).select_related(
        "unit", "dossier", "asked_by", "decided_by", "ended_by"
    )
    rows = rows.defer("dossier__document", "dossier__search_text", "dossier__retired")
    return rows.filter(verdict=verdict) if verdict else rows


def one_closure(user: User, pk: UUID) -> Closure:
    """Raises: Unreachable."""
    found: Closure = reach(Closure.objects.select_related("unit", "dossier"), user, pk=pk)
    return found


def one_file(user: User, pk: UUID) -> Dossier:
    """A file with its unit. Raises: Unreachable."""
    found: Dossier = reach(
        Dossier.objects.select_related("unit").defer("search_text", "retired"), user, pk=pk
    )
    return found


def closure_of(dossier: Dossier) -> Closure | None:
    """What is asked for the file, or else what it rests by."""
    rows = Closure.objects.filter(unit=dossier.unit_id, dossier=dossier.pk).select_related(
        "asked_by", "decided_by"
    )
    rows = rows.filter(Q(verdict=Verdict.ASKED) | Q(verdict=Verdict.CONSENTED, ended_at=None))
    found: Closure | None = rows.order_by("-asked_at").first()
    return found


def closures_of(dossier: Dossier) -> list[Closure]:
    """Every request for the file, newest first."""
    rows = Closure.objects.filter(unit=dossier.unit_id, dossier=dossier.pk)
    people = ("asked_by", "decided_by", "ended_by")
    return list(rows.select_related(*people).order_by("-asked_at")[:HISTORY])


# Corrected days ----------------------------------------------------------------------------------


def corrections() -> QuerySet[CalendarCorrection]:
    """Newest day first."""
    return CalendarCorrection.objects.select_related("set_by").order_by("-day")


def units_of(user: User) -> list[OrgUnit]:
    """The subsidiaries in which the person holds a role; all for headquarters."""
    scope = scope_of(user)
    rows = OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    return list(rows if scope.everything else rows.filter(pk__in=scope.own_ids))
