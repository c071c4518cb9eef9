"""An endpoint among what a person of ITC holds: it goes to a successor by the list (§6.3.4)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yihu.access.rules import Role
from yihu.handover.kinds import Held, Moving
from yihu.outbox.choices import State
from yihu.outbox.models import Endpoint

MOVE = """
UPDATE outbox_endpoint AS held SET owner_id = heir.id
FROM unnest(%(kinds)s::text[], %(subjects)s::uuid[], %(successors)s::uuid[])
    AS line (kind, subject_id, successor_id)
JOIN access_user heir ON heir.staff_id = line.successor_id
JOIN access_user leaver ON leaver.staff_id = %(leaver)s
WHERE line.kind = 'endpoints' AND held.id = line.subject_id AND held.owner_id = leaver.id
RETURNING held.id
"""


def _rows(staff: Collection[UUID]) -> QuerySet[Endpoint]:
    return Endpoint.objects.filter(owner__staff__in=staff).exclude(state=State.ENDED)


def _move(moving: Moving) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(MOVE, moving.values())
        return [row[0] for row in cursor.fetchall()]


def _say(row: Endpoint) -> Held:
    return Held(row.pk, None, row.name, reverse("outbox:endpoint", args=[row.pk]))


HOLDING: dict[str, Any] = {
    "kind": "endpoints",
    "label": _("负责的事件外发端点"),
    "rows": _rows,
    "move": _move,
    "holder": "owner__staff",
    "say": _say,
    "roles": (Role.ITC,),
}
