"""GET the events after a number as JSON, by a session or a person's token (§5.1, 5.5)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.tokens.door import by_token
from yihu.access.tokens.rules import Use
from yihu.kit.openapi import Operation, describes
from yihu.kit.problem import not_by, problem
from yihu.outbox import queries
from yihu.outbox.kinds import KINDS

MOST, USUAL = 500, 100
LARGEST = 2**63 - 1
NAMES = [kind.verb for kind in KINDS]
EVENT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["number", "type", "at", "unit", "dossier", "subject", "fields", "page"],
    "properties": {
        "number": {"type": "integer", "minimum": 1},
        "type": {"enum": NAMES},
        "at": {"type": "string", "format": "date-time"},
        "unit": {"type": ["string", "null"]},
        "dossier": {"type": ["string", "null"], "format": "uuid"},
        "subject": {
            "type": "object",
            "required": ["type", "id"],
            "properties": {"type": {"type": "string"}, "id": {"type": "string"}},
        },
        "fields": {"type": "array", "items": {"type": "string"}},
        "page": {"type": ["string", "null"]},
    },
}
FEED = Operation(
    method="get",
    name="listEvents",
    summary=gettext_lazy("事件（§5.1）"),
    description=gettext_lazy("某事件号之后、本人可见范围内的事件，按事件号排列；不含任何内容值。"
    "下次从 after 继续读，不会漏掉晚提交的事件；同一事件可能读到两次时以 number 去重。"
    "kept_from 是仍保留的最早事件号：上次读到的号比它小得多时，"
    "中间可能有已清理的事件，请另行核对。"),
    parameters=[
        {"name": "after", "in": "query",
         "schema": {"type": "integer", "minimum": 0, "maximum": LARGEST}},
        {"name": "limit", "in": "query",
         "schema": {"type": "integer", "minimum": 1, "maximum": MOST}},
        {"name": "type", "in": "query", "schema": {"enum": NAMES}},
    ],
    answers={
        "type": "object",
        "additionalProperties": False,
        "required": ["events", "after", "more", "kept_from"],
        "properties": {
            "events": {"type": "array", "items": EVENT},
            "after": {"type": "integer", "minimum": 0},
            "more": {"type": "boolean"},
            "kept_from": {"type": "integer", "minimum": 1},
        },
    },
    problems=[401, 403, 422, 429],
    security=["ownToken", "session"],
)  # fmt: skip


@describes(FEED)
@by_token(Use.EVENTS)
def events(request: HttpRequest) -> HttpResponse:
    """`?after=`, `limit=` and `type=`: 200 with the events; 401, 405, 422 as problem details."""
    if request.method != "GET":
        return not_by(request.method or "", "GET")
    assert isinstance(request.user, User)
    for name in request.GET:
        if name not in {"after", "limit", "type"}:
            said = _("不认识参数“%(name)s”。") % {"name": name[:40]}
            return problem(422, "unknown_parameter", said, field=name[:40])
    after = _number(request.GET.get("after", "0"), 0, LARGEST)
    if after is None:
        said = _("after 应是上次读到的事件号，首次写 0。")
        return problem(422, "invalid_after", said, field="after")
    most = _number(request.GET.get("limit", str(USUAL)), 1, MOST)
    if most is None:
        said = _("limit 应是 1 至 %(most)d 的整数。") % {"most": MOST}
        return problem(422, "invalid_limit", said, field="limit")
    kind = request.GET.get("type")
    if kind is not None and kind not in NAMES:
        said = _("没有“%(kind)s”这种事件。") % {"kind": kind[:60]}
        return problem(422, "unknown_type", said, field="type")
    found = queries.feed(request.user, after, kinds=[kind] if kind else [], most=most)
    units = queries.codes_of(found.events)
    answer = {
        "events": [queries.said(event, units) for event in found.events],
        "after": found.after,
        "more": found.more,
        "kept_from": queries.kept_from(),
    }
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


def _number(said: str, least: int, most: int) -> int | None:
    if not (said.isascii() and said.isdigit() and len(said) <= 19):
        return None
    value = int(said)
    return value if least <= value <= most else None
