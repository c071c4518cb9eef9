"""What stands beside a customer's name wherever it appears, for those who may know (§6.2.2)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, Max, QuerySet, Value, When
from django.urls import reverse

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.dossiers.marks import Mark
from yihu.kit.among import Among
from yihu.risks.choices import STANDING, Level
from yihu.risks.queries import known_to


def marks_of(user: User, files: Sequence[UUID]) -> dict[UUID, Mark]:
    """The highest level of each file's remarks that stand, in one query."""
    rows = (
        standing(user)
        .filter(Among(F("dossier"), files))
        .values_list("dossier")
        .annotate(level=Max("level"), number=Count("pk"))
    )
    return {
        pk: Mark(
            level=level,
            label=str(Level(level).label),
            number=number,
            address=f"{reverse('desk:dossier', args=[pk])}#risks",
        )
        for pk, level, number in rows
    }


def standing(user: User) -> ScopedQuerySet:
    """The remarks that stand, of those that the person may know of; in no order."""
    rows: ScopedQuerySet = known_to(user).filter(state__in=STANDING).order_by()
    return rows


def words_of(user: User) -> QuerySet[Any]:
    """(file, word, level) of each remark that stands."""
    word = Case(*[When(level=level, then=Value(str(level.label))) for level in Level])
    return standing(user).values_list("dossier", word, "level")
