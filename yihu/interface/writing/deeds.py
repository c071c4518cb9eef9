"""One operation: the row found, what was sent read by the page's form, the page's action called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.scope import Unreachable
from yihu.access.tokens.door import by_token
from yihu.access.tokens.rules import Use
from yihu.audit import actions as audit
from yihu.dossiers.problems import Incomplete, Lapsed, Refused
from yihu.exports.quota import may_read_on
from yihu.exports.rules import RETRY_SECONDS
from yihu.grants import actions as grants
from yihu.interface import parts
from yihu.interface.asking import said_plainly
from yihu.interface.rules import KEPT
from yihu.interface.writing.bodies import Body, Given, Schema, problems_of
from yihu.interface.writing.things import Thing, held, tagged
from yihu.kit import clock
from yihu.kit.batch import KEY_PARAMETER, Answer, Reused, Unfit, key_of, once
from yihu.kit.openapi import Operation
from yihu.kit.problem import problem
from yihu.kit.turns import take_turn

Words = str | Promise
IF_MATCH = gettext_lazy("读取时的 ETag；内容已被他人修改则答 412，什么也不写")
AGAIN = gettext_lazy("同一幂等键再次发送得到第一次的答复，三十天内有效")
PROBLEMS = (400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)


class Nothing(forms.Form):
    """An act that needs no words."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a program asks for, found and read: the row, and `data` as the form has checked it.

    `values`: what no form reads, as it was sent.
    """

    user: User
    row: Any
    form: Any
    values: Mapping[str, Any]
    at: datetime
    today: date

    @property
    def data(self) -> Mapping[str, Any]:
        """The checked values."""
        checked: Mapping[str, Any] = self.form.cleaned_data
        return checked


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it: the key of what was made or changed, and what else the program is told."""

    key: Any
    more: Mapping[str, Any] = field(default_factory=dict)


def _plainly(form: type[forms.Form], given: Given, _user: User, _row: Any) -> forms.Form:
    return form(given.data, given.files)


@dataclass(frozen=True, slots=True)
class Deed:
    """An operation that writes.

    `thing`: what the address names. `act` calls the action and may raise what it raises. `made`:
    the thing that came of it, where it is another. `form`: how the page makes its form. `once`:
    sent twice it would be done twice, so it needs a key; every other takes one. `tag`: it would
    write over what somebody else may have changed, so it needs If-Match; every other heeds it.
    `more`: what it answers besides.
    """

    name: str
    path: str
    use: Use
    summary: Words
    thing: Thing | None
    act: Callable[[Call], Made]
    body: Body = field(default=Body(Nothing))
    made: Thing | None = None
    form: Callable[[type[forms.Form], Given, User, Any], Any] = _plainly
    once: bool = False
    tag: bool = False
    method: str = "post"
    more: Mapping[str, Schema] = field(default_factory=dict)
    says: Words = ""

    @property
    def told(self) -> Thing | None:
        """The thing whose tag the answer carries."""
        return self.made or self.thing

    def operation(self) -> Operation:
        """As the description has it."""
        key = {**KEY_PARAMETER, "required": self.once, "description": AGAIN}
        known = bool(self.thing and self.thing.parts)
        match = {"name": "If-Match", "in": "header", "required": self.tag,
                 "description": IF_MATCH, "schema": {"type": "string"}}  # fmt: skip
        return Operation(
            method=self.method,
            name=self.name,
            summary=self.summary,
            description=self.says or gettext_lazy("规则、权限和记日志与页面上的同一操作相同。"),
            parameters=[key, *([match] if known else [])],
            body=self.body.schema(),
            answers={
                "type": "object",
                "required": ["id", "etag", "again", *self.more],
                "properties": {
                    "id": parts.TEXT, "etag": parts.TEXT, "again": parts.TRUTH, **self.more,
                },
            },
            problems=[
                status
                for status in PROBLEMS
                if (status != 412 or known or self.name in LAPSING)
                and (status != 428 or self.tag)
            ],
            security=("ownToken",),
            links=self._links(),
        )  # fmt: skip

    def _links(self) -> dict[str, Any]:
        """What came of it can be read."""
        if self.told is None or not self.told.parts:
            return {}
        given = {"path.pk": "$response.body#/id"}
        return {self.told.name: {"operationId": self.told.name, "parameters": given}}


LAPSING = ("approveSubmission",)
"""What is refused as seen too long ago by a digest of its own."""


def person(request: HttpRequest) -> User:
    """Whose token it is."""
    assert isinstance(request.user, User)
    return request.user


def said(content: Any) -> JsonResponse:
    """200."""
    return JsonResponse(content, json_dumps_params={"ensure_ascii": False})


def strange(request: HttpRequest) -> HttpResponse | None:
    """400 for a condition, of which there are none here."""
    name = next(iter(request.GET), None)
    if name is None:
        return None
    return problem(400, "bad_condition", _("不认识条件“%(name)s”。") % {"name": name[:40]})


def writing(deed: Deed) -> Callable[..., HttpResponse]:
    """The view of an operation; a token alone opens it."""

    @by_token(deed.use, session=False)
    @said_plainly
    def view(request: HttpRequest, pk: UUID | None = None) -> HttpResponse:
        if wrong := strange(request):
            return wrong
        user = person(request)
        row = deed.thing.find(user, pk) if deed.thing is not None and pk is not None else None
        key = key_of(request) if deed.once or "Idempotency-Key" in request.headers else ""
        sent = deed.body.read(request)
        try:
            with transaction.atomic():
                answered = _once(deed, request, row, sent, key)
        except Reused as why:
            return problem(409, "idempotency_key_reused", str(why), field="Idempotency-Key")
        except Incomplete as why:
            problems = [
                {"field": one.field, "code": one.code, "message": one.message}
                for one in why.problems
            ]
            return problem(
                422, "incomplete", str(why), problems=problems, sections=list(why.sections)
            )
        except (Refused, grants.Unfit, grants.Lapsed) as why:
            return problem(*_refused(why), str(why))
        except ObjectDoesNotExist as why:  # the policies let this person read it and never lock it
            label = row._meta.label_lower if row is not None else deed.name
            raise Unreachable(label, {"pk": pk}) from why
        answer = said({**answered.content, "again": answered.again})
        if answered.content["etag"]:
            answer["ETag"] = str(answered.content["etag"])
        return answer

    return view


def _refused(why: Exception) -> tuple[int, str]:
    if isinstance(why, Lapsed):
        return 412, "changed_meanwhile"
    if isinstance(why, Refused):
        return why.status, "refused" if why.status == 409 else "unfit"
    return (422, "unfit") if isinstance(why, grants.Unfit) else (409, "refused")


def _once(deed: Deed, request: HttpRequest, row: Any, sent: Mapping[str, Any], key: str) -> Answer:
    user, at = person(request), clock.now()
    if not key:
        return Answer(_done(deed, request, row, sent, at), again=False)
    take_turn("interface.call", user.pk)  # two of one key at once
    user.batches.filter(at__lt=at - KEPT).delete()
    return once(
        user.batches,
        key=key,
        said=f"{request.method} {request.path}\n".encode() + request.body,
        at=at,
        make=lambda: _done(deed, request, row, sent, at),
    )


def _done(
    deed: Deed, request: HttpRequest, row: Any, sent: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """Raises: Unfit, and what the action raises."""
    user, today = person(request), clock.today()
    if deed.thing is not None and deed.thing.parts:
        row = held(deed.thing, request, row, needed=deed.tag, today=today, at=at)
    form = deed.form(deed.body.form, deed.body.given(sent), user, row)
    if not form.is_valid():
        problems = problems_of(form)
        text = _("有 %(number)d 处不符，未保存。") % {"number": len(problems)}
        raise Unfit(problem(422, "invalid_fields", text, problems=problems))
    values = {name: sent[name] for name in deed.body.free}
    made = deed.act(Call(user, row, form, values, at, today))
    tag = ""
    if deed.told is not None and deed.told.parts:
        tag = deed.told.tag(user, deed.told.find(user, made.key), today, at)
    return {"id": str(made.key), "etag": tag, **made.more}


# Reading one -------------------------------------------------------------------------------------


def reading(thing: Thing) -> Callable[..., HttpResponse]:
    """The view of a single thing, with its tag; 304 where that is what the program has."""

    @by_token(Use.READ)
    @said_plainly
    def view(request: HttpRequest, pk: UUID) -> HttpResponse:
        if wrong := strange(request):
            return wrong
        user, today, at = person(request), clock.today(), clock.now()
        row = thing.find(user, pk)
        if thing.counted and not may_read_on(user, at):
            answer: HttpResponse = problem(
                429, "too_many_readings", _("查阅过快，请过一分钟再试。")
            )
            answer["Retry-After"] = str(RETRY_SECONDS)
            return answer
        data = {"what": thing.path.partition("/")[0], "rows": 1}
        audit.record(user, thing.verb, row, dossier_id=thing.file(row), data=data)
        told = thing.told(user, row, today, at)
        return tagged(request, told)

    return view


def read_operation(thing: Thing, links: Sequence[Deed]) -> Operation:
    """How the reading of a thing is described; `links`: what may be done to it next."""
    return Operation(
        method="get",
        name=thing.name,
        summary=thing.summary,
        description=gettext_lazy(
            "看得到什么与页面相同。答复带 ETag："
            "写入时放在 If-Match；放在 If-None-Match，未变则答 304。"
        ),
        parameters=[
            {"name": "If-None-Match", "in": "header", "schema": parts.TEXT,
             "description": gettext_lazy("上次答复的 ETag")},
        ],
        answers=parts.schema(thing.parts),
        problems=(400, 401, 403, 404, 429),
        empty=(304,),
        security=("ownToken", "session"),
        links={
            deed.name: {
                "operationId": deed.name,
                "parameters": {
                    "path.pk": "$request.path.pk", "header.If-Match": "$response.header.ETag",
                },
            }
            for deed in links
        },
    )  # fmt: skip
