"""GET published assessments as JSON, by a session or a person's token, for the group's performance
system (§6.4.2). Everybody who reads assessments gets all places; of lines headquarters all, a unit
its own.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.scope import scope_of
from yihu.access.tokens.door import by_token
from yihu.access.tokens.rules import Use
from yihu.assessment import actions, queries, rules
from yihu.assessment.choices import TOLD, State
from yihu.assessment.models import Assessment
from yihu.assessment.policy import may_read
from yihu.assessment.rules import BadPeriod
from yihu.assessment.sources import SOURCE
from yihu.kit.openapi import Operation, describes
from yihu.kit.problem import not_by, problem

NUMBER = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
NULLABLE = {"type": ["string", "null"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
ONE = {
    "type": "object",
    "required": ["year", "period", "label", "starts_on", "ends_on", "state", "scheme"],
    "properties": {
        "year": {"type": "integer"},
        "period": {"enum": rules.codes()},
        "label": {"type": "string"},
        "starts_on": {"type": "string", "format": "date"},
        "ends_on": {"type": "string", "format": "date"},
        "state": {"enum": [str(state) for state in TOLD]},
        "objections_until": {"type": "string", "format": "date"},
        "scheme": {"type": "integer"},
    },
}
PLACE = {
    "type": "object",
    "required": ["rank", "unit", "name", "score", "change"],
    "properties": {
        "rank": {"type": "integer", "minimum": 1},
        "unit": {"type": "string"},
        "name": {"type": "string"},
        "score": NUMBER,
        "change": NULLABLE,
    },
}
LINE = {
    "type": "object",
    "required": ["unit", "code", "name", "top", "bottom", "value", "points", "weight", "gives"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "unit": {"type": "string"},
        "code": {"enum": sorted(SOURCE)},
        "name": {"type": "string"},
        "top": {"type": "integer", "minimum": 0},
        "bottom": {"type": "integer", "minimum": 0},
        "adjusted": NUMBER,
        "value": NULLABLE,
        "points": NULLABLE,
        "weight": NULLABLE,
        "gives": NULLABLE,
    },
}
LIST = Operation(
    method="get",
    name="assessments",
    summary=gettext_lazy("单位考核各期（§6.4.2）"),
    description=gettext_lazy("已公布和已定案的考核，最近的在前，最多 60 期。"),
    answers={
        "type": "object",
        "required": ["assessments"],
        "properties": {"assessments": {"type": "array", "items": ONE}},
    },
    problems=[401, 403, 429],
    security=["ownToken", "session"],
)
READ = Operation(
    method="get",
    name="assessment",
    summary=gettext_lazy("一期单位考核的名次与明细（§6.4.2）"),
    description=gettext_lazy(
        "名次对各单位公开；明细中集团可取全部，单位只取本单位的。period 为 M1 至 M12、"
        "Q1 至 Q4 或 Y。每次取用都记入操作日志。"
    ),
    answers={
        "type": "object",
        "required": ["assessment", "places", "lines"],
        "properties": {
            "assessment": ONE,
            "places": {"type": "array", "items": PLACE},
            "lines": {"type": "array", "items": LINE},
        },
    },
    problems=[401, 403, 404, 429],
    security=["ownToken", "session"],
)


@describes(LIST)
@by_token(Use.ASSESSMENTS)
def assessments(request: HttpRequest) -> HttpResponse:
    """The published periods: 200; 401, 403 or 405 as problem details."""
    if request.method != "GET":
        return not_by(request.method or "", "GET")
    assert isinstance(request.user, User)
    if not may_read(request.user):
        return _denied()
    rows = queries.assessments(request.user).filter(state__in=TOLD)[:60]
    return _json({"assessments": [_one(row) for row in rows]})


@describes(READ)
@by_token(Use.ASSESSMENTS)
def assessment(request: HttpRequest, year: int, period: str) -> HttpResponse:
    """One period: 200; 401, 403, 404 or 405 as problem details."""
    if request.method != "GET":
        return not_by(request.method or "", "GET")
    user = request.user
    assert isinstance(user, User)
    if not may_read(user):
        return _denied()
    try:
        rules.span(year, period)
    except BadPeriod:
        return problem(
            404, "no_such_period", _("没有这样的考核期；应为 M1 至 M12、Q1 至 Q4 或 Y。")
        )
    held = queries.of_period(year, period)
    if held is None:
        return problem(404, "not_published", _("这一期还没有公布的考核。"))
    places = queries.standings(held)
    actions.hand_out(user, held, rows=len(places), kind="api", trace="")
    return _json({
        "assessment": _one(held),
        "places": [
            {
                "rank": one.rank, "unit": one.unit.code, "name": one.unit.name,
                "score": str(one.score),
                "change": None if one.change is None else str(one.change),
            }
            for one in places
        ],
        "lines": [
            {
                "id": str(one.pk),
                "unit": one.unit.code, "code": one.code, "name": str(SOURCE[one.code].name),
                "top": one.top, "bottom": one.bottom, "adjusted": str(one.adjusted),
                **{
                    name: None if getattr(one, name) is None else str(getattr(one, name))
                    for name in ("value", "points", "weight", "gives")
                },
            }
            for place in places
            if scope_of(user).everything or place.unit.pk in scope_of(user).own_ids
            for one in queries.lines(user, held, place.unit.pk)
        ],
    })  # fmt: skip


def _one(held: Assessment) -> dict[str, Any]:
    return {
        "year": held.year, "period": held.period, "label": rules.label(held.year, held.period),
        "starts_on": held.starts_on.isoformat(), "ends_on": held.ends_on.isoformat(),
        "state": str(State(held.state)),
        "objections_until": held.objections_until and held.objections_until.isoformat(),
        "scheme": held.scheme.number,
    }  # fmt: skip


def _denied() -> HttpResponse:
    return problem(403, "forbidden", _("您没有查阅单位考核的权限，请联系本单位管理员申请。"))


def _json(said: dict[str, Any]) -> JsonResponse:
    return JsonResponse(said, json_dumps_params={"ensure_ascii": False})
