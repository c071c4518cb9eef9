"""Every read of the library."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Greatest, Lower, StrIndex, Substr

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import ScopedQuerySet, reach, scope_of
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.papers.choices import TextState
from yihu.papers.reading import can_recognise
from yihu.regulations.choices import Level, Standing
from yihu.regulations.models import Checked, Regulation

BEFORE, AROUND = 24, 120
"""Characters of an excerpt before the hit, and in all."""
STANDINGS = {
    Standing.IN_FORCE: lambda today: (
        Q(effective_on__lte=today) & (Q(ended_on=None) | Q(ended_on__gt=today))
    ),
    Standing.COMING: lambda today: (
        Q(effective_on__gt=today) & (Q(ended_on=None) | Q(ended_on__gt=today))
    ),
    Standing.SUPERSEDED: lambda today: Q(ended_on__lte=today, followed=True),
    Standing.REPEALED: lambda today: Q(ended_on__lte=today, followed=False),
}


def regulations() -> ScopedQuerySet:
    """All editions; `followed`: whether a newer one superseded it."""
    rows: ScopedQuerySet = (
        Regulation.objects.annotate(
            followed=Exists(Regulation.objects.filter(supersedes=OuterRef("pk")))
        )
        .select_related("unit", "carries_out")
        .defer("text", "carries_out__text")
    )
    return rows


def one(user: User, pk: UUID) -> Regulation:
    """An edition that the person may see. Raises: Unreachable."""
    rows = regulations().select_related("unit", "blob", "entered_by", "carries_out", "supersedes")
    found: Regulation = reach(rows.defer("text", "supersedes__text"), user, pk=pk)
    return found


def library(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The editions in reach under the filter's conditions.

    `excerpt`: the text around the first hit in it, "" where number, title or summary has it.
    """
    rows = regulations().visible_to(user)
    wanted = " ".join((chosen.get("q") or "").split())
    if wanted:
        rows = rows.filter(id__in=RawSQL("SELECT search_regulations(%s)", (wanted,))).annotate(
            place=StrIndex(Lower("text"), Value(wanted.lower())),
            excerpt=Case(
                When(place__gt=0, then=Substr("text", Greatest(F("place") - BEFORE, 1), AROUND)),
                default=Value(""),
            ),
        )
    else:
        rows = rows.annotate(excerpt=Value(""))
    if chosen.get("level"):
        rows = rows.filter(of_group=chosen["level"] == Level.GROUP)
    if chosen.get("state"):
        rows = rows.filter(STANDINGS[Standing(chosen["state"])](today))
    if chosen.get("unit"):
        rows = rows.filter(unit=int(chosen["unit"]))
    found: ScopedQuerySet = rows
    return found


def editions_of(user: User, regulation: Regulation) -> list[Regulation]:
    """The chain it belongs to, newest first."""
    rows = regulations().visible_to(user).filter(chain=regulation.chain)
    return list(rows.order_by("-effective_on", "-entered_at"))


def carried_out_by(user: User, regulation: Regulation) -> list[Regulation]:
    """The rules in reach that carry this edition out, and have no newer one themselves."""
    rows = regulations().visible_to(user).filter(carries_out=regulation, followed=False)
    return list(rows.order_by("unit__sort", "unit", "number"))


def checks_of(regulation: Regulation) -> list[Checked]:
    """What its steward stated: no change needed."""
    rows = Checked.objects.filter(unit=regulation.unit_id, regulation=regulation)
    return list(rows.select_related("by", "against").defer("against__text").order_by("-at"))


def to_follow(unit: OrgUnit) -> list[Regulation]:
    """The unit's own editions that a new one may supersede: those without a successor."""
    rows = regulations().filter(unit=unit, followed=False)
    return list(rows.order_by("number", "-effective_on"))


def of_group_now() -> list[Regulation]:
    """The last edition of each of the group's that has not ended: what a unit carries out."""
    rows = regulations().filter(of_group=True, followed=False, ended_on=None)
    return list(rows.order_by("number"))


def issuing_units(user: User) -> list[OrgUnit]:
    """For whom the person may issue: the group for supervisors, the own unit for its steward."""
    scope = scope_of(user)
    found = Q(pk__in=[])
    if scope.holds(Role.SUPERVISOR):
        found |= Q(kind=UnitKind.GROUP)
    if user.staff is not None and scope.holds(Role.STEWARD, user.staff.unit_id):
        found |= Q(pk=user.staff.unit_id)
    return list(OrgUnit.objects.filter(found))


def units(user: User) -> list[tuple[str, str]]:
    """The units whose rules the person may see, the group first, as options."""
    scope = scope_of(user)
    rows = OrgUnit.objects.filter(kind__in=[UnitKind.GROUP, UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    if not scope.everything:
        rows = rows.filter(Q(kind=UnitKind.GROUP) | Q(pk__in=scope.own_ids))
    return [(str(unit.pk), unit.name) for unit in rows]


# What waits to be renewed ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Work:
    """A unit's rule that carries out an edition which the group has since renewed."""

    own: Regulation
    newest: Regulation


def _outdated() -> ScopedQuerySet:
    """Rules of units behind the group's; `newest_id`: the group's last edition."""
    newest = Regulation.objects.filter(
        chain=OuterRef("carries_out__chain"), successor=None, ended_on=None
    ).values("pk")[:1]
    rows: ScopedQuerySet = (
        regulations()
        .filter(of_group=False, followed=False, ended_on=None, carries_out__isnull=False)
        .annotate(newest_id=Subquery(newest))
        .exclude(newest_id=None)
        .exclude(newest_id=F("carries_out"))
        .exclude(
            Exists(
                Checked.objects.filter(
                    unit=OuterRef("unit"),
                    regulation=OuterRef("pk"),
                    against=OuterRef("newest_id"),
                )
            )
        )
    )
    return rows


def work_of(user: User, regulation: UUID | None = None) -> list[Work]:
    """What waits to be renewed in reach, in the order of the units; of one rule where named."""
    rows = _outdated().visible_to(user)
    if regulation is not None:
        rows = rows.filter(pk=regulation)
    found = list(rows.order_by("unit__sort", "unit", "number"))
    newest = regulations().in_bulk([row.newest_id for row in found])
    return [Work(row, newest[row.newest_id]) for row in found]


def work_count(user: User) -> int:
    """How many rules in reach wait to be renewed."""
    return int(_outdated().visible_to(user).count())


def without_own_rule(user: User) -> list[OrgUnit]:
    """Units in reach that have issued no rule of their own which is in force (§7.2)."""
    scope = scope_of(user)
    rows = OrgUnit.objects.filter(kind=UnitKind.SUBSIDIARY).exclude(
        Exists(
            Regulation.objects.filter(unit=OuterRef("pk"), carries_out__isnull=False, ended_on=None)
        )
    )
    return list(rows if scope.everything else rows.filter(pk__in=scope.own_ids))


def waiting_for_text(number: int) -> list[UUID]:
    """Files whose text nobody read yet, oldest first; all of them once the reader is there."""
    states = [TextState.WAITING, *([TextState.ABSENT] if can_recognise() else [])]
    rows = Regulation.objects.filter(text_state__in=states).order_by("entered_at", "id")
    return list(rows.values_list("pk", flat=True)[:number])
