"""What a print reads."""

from collections.abc import Sequence
from uuid import UUID

from yihu.access.scope import ScopedQuerySet
from yihu.customers.models import Customer
from yihu.dossiers.models import Dossier, FileVersion

MOST_VERSIONS = 200
"""Versions that the history of a print lists, newest first."""


def dossiers() -> ScopedQuerySet:
    """Dossiers with what their content names."""
    rows: ScopedQuerySet = Dossier.objects.select_related("unit", "filler", "reviewer")
    return rows


def history_of(dossier: Dossier, *, through: int | None = None) -> list[FileVersion]:
    """The approved versions, newest first, without their content; `through`: up to that number."""
    rows = FileVersion.objects.filter(unit=dossier.unit_id, dossier=dossier)
    if through is not None:
        rows = rows.filter(number__lte=through)
    people = rows.select_related("filled_by", "approved_by", "edition")
    bare = people.defer("content", "edition__definition", "edition__changes")
    return list(bare.order_by("-number")[:MOST_VERSIONS])


def version_of(dossier: Dossier, number: int) -> FileVersion | None:
    """One version with its content; None for a number that there is not."""
    found: FileVersion | None = (
        FileVersion.objects.filter(unit=dossier.unit_id, dossier=dossier, number=number)
        .select_related("edition", "filled_by", "approved_by")
        .first()
    )
    return found


def customer(pk: UUID) -> Customer | None:
    """The group's identity of a customer."""
    return Customer.objects.filter(pk=pk).first()


def files_of(customer_id: UUID) -> Sequence[Dossier]:
    """The files that units keep on the customer, in the group's order of units."""
    rows = dossiers().filter(customer=customer_id)
    return list(rows.order_by("unit__sort", "unit_id"))
