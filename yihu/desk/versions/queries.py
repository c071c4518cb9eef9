"""Reads of a file's versions, and of all files as they stood on a day (§3c)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.dossiers.models import Dossier, FileVersion
from yihu.dossiers.queries import end_of


def versions_of(dossier: Dossier) -> QuerySet[FileVersion]:
    """The approved versions without their content, for the list."""
    rows: QuerySet[FileVersion] = (
        FileVersion.objects.filter(unit=dossier.unit_id, dossier=dossier)
        .select_related("edition", "filled_by", "approved_by")
        .defer("content", "edition__definition", "edition__changes")
    )
    return rows


def version_of(dossier: Dossier, number: int) -> FileVersion | None:
    """One version with its content; None for a number that there is not."""
    found: FileVersion | None = (
        FileVersion.objects.filter(unit=dossier.unit_id, dossier=dossier, number=number)
        .select_related("edition", "filled_by", "approved_by")
        .first()
    )
    return found


def held_on(user: User, day: date, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    """The files that had been opened by that day, each with the version that held at its end.

    `held` is the version's id, `held_class` the class that it says; None before the first
    approval. Filters by what held then, not by what holds now.
    """
    held = FileVersion.objects.filter(
        unit=OuterRef("unit_id"), dossier=OuterRef("pk"), approved_at__lt=end_of(day)
    ).order_by("-number")
    klass = KeyTextTransform("klass", KeyTextTransform("dossier", "content"))
    rows: ScopedQuerySet = (
        Dossier.objects.visible_to(user)
        .filter(opened_on__lte=day)
        .annotate(
            held=Subquery(held.values("pk")[:1]),
            held_class=Subquery(held.values(said=klass)[:1], output_field=CharField()),
        )
        .select_related("unit")
        .defer("document", "search_text", "retired")
    )
    if unit := chosen.get("unit"):
        rows = rows.filter(unit=int(unit))
    if asked := chosen.get("klass"):
        rows = rows.filter(held_class=asked)
    if chosen.get("held") == "no":
        rows = rows.filter(held__isnull=True)
    elif chosen.get("held") == "yes":
        rows = rows.filter(held__isnull=False)
    return rows


def contents_of(rows: Sequence[Any]) -> dict[Any, FileVersion]:
    """The versions that a page of `held_on` names, by file."""
    wanted = [row.held for row in rows if row.held is not None]
    units = {row.unit_id for row in rows}
    found = FileVersion.objects.filter(unit__in=units, pk__in=wanted)
    return {version.dossier_id: version for version in found}
