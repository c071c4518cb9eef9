"""POST personnel events as JSON, for an HR system (§6.3.4): whole or not at all."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from yihu.access.entering import for_group
from yihu.dossiers.problems import Refused
from yihu.handover import tokens
from yihu.handover.problems import Wrong
from yihu.handover.reading import KINDS, LABELS
from yihu.kit import clock
from yihu.kit.batch import KEY_PARAMETER, MOST_ROWS, Figure, Reused, Unfit, key_of, rows_of
from yihu.kit.openapi import Operation, describes
from yihu.kit.problem import not_by, problem

SEND = Operation(
    method="post",
    name="sendPersonnel",
    summary=gettext_lazy("报送人事变动（§6.3.4）"),
    description=gettext_lazy(
        "整批保存或整批不保存；同一幂等键再次报送得到第一次的答复。令牌由信息技术中心在服务器上签发。"
    ),
    parameters=[KEY_PARAMETER],
    body={
        "type": "array",
        "maxItems": MOST_ROWS,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["employee_no", "kind", "effective_on"],
            "properties": {
                **{name: {"type": "string", "description": label}
                   for name, label in LABELS.items()},
                "employee_no": {"type": ["string", "integer"], "description": gettext_lazy("工号")},
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
    try:
        key, sent = key_of(request), rows_of(request, LABELS, _takes)
    except Unfit as why:
        return why.answer
    rows: list[tuple[int, Mapping[str, object]]] = [
        (place, row) for place, row in enumerate(sent, 1)
    ]
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
    except Reused as why:
        return problem(409, "idempotency_key_reused", str(why), field="Idempotency-Key")
    except Refused as why:
        return problem(why.status, "refused", str(why))
    return JsonResponse({**answered.content, "again": answered.again})


def _takes(name: str, value: Any) -> bool:
    """Text; a number too where it is the employee's."""
    text = isinstance(value, str) and not isinstance(value, Figure)
    return text or (name == "employee_no" and type(value) is int)
