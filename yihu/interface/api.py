"""GET lists and one file, POST batches: translate, call once, translate back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.scope import reach
from yihu.access.tokens.door import by_token
from yihu.access.tokens.rules import Use
from yihu.audit import actions as audit
from yihu.desk.dossier_page.queries import page_rows
from yihu.exports.quota import may_read_on
from yihu.exports.rules import RETRY_SECONDS
from yihu.interface import actions, files, operations, parts
from yihu.interface.asking import asked, by_method, said_plainly
from yihu.interface.lists import LISTS, List, Shown
from yihu.interface.queries import NAMED_BY
from yihu.interface.rules import SHOWN_PROBLEMS
from yihu.interface.units import unit_of
from yihu.interface.writing.things import tagged
from yihu.kit import clock
from yihu.kit.batch import Figure, Reused, key_of, rows_of
from yihu.kit.openapi import describes
from yihu.kit.problem import problem


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _json(content: Any) -> JsonResponse:
    return JsonResponse(content, json_dumps_params={"ensure_ascii": False})


def _too_fast() -> HttpResponse:
    answer = problem(429, "too_many_readings", _("查阅过快，请过一分钟再试。"))
    answer["Retry-After"] = str(RETRY_SECONDS)
    return answer


# Lists -------------------------------------------------------------------------------------------


def _listing(name: str) -> Any:
    """The view of a list."""
    known = LISTS[name]

    @by_token(Use.READ)
    @said_plainly
    def view(request: HttpRequest) -> HttpResponse:
        user, wish = _person(request), asked(request, known.parts)
        shown = known.find(user, wish, clock.today())
        if shown.file is not None and not may_read_on(user, clock.now()):
            return _too_fast()
        _note(user, name, known, shown)
        answer = _json(
            {
                "items": parts.tell(known.parts, wish.fields, shown.lines, shown.hidden),
                "next": shown.after or None,
            }
        )
        if shown.after:
            answer["Link"] = f'<{_next(request, shown.after)}>; rel="next"'
        return answer

    return view


def _next(request: HttpRequest, after: str) -> str:
    given = request.GET.copy()
    given["after"] = after
    return f"{request.path}?{given.urlencode()}"


def _note(user: User, name: str, known: List, shown: Shown) -> None:
    """One line of the log: which list, under which conditions, how many rows; no value of any."""
    given = {name: shown.chosen.cleaned_data.get(name) for name in shown.chosen.fields}
    conditions = {
        name: value for name, value in given.items() if value and name not in {"after", "before"}
    }
    words = str(given.get(known.words) or "")
    data = {
        "what": name,
        "conditions": audit.conditions(conditions),
        "rows": len(shown.lines),
    }
    if shown.file is not None:
        audit.record(user, "dossier.read", shown.file, dossier_id=shown.file.pk, data=data)
    elif words:
        found = {"query": audit.veiled(words), "hits": len(shown.lines)}
        audit.record(user, "searched", known.label, data=data | found)
    else:
        audit.record(user, "interface.read", known.label, data=data)


# One file ----------------------------------------------------------------------------------------


@by_token(Use.READ)
@said_plainly
def _dossier(request: HttpRequest, pk: UUID) -> HttpResponse:
    user, wish = _person(request), asked(request, parts.FILE)
    if strange := next(iter(wish.given), ""):
        said = _("不认识条件“%(name)s”。") % {"name": strange[:40]}
        return problem(400, "bad_condition", said)
    if not may_read_on(user, clock.now()):
        return _too_fast()
    found = reach(page_rows(), user, pk=pk)
    audit.record(user, "dossier.read", found, dossier_id=found.pk, data={"what": "dossier"})
    line = files.file_of(user, found, today=clock.today(), at=clock.now())
    (told,) = parts.tell(parts.FILE, wish.fields, [line])
    answer = tagged(request, told)
    answer["Last-Modified"] = http_date(found.changed_at.timestamp())
    return answer


# Batches -----------------------------------------------------------------------------------------


def _takes(name: str, value: Any) -> bool:
    if name == "etag":
        return value is None or isinstance(value, str)
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


def _upserting(kind: str, use: Use) -> Any:
    """The view of a batch of that kind."""
    known = [column.field for column in actions.columns_of(kind)]
    if kind in NAMED_BY:
        known.append("etag")

    @by_token(use, session=False)
    @said_plainly
    def view(request: HttpRequest) -> HttpResponse:
        user, key = _person(request), key_of(request)
        unit = unit_of(user, request)
        rows = rows_of(request, known, _takes)
        if not rows:
            return problem(422, "no_rows", _("列表里一行也没有。"))
        tags = {place: row.pop("etag", None) for place, row in enumerate(rows, 1)}
        try:
            answered = actions.take(
                user, unit, kind=kind, key=key, body=request.body,
                rows=[{name: _cell(value) for name, value in row.items()} for row in rows],
                tags={place: tag for place, tag in tags.items() if tag is not None},
                today=clock.today(), at=clock.now(),
            )  # fmt: skip
        except actions.Overtaken as why:
            said = _("有 %(number)d 行在您读取之后被他人修改，全部未保存。")
            return _refused(412, "changed_meanwhile", said, why.problems)
        except actions.Wrong as why:
            said = _("有 %(number)d 处不符，全部未保存。")
            return _refused(422, "invalid_rows", said, why.problems)
        except Reused as why:
            return problem(409, "idempotency_key_reused", str(why), field="Idempotency-Key")
        return _json({**answered.content, "again": answered.again})

    return view


def _refused(status: int, code: str, said: str, faults: Sequence[actions.Fault]) -> HttpResponse:
    """None of the rows was written; `said` has a place for how many are at fault."""
    problems = [one.plain() for one in faults[:SHOWN_PROBLEMS]]
    number = len(faults)
    return problem(status, code, said % {"number": number}, problems=problems, total=number)


def _cell(value: Any) -> Any:
    """As a ledger's cell has it: nothing is "", a number with an exponent is written out."""
    if value is None:
        return ""
    return actions.written_out(value) if isinstance(value, Figure) else value


dossiers = describes(operations.DOSSIERS, operations.DOSSIERS_UPSERT)(
    by_method(get=_listing("dossiers"), post=_upserting("customers", Use.DOSSIERS))
)
dossier = describes(operations.DOSSIER)(by_method(get=_dossier))
customers = describes(operations.CUSTOMERS)(by_method(get=_listing("customers")))
contracts = describes(operations.CONTRACTS, operations.CONTRACTS_UPSERT)(
    by_method(get=_listing("contracts"), post=_upserting("contracts", Use.CONTRACTS))
)
offtake = describes(operations.OFFTAKE, operations.OFFTAKE_UPSERT)(
    by_method(get=_listing("offtake"), post=_upserting("offtake", Use.OFFTAKE))
)
duties = describes(operations.DUTIES)(by_method(get=_listing("duties")))
risks = describes(operations.RISKS)(by_method(get=_listing("risks")))
