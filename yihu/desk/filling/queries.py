"""What the form reads beyond the dossier's own queries."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.disclosure.queries import view_of
from yihu.dossiers.actions import in_force
from yihu.dossiers.carrying import facts_under
from yihu.dossiers.content import fillable
from yihu.dossiers.models import Attestation, Comment, Dossier, Draft
from yihu.dossiers.problems import Refused
from yihu.dossiers.queries import last_versions
from yihu.dossiers.rules import PENDING, Mark, State
from yihu.duties.choices import DutyKind
from yihu.duties.models import Duty

BASES = 5


def attestations_of(draft: Draft | None) -> list[Attestation]:
    """The conclusions of the draft's sections, with who said so."""
    if draft is None:
        return []
    rows = Attestation.objects.filter(unit=draft.unit_id, draft=draft)
    return list(rows.select_related("by"))


def comments_of(draft: Draft | None) -> list[Comment]:
    """What was said of the draft and is not settled, oldest first."""
    if draft is None:
        return []
    rows = Comment.objects.filter(unit=draft.unit_id, draft=draft, settled_at__isnull=True)
    return list(rows.select_related("by").order_by("at", "id"))


def values_of_last(
    user: User, dossier: Dossier, section: str, *, at: datetime, today: date
) -> dict[str, Any]:
    """What the last approved version says in a section, under today's guide. Raises: Refused."""
    version = last_versions([dossier.pk]).get(dossier.pk)
    if version is None:
        raise Refused(_("还没有审核通过的版本可以取用。"))
    edition, definition = in_force(today)
    view = view_of(user, dossier, at)
    facts = view.facts(facts_under(version.content["facts"], version.edition, edition))
    return {
        field.code: facts.get(field.code)
        for field in definition
        if field.section == section and fillable(field)
    }


def last_bases(user: User) -> list[str]:
    """The bases that the person gave lately, newest first, each once."""
    if user.staff is None:
        return []
    rows = (
        Attestation.objects.filter(unit=user.staff.unit_id, by=user.staff, mark=Mark.UNCHANGED)
        .order_by("-id")
        .values_list("basis", flat=True)[:50]
    )
    return list(dict.fromkeys(rows))[:BASES]


@dataclass(frozen=True, slots=True)
class DueReview:
    """An open review duty of a file that was approved before and has no draft."""

    duty: Duty
    own: bool


def confirmable(user: User) -> ScopedQuerySet:
    """Open reviews of the person's units that can be confirmed together."""
    units = [unit for role, unit in scope_of(user).roles if role in (Role.FILLER, Role.STEWARD)]
    if not units or not holds(user, Role.FILLER, Role.STEWARD):
        return Duty.objects.none()
    drafts = Draft.objects.filter(
        unit=OuterRef("unit_id"), dossier=OuterRef("dossier_id"), state__in=PENDING
    )
    rows: ScopedQuerySet = (
        Duty.objects.visible_to(user)
        .filter(
            unit__in=units,
            kind=DutyKind.REVIEW,
            done_at__isnull=True,
            dropped_at__isnull=True,
            waived_at__isnull=True,
            dossier__version_number__gt=0,
        )
        .exclude(dossier__state=State.CLOSED)
        .exclude(Exists(drafts))
    )
    return rows


def due_reviews(user: User, limit: int) -> tuple[list[DueReview], int]:
    """Those of them that are due soonest; the second value counts the ones beyond the limit."""
    rows = confirmable(user).select_related("dossier__unit", "dossier__filler")
    mine = user.staff.pk if user.staff is not None else None
    found = list(rows.order_by("due_on", "id")[:limit])
    rest = max(0, rows.count() - limit)
    return [DueReview(duty, duty.dossier.filler_id == mine) for duty in found], rest
