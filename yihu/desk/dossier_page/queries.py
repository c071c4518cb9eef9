"""What the dossier page and the customer page read beyond their slices' own queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, TextField
from django.db.models.functions import Cast, JSONObject

from yihu.access.scope import ScopedQuerySet
from yihu.audit.models import Event, Looked
from yihu.contracts.models import Contract, Offtake
from yihu.dossiers.models import Dossier, Draft, FileVersion, Submission
from yihu.dossiers.rules import PENDING
from yihu.duties.models import Duty
from yihu.ratings.models import RatingResult, ResultState

TIMELINE = 20
DONE_SHOWN = 6


@cache
def page_rows() -> ScopedQuerySet:
    """Dossiers with unit and people, the last version, the last final rating, the open draft.

    Put together once, as that takes as long as to read a row of it: narrow it, never read it.

    `final_rating` (§6.1.3): grade, score and rated_on as texts, or None. `pending`: state of the
    draft, who began it and, where it waits for review, the submission's key; or None.
    """
    newest = FileVersion.objects.filter(unit=OuterRef("unit_id"), dossier=OuterRef("pk")).order_by(
        "-number"
    )
    rated = RatingResult.objects.filter(
        unit=OuterRef("unit_id"), dossier=OuterRef("pk"), state=ResultState.FINAL
    ).order_by("-year")
    rating = JSONObject(
        grade="grade", score=Cast("score", TextField()), rated_on=Cast("rated_on", TextField())
    )
    drafts = Draft.objects.filter(
        unit=OuterRef("unit_id"), dossier=OuterRef("pk"), state__in=PENDING
    )
    waiting = Submission.objects.filter(unit=OuterRef("unit_id"), draft=OuterRef("pk"), decision="")
    pending = JSONObject(
        state="state",
        by="opened_by__name",
        at=Cast("changed_at", TextField()),
        submission=Subquery(waiting.values("pk")[:1]),
    )
    rows: ScopedQuerySet = Dossier.objects.select_related("unit", "filler", "reviewer").annotate(
        version_at=Subquery(newest.values("approved_at")[:1]),
        final_rating=Subquery(rated.values(rating=rating)[:1]),
        pending=Subquery(drafts.values(pending=pending)[:1]),
    )
    return rows


def duties_of(dossier: Dossier) -> list[Duty]:
    """Every open duty, soonest first, then the last few that were done or waived, newest first."""
    rows = Duty.objects.filter(
        unit=dossier.unit_id, dossier=dossier, dropped_at__isnull=True
    ).order_by(F("done_at").desc(nulls_first=True), "due_on", "id")
    # the open ones of a file are few; whatever of the first fifty is done is the newest
    found = list(rows[:50])
    opened = [duty for duty in found if duty.done_at is None and duty.waived_at is None]
    done = [duty for duty in found if duty.done_at is not None or duty.waived_at is not None]
    return opened + done[:DONE_SHOWN]


def timeline_of(dossiers: Iterable[Any], *, risks: bool, limit: int = TIMELINE) -> list[Event]:
    """What last happened to these files, newest first; who looked at them is the auditor's.

    `risks`: whether the person may know that there is a remark at all (§6.2.2).
    """
    rows = Event.objects.filter(dossier_id__in=list(dossiers)).exclude(Looked("verb"))
    if not risks:
        rows = rows.exclude(verb__startswith="risk")
    return list(rows.order_by("-id")[:limit])


# All files of one customer -----------------------------------------------------------------------


@dataclass(slots=True)
class UnitTotals:
    """One file's contracts and this year's offtake, by direction and unit of measure."""

    contracts: int = 0
    in_force: int = 0
    taken: dict[tuple[str, str], Decimal] = field(default_factory=dict)


def files_of(customer_id: UUID) -> list[Dossier]:
    """The files that units keep on the customer, in the group's order of units."""
    return list(
        Dossier.objects.filter(customer=customer_id)
        .select_related("unit", "filler")
        .order_by("unit__sort", "unit_id")
    )


def totals_of(files: Iterable[Dossier], today: date) -> dict[UUID, UnitTotals]:
    """Contracts and this year's offtake of each file, in two queries."""
    totals: dict[UUID, UnitTotals] = defaultdict(UnitTotals)
    keys = [file.pk for file in files]
    units = {file.unit_id for file in files}
    for pk, contracts, in_force in (
        Contract.objects.filter(unit__in=units, dossier__in=keys)
        .order_by()
        .values("dossier")
        .annotate(
            contracts=Count("pk"),
            in_force=Count(
                "pk",
                filter=Q(effective_on__lte=today, ends_on__gte=today)
                & (Q(terminated_on__isnull=True) | Q(terminated_on__gte=today)),
            ),
        )
        .values_list("dossier", "contracts", "in_force")
    ):
        totals[pk].contracts, totals[pk].in_force = contracts, in_force
    for pk, direction, unit, taken in (
        Offtake.objects.filter(
            unit__in=units,
            contract__dossier__in=keys,
            month__range=(date(today.year, 1, 1), today),
        )
        .order_by()
        .values("contract__dossier", "contract__direction", "quantity_unit")
        .annotate(taken=Sum("actual"))
        .values_list("contract__dossier", "contract__direction", "quantity_unit", "taken")
    ):
        totals[pk].taken[direction, unit] = taken
    return totals
