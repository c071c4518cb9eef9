"""The log as a file: what was done, by whom, when; never what a customer's file says (§5.5)."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yihu.audit.models import Event
from yihu.desk.queries import event_lines

MOST = 50_000
CHUNK = 2000


def event_columns() -> list[tuple[str, int]]:
    """The columns with their widths."""
    return [
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


def event_rows(rows: QuerySet[Event]) -> Iterator[list[str]]:
    """A line each, newest first, some at a time."""
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
