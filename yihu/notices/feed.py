"""A person's duties as an iCalendar (RFC 5545): one event a day and sort; counts, no customer."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from yihu.kit.calendar import ONE_DAY
from yihu.notices.queries import DayGroup, duties_url
from yihu.notices.words import sort_of

if TYPE_CHECKING:
    from icalendar import Event


def calendar(owner: str, groups: Iterable[DayGroup], at: datetime) -> bytes:
    """The calendar of what is still owed; `owner` tells apart the events of two people."""
    from icalendar import Calendar

    book = Calendar()
    book.add("prodid", "-//Yihu//duties//ZH")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", _("一户更新任务"))
    book.add("x-wr-timezone", settings.TIME_ZONE)
    book.add("refresh-interval;value=duration", "PT1H")
    for group in groups:
        if group.open:
            book.add_component(_event(owner, group, at))
    content: bytes = book.to_ical()
    return content


def _event(owner: str, group: DayGroup, at: datetime) -> "Event":
    from icalendar import Event

    said = f"{owner}:{group.due_on}:{group.kind}:{group.klass}"
    where = {"kind": group.kind, "klass": group.klass, "month": f"{group.due_on:%Y-%m}"}
    event = Event()
    event.add("uid", f"{hashlib.sha256(said.encode()).hexdigest()[:32]}@yihu")
    event.add("dtstamp", at)
    event.add("dtstart", group.due_on)
    event.add("dtend", group.due_on + ONE_DAY)
    words = {"what": sort_of(group.kind, group.klass), "count": group.open}
    event.add("summary", _("%(what)s：%(count)d 户") % words)
    event.add("url", settings.ADDRESS + duties_url({**where, "state": "todo"}))
    event.add("transp", "TRANSPARENT")
    return event
