"""A single thing as a program reads it, with the strong tag of just that content (RFC 9110 §8.8).

Whoever writes says by If-Match which content they saw. It is compared with the row locked, so a
change by a page or another program in between is never written over.
"""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.interface.parts import Part, Parts, tell
from yihu.kit.batch import Unfit
from yihu.kit.problem import problem

Find = Callable[[User, UUID], Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A thing before its reader: the row, and what of it is kept back."""

    row: Any
    hidden: Collection[str] = ()


def _lock(row: Model) -> None:
    """Nobody else writes to it until this transaction is over."""
    type(row)._default_manager.select_for_update(of=("self",)).filter(pk=row.pk).first()


def _as_found(_user: User, row: Any, _today: date, _at: datetime) -> Seen:
    return Seen(row)


def _file(row: Any) -> UUID | None:
    key: UUID | None = getattr(row, "dossier_id", None)
    return key


@dataclass(frozen=True, slots=True)
class Thing:
    """`name`: the operation that reads it, at `path`. `find` raises Unreachable; `show` is
    the row as this person's page has it.

    `verb`: what the log says of its reading; `file`: of which file it is; `counted`: it counts as
    the reading of a single file. Without `parts` it only takes acts.
    """

    name: str
    find: Find
    parts: Parts = field(default_factory=dict)
    path: str = ""
    summary: str | Promise = ""
    verb: str = "interface.read"
    file: Callable[[Any], UUID | None] = _file
    counted: bool = False
    show: Callable[[User, Any, date, datetime], Seen] = _as_found
    lock: Callable[[Any], None] = _lock

    def told(self, user: User, row: Any, today: date, at: datetime) -> dict[str, Any]:
        """All of it that the person may read."""
        seen = self.show(user, row, today, at)
        (told,) = tell(self.parts, list(self.parts), [seen.row], seen.hidden)
        return told

    def tag(self, user: User, row: Any, today: date, at: datetime) -> str:
        """The tag of what the person reads of it."""
        return tag_of(self.told(user, row, today, at)) if self.parts else ""


def tag_of(told: dict[str, Any]) -> str:
    """A strong tag: another for any other content."""
    said = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    return quote_etag(hashlib.sha256(said).hexdigest()[:32])


def tagged(request: HttpRequest, told: dict[str, Any]) -> HttpResponse:
    """The answer with its tag; 304 where that is what the program has."""
    tag = tag_of(told)
    known = set(parse_etags(request.headers.get("If-None-Match", "")))
    answer: HttpResponse = (
        HttpResponse(status=304)
        if {tag, f"W/{tag}", "*"} & known
        else JsonResponse(told, json_dumps_params={"ensure_ascii": False})
    )
    answer["ETag"] = tag
    return answer


def held(
    thing: Thing, request: HttpRequest, row: Any, *, needed: bool, today: date, at: datetime
) -> Any:
    """The row, where what was seen is what is there; locked and read anew under If-Match.

    Raises: Unfit, 428 where If-Match is needed and missing, 412 where it names another content.
    """
    user = request.user
    assert isinstance(user, User)
    wanted = request.headers.get("If-Match")
    if wanted is None:
        if needed:
            said = _("请在 If-Match 里给出读取时的 ETag，以免覆盖他人的修改。")
            raise Unfit(problem(428, "if_match_needed", said, field="If-Match"))
        return row
    thing.lock(row)
    row = thing.find(user, row.pk)
    tag = thing.tag(user, row, today, at)
    if not {tag, "*"} & set(parse_etags(wanted)):
        said = _("您读取之后内容已被他人修改，请重新读取，核对后再写。")
        answer = problem(412, "changed_meanwhile", said, field="If-Match")
        answer["ETag"] = tag
        raise Unfit(answer)
    return row


def plain(says: dict[str, Any], *names: str) -> dict[str, Part]:
    """Parts that are columns of their row: days as ISO, keys and figures as text."""
    return {name: Part(says, _column(name)) for name in names}


def _column(name: str) -> Callable[[Any], Any]:
    return lambda row: said(getattr(row, name))


def said(value: Any) -> Any:
    """A column's value as JSON has it."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, list | tuple):
        return [said(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
