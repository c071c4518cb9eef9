"""What an inspector has in hand goes to a successor with the rest of the post (§3d, 6.3.4)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yihu.access.rules import Role
from yihu.access.scope import ScopedQuerySet
from yihu.handover.kinds import LINES, Held, Moving, contribute
from yihu.inspections.choices import SubjectState
from yihu.inspections.models import Subject

KIND = "inspected"
OWN_HANDS = f"""
SELECT s.name_full FROM {LINES} JOIN inspections_subject s ON s.id = line.subject_id
WHERE line.kind = '{KIND}' AND line.successor_id = ANY (s.hands)
ORDER BY s.name_full LIMIT 5
"""
MOVED = f"""
WITH moved AS (
    UPDATE inspections_subject s SET claimed_staff = line.successor_id, claimed_by_id = heir.id
    FROM {LINES} JOIN access_user heir ON heir.staff_id = line.successor_id
    WHERE line.kind = '{KIND}' AND s.id = line.subject_id AND s.state = 'claimed'
      AND s.claimed_staff = %(leaver)s
    RETURNING s.id, s.inspection_id, s.claimed_by_id
), named AS (
    INSERT INTO inspections_inspection_inspectors (inspection_id, user_id)
    SELECT DISTINCT inspection_id, claimed_by_id FROM moved ON CONFLICT DO NOTHING
)
SELECT id FROM moved
"""


def _rows(staff: Collection[UUID]) -> ScopedQuerySet:
    found: ScopedQuerySet = Subject.objects.filter(
        claimed_staff__in=staff, state=SubjectState.CLAIMED
    ).select_related("inspection")
    return found


def _say(row: Subject) -> Held:
    title = f"{row.inspection.number} {row.name_full}（{row.number}）"
    return Held(row.pk, None, title, reverse("inspections:file", args=[row.pk]))


def _asked(statement: str, moving: Moving) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, moving.values())
        return [found for (found,) in cursor.fetchall()]


def _move(moving: Moving) -> list[UUID]:
    return _asked(MOVED, moving)


def _clash(moving: Moving) -> list[str]:
    return _asked(OWN_HANDS, moving)


def contribute_holding() -> None:
    """The files that somebody inspects; a file may be of another unit than the post."""
    contribute(
        KIND,
        _("正在检查的档案"),
        _rows,
        _move,
        holder="claimed_staff",
        say=_say,
        roles=(Role.SUPERVISOR, Role.STEWARD),
        clash=_clash,
        why=_("接收人填报或审核过这些档案，不能检查（§6.4.1）"),
    )
