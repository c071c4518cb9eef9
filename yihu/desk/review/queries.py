"""What the reviewer's pages read beyond the dossiers' own queries."""

from typing import Any

from django.db.models import QuerySet

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.desk.review.choices import Kind
from yihu.dossiers.models import Comment, Draft, Submission
from yihu.dossiers.policy import REVIEWERS
from yihu.dossiers.queries import search


def review_units(user: User) -> list[int]:
    """The units in which the person reviews."""
    return sorted({unit for role, unit in scope_of(user).roles if role in REVIEWERS and unit})


def queue(user: User, chosen: dict[str, Any]) -> ScopedQuerySet:
    """Submissions that wait in the person's units under filters."""
    rows: ScopedQuerySet = Submission.objects.visible_to(user).filter(
        decision="", unit__in=review_units(user)
    )
    if kind := chosen.get("kind"):
        rows = rows.filter(plain=kind == Kind.PLAIN)
    if klass := chosen.get("klass"):
        rows = rows.filter(draft__dossier__klass=klass)
    if wanted := chosen.get("q"):
        rows = rows.filter(draft__dossier__in=search(user, wanted).order_by().values("pk"))
    found: ScopedQuerySet = rows.select_related(
        "draft__dossier__unit", "draft__dossier__filler", "draft__dossier__reviewer", "submitted_by"
    )
    return found


def waiting_count(user: User) -> int:
    """How many submissions wait for the person."""
    units = review_units(user)
    if not units:
        return 0
    count: int = Submission.objects.visible_to(user).filter(decision="", unit__in=units).count()
    return count


def remarks_of(draft: Draft) -> QuerySet[Comment]:
    """Everything said of the draft, oldest first."""
    rows: QuerySet[Comment] = Comment.objects.filter(unit=draft.unit_id, draft=draft)
    return rows.select_related("by").order_by("at", "id")


def rounds_of(draft: Draft) -> list[Submission]:
    """The draft's submissions that were decided, newest first."""
    rows = Submission.objects.filter(unit=draft.unit_id, draft=draft).exclude(decision="")
    return list(rows.select_related("submitted_by", "decided_by").order_by("-number"))
