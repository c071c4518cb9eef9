"""The log as a file: what was done, by whom, when; never what a customer's file says (§5.5)."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.audit.models import Event
from yihu.desk.desks import desk_of
from yihu.desk.export import Table, write
from yihu.desk.queries import event_lines

MOST = 50_000
CHUNK = 2000


class TooMany(Exception):
    """More lines than a file takes."""


@transaction.atomic
def export_events(
    by: User, rows: QuerySet[Event], *, as_kind: str, at: datetime, conditions: dict[str, Any]
) -> IO[bytes]:
    """The lines as `xlsx` or `csv`, newest first; the reader closes the result.

    The last line names who took it and when. Raises: Denied, TooMany.
    """
    require(desk_of(by).audits, _("导出操作日志的"))
    if rows[MOST : MOST + 1].exists():
        raise TooMany
    trace = _("导出人：%(who)s　时间：%(when)s　仅供内部使用，不得外传（§5.5）") % {
        "who": by,
        "when": f"{at:%Y-%m-%d %H:%M}",
    }
    columns = [
        (_("序号"), 10),
        (_("时间"), 20),
        (_("动作"), 20),
        (_("操作人"), 14),
        (_("操作人编号"), 12),
        (_("单位"), 12),
        (_("对象"), 16),
        (_("对象编号"), 38),
        (_("档案内部编号"), 38),
        (_("请求编号"), 34),
    ]
    target, count = write(Table(_("操作日志"), columns, _lines(rows), trace), as_kind)
    data = {"rows": count, "kind": as_kind, "conditions": audit.conditions(conditions)}
    audit.record(by, "events.exported", "audit.event", data=data)
    return target


def _lines(rows: QuerySet[Event]) -> Iterator[list[str]]:
    last: int | None = None
    while True:
        part = rows if last is None else rows.filter(pk__lt=last)
        found = event_lines(part.order_by("-id")[:CHUNK])
        for line in found:
            event = line.event
            yield [
                str(event.pk),
                f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}",
                line.act,
                event.actor_name,
                "" if event.actor_id is None else str(event.actor_id),
                line.unit,
                line.subject,
                event.subject_id,
                "" if event.dossier_id is None else str(event.dossier_id),
                event.request_id,
            ]
        if len(found) < CHUNK:
            return
        last = found[-1].event.pk
