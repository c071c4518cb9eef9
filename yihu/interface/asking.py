"""What a program asks of a list, as the address says it, and what it is told where it cannot be."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from yihu.access.middleware import note_refusal
from yihu.access.scope import Unreachable
from yihu.interface.rules import LIMIT, MOST
from yihu.kit.batch import UNSTORABLE, Unfit
from yihu.kit.filters import Filter
from yihu.kit.problem import not_by, problem
from yihu.org.models import OrgUnit

View = Callable[..., HttpResponse]
NUMBER = re.compile(r"[1-9][0-9]{0,3}")
OWN = ("limit", "fields")
"""What every list takes besides its filter."""


OF_PAGES = ("before", "count")
"""What the filters take of pages alone: the way back, and a number that no list here tells."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How many rows, which fields, and the conditions and the place for the filter to check."""

    limit: int
    fields: Sequence[str]
    given: QueryDict


def by_method(**views: View) -> View:
    """One address, a view a method, each with a door of its own; 405 names what would do."""

    @csrf_exempt  # the views' doors: what changes something takes tokens alone
    @login_not_required
    def chosen(request: HttpRequest, **args: Any) -> HttpResponse:
        view = views.get((request.method or "").lower())
        if view is None:
            return not_by(request.method or "", *(name.upper() for name in views))
        return view(request, **args)

    return chosen


def said_plainly(view: View) -> View:
    """What is refused inside is answered by problem details, and the log hears of it as of a
    page's refusal."""

    @wraps(view)
    def answering(request: HttpRequest, **args: Any) -> HttpResponse:
        try:
            return view(request, **args)
        except Unfit as why:
            return why.answer
        except Unreachable as why:
            note_refusal(request, why)
            return problem(404, "not_found", _("没有找到，或您无权查看。"))
        except PermissionDenied as why:
            note_refusal(request, why)
            return problem(403, "forbidden", str(why))

    return answering


def asked(request: HttpRequest, known: Mapping[str, Any]) -> Asked:
    """Limit and fields as they are asked for, the unit's code as the filters know it.

    Raises: Unfit.
    """
    given = request.GET.copy()
    for name in given:
        if len(given.getlist(name)) > 1:
            said = _("条件“%(name)s”只能给一次。") % {"name": _shown(name)}
            raise Unfit(problem(400, "bad_condition", said))
        if not str(given[name]).strip():
            said = _("条件“%(name)s”是空的，请填写或去掉。") % {"name": _shown(name)}
            raise Unfit(problem(400, "bad_condition", said))
    for name in OF_PAGES:
        if name in given:
            raise Unfit(problem(400, "bad_condition", _("不认识条件“%(name)s”。") % {"name": name}))
    limit, fields = _limit(given), _fields(given, known)
    for name in OWN:
        given.pop(name, None)
    if "unit" in given:
        code = str(given["unit"])
        found = OrgUnit.objects.filter(code=code).values_list("pk", flat=True).first()
        if found is None:
            said = _("没有编码为“%(code)s”的单位。") % {"code": _shown(code)}
            raise Unfit(problem(400, "bad_condition", said))
        given["unit"] = str(found)
    return Asked(limit, fields, given)


def checked(chosen: Filter) -> Mapping[str, Any]:
    """What the filter has checked. Raises: Unfit, with every refused condition in a sentence."""
    if not chosen.is_valid():
        problems = chosen.problems()
        raise Unfit(problem(400, "bad_condition", " ".join(problems), problems=problems))
    return chosen.cleaned_data


def bad_place() -> Unfit:
    """A cursor that nobody gave out."""
    return Unfit(problem(400, "bad_place", _("翻页位置无法识别，请用上一次答复里的 next。")))


def _limit(given: QueryDict) -> int:
    wanted = given.get("limit")
    if wanted is None:
        return LIMIT
    if not NUMBER.fullmatch(str(wanted)) or int(str(wanted)) > MOST:
        said = _("limit 应是 1 至 %(most)d 的整数。") % {"most": MOST}
        raise Unfit(problem(400, "bad_limit", said, field="limit"))
    return int(str(wanted))


def _fields(given: QueryDict, known: Mapping[str, Any]) -> Sequence[str]:
    if "fields" not in given:
        return list(known)
    wanted = str(given["fields"]).split(",")
    strange = [name for name in wanted if name not in known]
    if strange:
        said = _("没有字段“%(name)s”；可用：%(known)s。")
        facts = {"name": _shown(strange[0]), "known": "、".join(known)}
        raise Unfit(problem(422, "unknown_field", said % facts, field="fields", known=list(known)))
    return [name for name in known if name in wanted]


def _shown(text: str) -> str:
    return UNSTORABLE.sub("�", text[:40])
