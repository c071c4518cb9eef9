"""Bring the tables to what this program expects while others go on working (§4.2b)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from django.conf import settings
from django.db import OperationalError, connections, transaction
from django.utils.translation import gettext as _

from yihu.access.entering import for_group
from yihu.audit import actions as audit
from yihu.upkeep.locks import Danger, Trace, dangers, label_of, pending, rows_of, traced

WAIT_SECONDS = 2
"""So long a migration waits for a lock; whoever comes after it waits behind it (C24)."""
TRIES = 10


class TooLong(Exception):
    """Migrations that would lock big tables; says which, and the ways out."""

    def __init__(self, found: Sequence[Danger]) -> None:
        self.found = found
        lines = [_said(danger) for danger in found]
        lines.append(
            _(
                "什么也没有改。两条出路：一、请提供一户的人把这一步分开做（先扩后缩：先加可空的列、"
                "NOT VALID 的约束或 CONCURRENTLY 的索引，由后台任务分批补数，下一版再收紧）；"
                "二、约定停机时间，停掉所有网页和后台任务后运行 yihu upgrade --stopped。"
            )
        )
        super().__init__("\n".join(lines))


class Busy(Exception):
    """A table stayed in use for as long as we were ready to wait; what was done before stays."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was applied, over how many tables it went, how often it was tried.

    `broken`: columns without which the version before cannot go on.
    """

    applied: Sequence[str]
    tables: int
    broken: Sequence[str]
    tries: int
    seconds: float


def upgrade(
    migrate: Callable[[], None], *, by: str, stopped: bool = False, wait: float = WAIT_SECONDS
) -> Upgraded:
    """Look at what is pending, refuse what would lock a big table, apply the rest.

    `migrate` applies all that is pending as the owner. `stopped`: nobody works meanwhile, so that
    nothing is refused. An empty database is made without a look: there is nobody to hold up.

    Raises: TooLong, Busy, dumping.Failed.
    """
    began = time.monotonic()
    waiting = pending()
    looked: list[Trace] = []
    if waiting and not stopped and _lives():
        looked = traced(waiting)
        tables = {table for trace in looked for table in trace.read | trace.anew}
        most = settings.UPGRADE_ROWS
        found = dangers(looked, rows_of(sorted(tables), most), most)
        if found:
            raise TooLong(found)
    tries = patiently(migrate, wait)
    left = {label_of(migration) for migration in pending()}
    applied = [label for each in waiting if (label := label_of(each)) not in left]
    touched = {table for trace in looked for table in trace.locked | trace.read | trace.anew}
    broken = sorted(set[str]().union(*(trace.broken for trace in looked)))
    done = Upgraded(applied, len(touched), broken, tries, time.monotonic() - began)
    if applied:
        _record(done, by, stopped)
    return done


def _lives() -> bool:
    """Whether there are tables already."""
    return "django_migrations" in connections["owner"].introspection.table_names()


def patiently(migrate: Callable[[], None], wait: float, tries: int = TRIES) -> int:
    """Apply them, giving way each time a table is in use. Returns how often it was tried."""
    owner = connections["owner"]
    for tried in range(1, tries + 1):
        with owner.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(wait * 1000)}")
        try:
            migrate()
            return tried
        except OperationalError as why:
            if not isinstance(why.__cause__, psycopg.errors.LockNotAvailable):
                raise
            stuck = pending()[0]
            if tried == tries or not stuck.atomic:  # half of it may be there: somebody must look
                raise Busy(_busy(label_of(stuck), tried)) from None
            time.sleep(wait * tried / tries)
        finally:
            with owner.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
    raise AssertionError("unreachable")


def _busy(migration: str, tried: int) -> str:
    return _(
        "迁移 %(migration)s 试了 %(tried)d 次，所要的表一直在用，没有执行；之前的已经生效。"
        "请稍后再运行 yihu upgrade，或查看数据库里长时间未结束的事务。"
    ) % {"migration": migration, "tried": tried}


def _said(danger: Danger) -> str:
    said = _(
        "迁移 %(migration)s 要%(how)s表 %(table)s（约 %(rows)d 行），期间 %(blocked)s 不能写入。"
    )
    return said % {
        "migration": danger.migration,
        "how": _("重写") if danger.anew else _("通读"), "table": danger.table, "rows": danger.rows,
        "blocked": "、".join(danger.blocked),
    }  # fmt: skip


def _record(done: Upgraded, by: str, stopped: bool) -> None:
    said = {
        "count": len(done.applied), "step": done.applied[-1], "concurrent": not stopped,
        "seconds": round(done.seconds), "by": by,
    }  # fmt: skip
    with for_group(), transaction.atomic():
        audit.record(None, "installation.upgraded", "upkeep.tables", data=said)
