"""Reads of dossiers."""

from typing import Any

from django.db import connection
from django.db.models import Case, IntegerField, Value, When
from django.db.models.expressions import RawSQL

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.dossiers.models import Dossier

MINIMUM_QUERY = 2


def search(user: User, text: str) -> ScopedQuerySet | Any:
    """Dossiers the person may see whose names, codes, pinyin or initials contain the text.

    Two characters or more (fewer find nothing); names that begin with it stand first.
    """
    wanted = " ".join(text.split())
    if len(wanted) < MINIMUM_QUERY:
        return Dossier.objects.none()
    scope = scope_of(user)
    units = None if scope.everything else sorted(scope.unit_ids)
    found = RawSQL("SELECT search_dossiers(%s, %s::integer[])", (wanted, units))
    return (
        Dossier.objects.visible_to(user)
        .filter(id__in=found)
        .annotate(
            place=Case(
                When(name_full__startswith=wanted, then=Value(0)),
                When(short_name__startswith=wanted, then=Value(0)),
                When(initials__startswith=wanted.lower(), then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            )
        )
        .order_by("place", "pinyin", "id")
    )


def best(user: User, text: str, limit: int) -> list[Dossier]:
    """The first few of `search`, in its order, without joining every hit there is."""
    wanted = " ".join(text.split())
    if len(wanted) < MINIMUM_QUERY:
        return []
    scope = scope_of(user)
    if scope.regions:  # a reader's regions are not known to the function
        return list(search(user, wanted).select_related("unit")[:limit])
    units = None if scope.everything else sorted(scope.unit_ids)
    with connection.cursor() as cursor:
        cursor.execute("SELECT best_dossiers(%s, %s::integer[], %s)", [wanted, units, limit])
        order = {pk: place for place, (pk,) in enumerate(cursor.fetchall())}
    rows = Dossier.objects.visible_to(user).filter(pk__in=order).select_related("unit")
    return sorted(rows, key=lambda row: order[row.pk])
