"""GET the answer of a check before signing as JSON, for who is signed in (§6.2.2)."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.customers.credit_code import BadCreditCode, read
from yihu.risks import actions


def _no(status: int, code: str, message: str, **more: Any) -> JsonResponse:
    body = {"error": code, "message": message, **more}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


@login_not_required
def risk_check(request: HttpRequest) -> JsonResponse:
    """`?credit_code=`: 200 as `queries.Answer.plain`; 401, 403, 405 or 422 with `message` in
    Chinese, of a bad code with the character that fails. The text of a remark is never in it.
    """
    if not isinstance(request.user, User):
        return _no(401, "unauthorized", _("请先登录。"))
    if request.method != "GET":
        answer = _no(405, "method_not_allowed", _("请用 GET 查询。"))
        answer["Allow"] = "GET"
        return answer
    try:
        code = read(request.GET.get("credit_code", ""))
    except BadCreditCode as why:
        return _no(422, "invalid_credit_code", str(why), field="credit_code")
    try:
        found = actions.check_before_signing(request.user, code)
    except Denied as why:
        return _no(403, "forbidden", str(why))
    return JsonResponse(found.plain(), json_dumps_params={"ensure_ascii": False})
