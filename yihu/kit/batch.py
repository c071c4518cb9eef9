"""Rows that a program sends as JSON under an idempotency key: read with care, answered once."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from yihu.kit.problem import problem

KEY = re.compile(r"[0-9A-Za-z._:-]{8,80}")
MOST_ROWS = 5000
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""What no text of the database holds: NUL and half of a pair."""
KEY_PARAMETER = {
    "name": "Idempotency-Key", "in": "header", "required": True,
    "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
}  # fmt: skip
Row = dict[str, Any]


class Figure(str):
    """A number with a point or an exponent, as it was written: no binary fraction comes of it."""

    __slots__ = ()


class Unfit(Exception):
    """What was sent is no batch; `answer` is what to say."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class Reused(Exception):
    """The idempotency key was used for another call."""

    def __init__(self, key: str) -> None:
        said = _("幂等键 %(key)s 已用于另一次内容不同的调用，请换一个新键。")
        super().__init__(said % {"key": key})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told; `again`: it is the answer of the first time."""

    content: Mapping[str, Any]
    again: bool


def once(
    calls: Any, *, key: str, said: bytes, at: datetime, make: Callable[[], Mapping[str, Any]]
) -> Answer:
    """The answer under this key: the kept one, or else made now and kept.

    `calls`: the caller's rows with `key`, `sha256`, `answer` and `at`, of whom the caller has
    seen to it that nobody else is at them. Raises: Reused, and whatever `make` raises.
    """
    digest = hashlib.sha256(said).hexdigest()
    before = calls.filter(key=key).first()
    if before is not None:
        if before.sha256 != digest:
            raise Reused(key)
        return Answer(before.answer, again=True)
    content = make()
    calls.create(key=key, sha256=digest, answer=content, at=at)
    return Answer(content, again=False)


def key_of(request: HttpRequest) -> str:
    """The idempotency key. Raises: Unfit."""
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        said = _("请在 Idempotency-Key 里给出 8 至 80 位的幂等键，每次一个。")
        raise Unfit(problem(422, "bad_idempotency_key", said, field="Idempotency-Key"))
    return key


def rows_of(
    request: HttpRequest, known: Collection[str], takes: Callable[[str, Any], bool]
) -> list[Row]:
    """The rows that were sent: objects with known fields, each with a value that `takes` takes.

    A number with a point comes as a Figure, text never holds what cannot be stored. Raises: Unfit.
    """
    sent = _json(request)
    if not isinstance(sent, list):
        raise Unfit(problem(422, "not_a_list", _("内容应是一个列表，每项一行。")))
    if len(sent) > MOST_ROWS:
        said = _("一批最多 %(most)d 条，现有 %(now)d 条，请分几批报送。")
        facts: dict[str, Any] = {"most": MOST_ROWS, "now": len(sent)}
        raise Unfit(problem(413, "too_many_rows", said % facts))
    for place, row in enumerate(sent, 1):
        _check(place, row, known, takes)
    return sent


def object_of(request: HttpRequest, known: Collection[str]) -> Row:
    """The object that was sent, with known fields, their values unlooked at. Raises: Unfit."""
    sent = _json(request)
    if not isinstance(sent, dict):
        raise Unfit(problem(422, "not_an_object", _("内容应是一个对象。")))
    strange = sorted(set(sent) - set(known))
    if strange:
        name = UNSTORABLE.sub("�", strange[0][:40])
        said = _("有不认识的字段 %(field)s；可用：%(known)s。")
        facts = {"field": name, "known": "、".join(known) or "—"}
        raise Unfit(problem(422, "unknown_field", said % facts, field=name))
    return sent


def _json(request: HttpRequest) -> Any:
    if request.content_type != "application/json":
        said = _("内容类型应为 application/json，现为 %(found)s。")
        found = (request.content_type or "—")[:80]
        raise Unfit(problem(415, "wrong_type", said % {"found": found}))
    return _read(request)


def _check(place: int, row: Any, known: Collection[str], takes: Callable[[str, Any], bool]) -> None:
    if not isinstance(row, dict):
        said = _("第 %(row)d 项应是一个对象。") % {"row": place}
        raise Unfit(problem(422, "not_an_object", said, row=place))
    strange = sorted(set(row) - set(known))
    if strange:
        name = UNSTORABLE.sub("�", strange[0][:40])
        said = _("第 %(row)d 项有不认识的字段 %(field)s；可用：%(known)s。")
        facts: dict[str, Any] = {"row": place, "field": name, "known": "、".join(known)}
        raise Unfit(problem(422, "unknown_field", said % facts, row=place, field=name))
    for name, value in row.items():
        if not takes(name, value) or (isinstance(value, str) and UNSTORABLE.search(value)):
            said = _("第 %(row)d 项的 %(field)s 类型不对，或含有不可存储的字符。")
            facts = {"row": place, "field": name}
            raise Unfit(problem(422, "not_text", said % facts, row=place, field=name))


class _Twice(ValueError):
    """A key stands twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise _Twice
    return dict(pairs)


def _no_number(said: str) -> Any:
    raise ValueError(said)


def _read(request: HttpRequest) -> Any:
    try:
        said = request.body.decode("utf-8")
        return json.loads(
            said, object_pairs_hook=_once, parse_constant=_no_number, parse_float=Figure
        )
    except RequestDataTooBig:
        raise Unfit(problem(413, "too_large", _("内容过大，请分几批报送。"))) from None
    except _Twice:
        said = _("同一对象里有重复的字段，请各写一次。")
        raise Unfit(problem(400, "duplicate_field", said)) from None
    except (ValueError, RecursionError):
        said = _("内容不是有效的 JSON，请检查引号、逗号和编码（UTF-8）。")
        raise Unfit(problem(400, "not_json", said)) from None
