"""Every read of originals."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.expressions import RawSQL

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, reach, scope_of
from yihu.dossiers.models import Dossier
from yihu.dossiers.rules import Secrecy
from yihu.originals.filters import OVERDUE
from yihu.originals.lens import named_units
from yihu.originals.models import (
    Custody,
    Disposal,
    Hold,
    Loan,
    Move,
    Original,
    Place,
    Stocktake,
    StocktakeLine,
    Transfer,
)
from yihu.originals.policy import KEEPERS
from yihu.originals.rules import HELD_HERE, PENDING, SOON_DAYS, LoanState
from yihu.papers.models import Document


def register(user: User, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    """The originals that the person may see, under the list's conditions."""
    rows: ScopedQuerySet = Original.objects.visible_to(user).select_related(
        "dossier", "unit", "custodian"
    )
    wanted = " ".join((chosen.get("q") or "").split())
    if wanted:
        scope = scope_of(user)
        units = None if scope.everything else sorted(scope.own_ids)
        found = RawSQL("SELECT search_originals(%s, %s::integer[])", (wanted, units))
        # words of core secrets are found by who keeps the register alone (§5.5)
        told = Q(unit__in=named_units(user)) | ~Q(secrecy=Secrecy.CORE)
        rows = rows.filter(Q(pk__in=found) & told | Q(barcode__istartswith=wanted))
    for name in ("kind", "state", "retention", "finding"):
        if chosen.get(name):
            rows = rows.filter(**{name: chosen[name]})
    return rows


def of_dossier(dossier: Dossier) -> ScopedQuerySet:
    """The originals of one file that the caller has reached, by place."""
    rows: ScopedQuerySet = (
        Original.objects.filter(unit=dossier.unit_id, dossier=dossier)
        .select_related("custodian")
        .order_by("shelf", "barcode")
    )
    return rows


def one(user: User, pk: UUID) -> Original:
    """An original that the person may see, with its people. Raises: Unreachable."""
    rows = Original.objects.select_related(
        "dossier__unit", "unit", "custodian", "placed_by", "place", "transfer"
    )
    found: Original = reach(rows, user, pk=pk)
    return found


def moves_of(original: Original) -> list[Move]:
    """Who put it where, when, the newest first."""
    rows = Move.objects.filter(unit=original.unit_id, original=original)
    return list(rows.select_related("by").order_by("-id")[:200])


def loans_of(original: Original) -> list[Loan]:
    """Its loans, the newest first."""
    rows = Loan.objects.filter(unit=original.unit_id, original=original)
    people = ("borrower", "requested_by", "decided_by", "handed_by", "taken_by")
    return list(rows.select_related(*people).order_by("-requested_at")[:100])


def holds_of(original: Original) -> list[Hold]:
    """Its holds, those that stand first."""
    rows = Hold.objects.filter(unit=original.unit_id, original=original)
    people = rows.select_related("placed_by", "released_by")
    return sorted(people.order_by("-placed_at"), key=lambda one: one.released_at is not None)


def one_loan(user: User, pk: UUID) -> Loan:
    """A loan that the person may see. Raises: Unreachable."""
    rows = Loan.objects.select_related("original__dossier", "borrower", "requested_by")
    found: Loan = reach(rows, user, pk=pk)
    return found


def loans(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """Loans that the person may see; without a state those that are not over."""
    rows: ScopedQuerySet = Loan.objects.visible_to(user).select_related(
        "original__dossier", "unit", "borrower", "requested_by"
    )
    state = chosen.get("state")
    if state == OVERDUE:
        rows = rows.filter(state=LoanState.OUT, due_on__lt=today)
    else:
        rows = rows.filter(state=state) if state else rows.filter(state__in=PENDING)
    if chosen.get("mine"):
        rows = rows.filter(Q(borrower=user.staff_id) | Q(requested_by=user.staff_id))
    return rows


def places(unit_id: int) -> list[Place]:
    """All places of a unit, by path."""
    return list(Place.objects.filter(unit=unit_id).order_by("path"))


def scans(dossier: Dossier) -> list[Document]:
    """The stored documents of a file that an original may be the paper of."""
    rows = Document.objects.filter(unit=dossier.unit_id, dossier=dossier, removed_at=None)
    return list(rows.defer("text").order_by("title")[:200])


def kept_units(user: User) -> list[int]:
    """The units whose originals the person keeps."""
    scope = scope_of(user)
    return sorted({unit for role, unit in scope.roles if role in KEEPERS and unit is not None})


def custody_of(unit_id: int) -> Custody | None:
    """How the unit keeps its originals; None before the first."""
    return Custody.objects.filter(unit=unit_id).first()


def stocktakes(user: User) -> ScopedQuerySet:
    """Stocktakes that the person may see."""
    rows: ScopedQuerySet = Stocktake.objects.visible_to(user).select_related(
        "unit", "begun_by", "closed_by"
    )
    return rows


def lines_of(taken: Stocktake, result: str = "") -> ScopedQuerySet:
    """The list of a stocktake in the order of the shelves."""
    rows: ScopedQuerySet = StocktakeLine.objects.filter(
        unit=taken.unit_id, stocktake=taken
    ).select_related("by", "original")
    return rows.filter(result=result) if result else rows


def disposals(user: User) -> ScopedQuerySet:
    """Lists of originals to be destroyed, that the person may see."""
    rows: ScopedQuerySet = Disposal.objects.visible_to(user).select_related(
        "unit", "proposed_by", "approved_by", "first_witness", "second_witness"
    )
    return rows


def transfers(user: User) -> ScopedQuerySet:
    """Lists of originals that were handed over, that the person may see."""
    rows: ScopedQuerySet = Transfer.objects.visible_to(user).select_related("unit", "handed_by")
    return rows


def ripe(unit_id: int, today: date) -> list[Original]:
    """Originals whose decided period has run out and that nothing keeps, oldest first."""
    standing = Hold.objects.filter(
        unit=OuterRef("unit_id"), original=OuterRef("pk"), released_at=None
    )
    asked = Loan.objects.filter(
        unit=OuterRef("unit_id"), original=OuterRef("pk"), state__in=PENDING
    )
    rows = Original.objects.filter(unit=unit_id, state__in=HELD_HERE).filter(
        Q(retention="y10", year__lt=today.year - 10) | Q(retention="y30", year__lt=today.year - 30)
    )
    rows = (
        rows.exclude(Exists(standing)).exclude(Exists(asked)).exclude(disposal_lines__standing=True)
    )
    return list(rows.select_related("dossier").order_by("year", "barcode")[:200])


def loans_due(user: User, day: date) -> dict[str, int]:
    """What the person has out beyond its day (`late`) or nearly (`soon`), and, for custodians,
    what others keep beyond its day (`lent`). One query.
    """
    mine, late = Q(borrower=user.staff_id), Q(due_on__lt=day)
    kept = kept_units(user)
    found: dict[str, int] = (
        Loan.objects.filter(state=LoanState.OUT)
        .filter(mine | Q(unit__in=kept))
        .aggregate(
            late=Count("pk", filter=mine & late),
            soon=Count("pk", filter=mine & Q(due_on__range=(day, day + timedelta(days=SOON_DAYS)))),
            lent=Count("pk", filter=Q(unit__in=kept) & ~mine & late),
        )
    )
    return found
