"""POST personnel events as JSON, for an HR system (§6.3.4): whole or not at all."""

import json
import re
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from yihu.access.entering import for_group
from yihu.dossiers.problems import Refused
from yihu.handover import tokens
from yihu.handover.problems import Wrong
from yihu.handover.reading import KINDS, LABELS
from yihu.kit import clock
from yihu.kit.openapi import Operation, describes
from yihu.kit.problem import not_by, problem

KEY = re.compile(r"[0-9A-Za-z._:-]{8,80}")
MOST_ROWS = 5000
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""What no text of the database holds: NUL and half of a pair."""
SEND = Operation(
    method="post",
    name="sendPersonnel",
    summary="报送人事变动（§6.3.4）",
    description=(
        "整批保存或整批不保存；同一幂等键再次报送得到第一次的答复。令牌由信息技术中心在服务器上签发。"
    ),
    parameters=[
        {
            "name": "Idempotency-Key", "in": "header", "required": True,
            "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
        },
    ],
    body={
        "type": "array",
        "maxItems": MOST_ROWS,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["employee_no", "kind", "effective_on"],
            "properties": {
                **{name: {"type": "string", "description": str(label)}
                   for name, label in LABELS.items()},
                "employee_no": {"type": ["string", "integer"], "description": "工号"},
                "kind": {"enum": sorted(KINDS)},
                "effective_on": {"type": "string", "format": "date"},
            },
        },
    },
    answers={
        "type": "object",
        "required": ["new", "unchanged", "applied", "again"],
        "properties": {
            **{name: {"type": "integer", "minimum": 0} for name in ("new", "unchanged", "applied")},
            "again": {"type": "boolean"},
        },
    },
    problems=[400, 401, 409, 413, 415, 422],
    security=["personnelToken"],
)  # fmt: skip


@describes(SEND)
@csrf_exempt
@login_not_required
def personnel(request: HttpRequest) -> HttpResponse:
    """A JSON list of objects with the fields of the workbook.

    200 {"new", "unchanged", "applied", "again"}; else problem details: 400 of what is no JSON,
    401, 405, 409, 413, 415 or 422, 422 of rows with `problems` (row counted from 1, field, column,
    code, message).
    """
    token = tokens.holder(request.headers.get("Authorization", ""))
    if token is None:
        answer = problem(401, "unauthorized", _("令牌无效或已吊销，请联系信息技术中心。"))
        answer["WWW-Authenticate"] = 'Bearer realm="yihu"'
        return answer
    if request.method != "POST":
        return not_by(request.method or "", "POST")
    if request.content_type != "application/json":
        said = _("内容类型应为 application/json，现为 %(found)s。")
        return problem(415, "wrong_type", said % {"found": (request.content_type or "—")[:80]})
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        said = _("请在 Idempotency-Key 里给出 8 至 80 位的幂等键，每批一个。")
        return problem(422, "bad_idempotency_key", said, field="Idempotency-Key")
    sent = _read(request)
    if isinstance(sent, HttpResponse):
        return sent
    wrong = _shape(sent)
    if wrong is not None:
        return wrong
    rows = [(place, row) for place, row in enumerate(sent, 1)]
    try:
        with for_group():  # the HR system tells of every unit's people
            answered = tokens.answer(
                token,
                key=key,
                body=request.body,
                rows=rows,
                today=clock.today(),
                at=clock.now(),
            )
    except Wrong as why:
        problems = [one.plain() for one in why.problems]
        said = _("有 %(number)d 处不符，全部未保存。") % {"number": len(problems)}
        return problem(422, "invalid_rows", said, problems=problems)
    except tokens.Reused as why:
        return problem(409, "idempotency_key_reused", str(why), field="Idempotency-Key")
    except Refused as why:
        return problem(why.status, "refused", str(why))
    return JsonResponse({**answered.content, "again": answered.again})


class _Twice(ValueError):
    """A key stands twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise _Twice
    return dict(pairs)


def _no_number(said: str) -> Any:
    raise ValueError(said)


def _read(request: HttpRequest) -> Any:
    """What was sent, or why it is no JSON that could be meant."""
    try:
        said = request.body.decode("utf-8")
        return json.loads(said, object_pairs_hook=_once, parse_constant=_no_number)
    except RequestDataTooBig:
        return problem(413, "too_large", _("内容过大，请分几批报送。"))
    except _Twice:
        return problem(400, "duplicate_field", _("同一对象里有重复的字段，请各写一次。"))
    except (ValueError, RecursionError):
        said = _("内容不是有效的 JSON，请检查引号、逗号和编码（UTF-8）。")
        return problem(400, "not_json", said)


def _shape(sent: object) -> HttpResponse | None:
    """Why it is not a list of objects with known fields of text; None where it is."""
    if not isinstance(sent, list):
        return problem(422, "not_a_list", _("内容应是一个列表，每项一条人事变动。"))
    if len(sent) > MOST_ROWS:
        said = _("一批最多 %(most)d 条，现有 %(now)d 条，请分几批报送。")
        return problem(413, "too_many_rows", said % {"most": MOST_ROWS, "now": len(sent)})
    for place, row in enumerate(sent, 1):
        if not isinstance(row, dict):
            said = _("第 %(row)d 项应是一个对象。") % {"row": place}
            return problem(422, "not_an_object", said, row=place)
        strange = sorted(set(row) - set(LABELS))
        if strange:
            said = _("第 %(row)d 项有不认识的字段 %(field)s；可用：%(known)s。")
            name = UNSTORABLE.sub("�", strange[0][:40])
            facts = {"row": place, "field": name, "known": "、".join(LABELS)}
            return problem(422, "unknown_field", said % facts, row=place, field=name)
        for name, value in row.items():
            number = name == "employee_no" and type(value) is int
            if not number and (not isinstance(value, str) or UNSTORABLE.search(value)):
                said = _("第 %(row)d 项的 %(field)s 应是一段文字，不含不可存储的字符。")
                facts = {"row": place, "field": name}
                return problem(422, "not_text", said % facts, row=place, field=name)
    return None
