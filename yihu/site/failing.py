"""What is answered when something broke: why, as far as a person can do something about it.

500; 503 where the log cannot be written, the database is away or the disk is full (SECURITY D).
"""

import errno
import sys
from dataclasses import dataclass

import psycopg
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from psycopg.errors import DiskFull

from yihu.audit.actions import NotRecorded
from yihu.kit.asking import request_id
from yihu.kit.lost import causes

RETRY_SECONDS = 60
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Failure:
    """A way to fail: its page, and what programs are told of it."""

    status: int
    page: str
    code: str
    said: str | Promise


BROKEN = Failure(
    500, "500.html", "failed",
    gettext_lazy("系统出了差错，数据没有改变；请凭请求编号告知信息技术中心。"),
)  # fmt: skip
NOT_RECORDED = Failure(
    503, "503.html", "not_recorded",
    gettext_lazy("日志无法写入，暂不提供查阅；数据没有改变，请稍后重试。"),
)  # fmt: skip
AWAY = Failure(
    503, "503-away.html", "database_away",
    gettext_lazy("数据库暂时连接不上；请稍后先查看是否已经生效，再决定是否重试。"),
)  # fmt: skip
FULL = Failure(
    503, "503-full.html", "no_room",
    gettext_lazy("服务器的存储空间已满，没有保存，数据没有改变；请告知信息技术中心，之后再试。"),
)  # fmt: skip


def failure(why: BaseException | None) -> Failure:
    """Which it is: what lies deepest in the chain of causes that a person can understand."""
    chain = list(causes(why))
    if any(isinstance(one, DiskFull) or _no_room(one) for one in chain):
        return FULL
    if any(_away(one) for one in chain):
        return AWAY
    return NOT_RECORDED if any(isinstance(one, NotRecorded) for one in chain) else BROKEN


def _no_room(why: BaseException) -> bool:
    return isinstance(why, OSError) and why.errno in NO_ROOM


def _away(why: BaseException) -> bool:
    """The connection is gone; what the database refused while it stood is something else."""
    state = getattr(why, "sqlstate", None)
    if isinstance(why, psycopg.OperationalError):
        return state is None or state.startswith(("08", "57P"))
    return isinstance(why, psycopg.InterfaceError)


def failed(request: HttpRequest) -> HttpResponse:
    """No page asks the database: its transaction may be broken."""
    found = failure(sys.exc_info()[1])
    answer: HttpResponse
    if found is FULL and "json" in request.headers.get("Accept", ""):  # a script that shows it
        answer = JsonResponse({"error": str(found.said), "message": str(found.said)})
        answer.status_code = found.status
    else:
        context = {"number": request_id.get(), "path": request.path, "status": found.status}
        answer = render(None, found.page, context, status=found.status)
    if found.status == 503:
        answer["Retry-After"] = str(RETRY_SECONDS)
    return answer
