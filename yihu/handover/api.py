"""POST personnel events as JSON, for an HR system (§6.3.4): whole or not at all."""

import json
import re
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from yihu.access.entering import for_group
from yihu.dossiers.problems import Refused
from yihu.handover import tokens
from yihu.handover.problems import Wrong
from yihu.handover.reading import LABELS
from yihu.kit import clock

KEY = re.compile(r"[0-9A-Za-z._:-]{8,80}")


def _no(status: int, code: str, message: str, **more: Any) -> JsonResponse:
    body = {"error": code, "message": message, **more}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


@csrf_exempt
@login_not_required
def personnel(request: HttpRequest) -> JsonResponse:
    """A JSON list of objects with the fields of the workbook.

    200 {"new", "unchanged", "applied"}; 401, 405, 409, 413 or 422 with `message` in Chinese,
    422 of rows with `problems` (row counted from 1, field, column, code, message).
    """
    token = tokens.holder(request.headers.get("Authorization", ""))
    if token is None:
        answer = _no(401, "unauthorized", _("令牌无效或已吊销，请联系信息技术中心。"))
        answer["WWW-Authenticate"] = 'Bearer realm="yihu"'
        return answer
    if request.method != "POST":
        answer = _no(405, "method_not_allowed", _("请用 POST 提交。"))
        answer["Allow"] = "POST"
        return answer
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        said = _("请在 Idempotency-Key 里给出 8 至 80 位的幂等键，每批一个。")
        return _no(422, "bad_idempotency_key", said, field="Idempotency-Key")
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return _no(422, "not_json", _("内容不是有效的 JSON，请检查引号、逗号和编码（UTF-8）。"))
    problem = _shape(sent)
    if problem:
        return problem
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
        problems = [problem.plain() for problem in why.problems]
        said = _("有 %(number)d 处不符，全部未保存。") % {"number": len(problems)}
        return _no(422, "invalid_rows", said, problems=problems)
    except tokens.Reused as why:
        return _no(409, "idempotency_key_reused", str(why), field="Idempotency-Key")
    except Refused as why:
        return _no(why.status, "refused", str(why))
    return JsonResponse({**answered.content, "again": answered.again})


def _shape(sent: object) -> JsonResponse | None:
    """Why it is not a list of objects with known fields; None where it is."""
    if not isinstance(sent, list):
        return _no(422, "not_a_list", _("内容应是一个列表，每项一条人事变动。"))
    for place, row in enumerate(sent, 1):
        if not isinstance(row, dict):
            said = _("第 %(row)d 项应是一个对象。") % {"row": place}
            return _no(422, "not_an_object", said, row=place)
        strange = sorted(set(row) - set(LABELS))
        if strange:
            said = _("第 %(row)d 项有不认识的字段 %(field)s；可用：%(known)s。")
            facts = {"row": place, "field": strange[0][:40], "known": "、".join(LABELS)}
            return _no(422, "unknown_field", said % facts, row=place, field=strange[0][:40])
    return None
