"""Every read of reports; the row policies show a person their own, ITC all."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from yihu.access.models import User
from yihu.access.scope import Unreachable
from yihu.helpdesk.choices import State
from yihu.helpdesk.models import Message, Picture, Report


def reports(chosen: Mapping[str, Any]) -> QuerySet[Report]:
    """All that the scope shows, under the list's conditions."""
    rows = Report.objects.select_related("reporter__staff__unit")
    if state := chosen.get("state"):
        rows = rows.filter(state=state)
    if unit := chosen.get("unit"):
        rows = rows.filter(reporter__staff__unit=unit)
    return rows


def mine(user: User) -> QuerySet[Report]:
    """One's own."""
    return Report.objects.filter(reporter=user)


def report(pk: UUID) -> Report:
    """One of them, with whether a picture came with it. Raises: Unreachable (404)."""
    rows = Report.objects.select_related("reporter__staff__unit")
    pictured = Exists(Picture.objects.filter(report=OuterRef("pk")))
    found = rows.annotate(pictured=pictured).filter(pk=pk).first()
    if found is None:
        raise Unreachable("helpdesk.report", {"pk": pk})
    return found


def messages_of(of: Report) -> list[Message]:
    """What was said, the first first."""
    return list(of.messages.select_related("by").order_by("at", "pk"))


def picture_of(pk: UUID) -> bytes:
    """The picture, as WebP. Raises: Unreachable."""
    found = Picture.objects.filter(report=pk).first()
    if found is None:
        raise Unreachable("helpdesk.picture", {"pk": pk})
    return bytes(found.content)


def waiting() -> int:
    """How many nobody has answered yet."""
    return Report.objects.filter(state=State.OPEN).count()
