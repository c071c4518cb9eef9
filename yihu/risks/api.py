"""GET the answer of a check before signing as JSON, by a session or a person's token (§6.2.2)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.tokens.door import by_token
from yihu.access.tokens.rules import Use
from yihu.customers.credit_code import ALPHABET, BadCreditCode, read
from yihu.kit.openapi import Operation, describes
from yihu.kit.problem import not_by, problem
from yihu.risks import actions
from yihu.risks.choices import Kind, Level

CODE = {"type": "string", "pattern": f"^[{ALPHABET}]{{18}}$"}
CHECK = Operation(
    method="get",
    name="riskCheck",
    summary=_("签约前核查（§6.2.2）"),
    description=_(
        "某统一社会信用代码现有风险备注的等级和类别，不含备注内容；每次核查都记入操作日志。"
    ),
    parameters=[{"name": "credit_code", "in": "query", "required": True, "schema": CODE}],
    answers={
        "type": "object",
        "additionalProperties": False,
        "required": [
            "credit_code", "level", "level_name", "kinds", "unverified", "checked_on",
            "group_notice", "ask",
        ],
        "properties": {
            "credit_code": CODE,
            "level": {"enum": [0, *Level.values]},
            "level_name": {"type": "string"},
            "kinds": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["code", "name"],
                    "properties": {"code": {"enum": Kind.values}, "name": {"type": "string"}},
                },
            },
            "unverified": {"type": "boolean"},
            "checked_on": {"type": ["string", "null"], "format": "date"},
            "group_notice": {"type": "boolean"},
            "ask": {"type": "array", "items": {"type": "string"}},
        },
    },
    problems=[401, 403, 422, 429],
    security=["ownToken", "session"],
)  # fmt: skip


@describes(CHECK)
@by_token(Use.RISK_CHECK)
def risk_check(request: HttpRequest) -> HttpResponse:
    """`?credit_code=`: 200 as `queries.Answer.plain`; 401, 403, 405 or 422 as problem details, of
    a bad code with the character that fails. The text of a remark is never in it.
    """
    if request.method != "GET":
        return not_by(request.method or "", "GET")
    assert isinstance(request.user, User)
    try:
        code = read(request.GET.get("credit_code", ""))
    except BadCreditCode as why:
        return problem(422, "invalid_credit_code", str(why), field="credit_code")
    try:
        found = actions.check_before_signing(request.user, code)
    except Denied as why:
        return problem(403, "forbidden", str(why))
    return JsonResponse(found.plain(), json_dumps_params={"ensure_ascii": False})
