"""Requests of SCIM to what the slice does, and back; loaded with the first of them.

The library knows the protocol (schemas, PATCH, filters, what each message must hold); here stands
only what Yihu does with it.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.db.models import CharField, F
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from pydantic import ValidationError
from scim2_models import (
    Context,
    Error,
    Group,
    InvalidFilterException,
    InvalidSyntaxException,
    InvalidValueException,
    ListResponse,
    NotFoundException,
    PatchOp,
    Resource,
    ResourceType,
    ResponseParameters,
    Schema,
    SCIMException,
    SearchRequest,
    UniquenessException,
)

from yihu.directory import provisioning, queries
from yihu.directory.models import Group as OurGroup
from yihu.directory.provisioning import Conflict, Source, Taken
from yihu.directory.rules import MEMBERS_MOST, PAGE_MOST
from yihu.directory.scim import resources
from yihu.directory.scim.filters import GROUPS, USERS
from yihu.directory.scim.resources import POLICY, User
from yihu.dossiers.problems import Refused
from yihu.handover.reading import MOST

MEDIA_TYPE = "application/scim+json"


def answer(request: HttpRequest, source: Source, rest: str) -> HttpResponse:
    """Whatever was asked, or why not, as RFC 7644 §3.12 wants it said."""
    try:
        with POLICY, transaction.atomic():  # what is refused, even while answering, changes nothing
            return _routed(request, source, rest)
    except ValidationError as why:
        return said_error(Error.from_validation_errors(why)[0])
    except SCIMException as why:
        return said_error(why.to_error())
    except Taken as why:
        return said_error(UniquenessException(detail=str(why)).to_error())
    except Conflict as why:
        return error(409, str(why))
    except Refused as why:  # `Wrong` and `Unfit` of personnel among them
        return error(400, str(why), "invalidValue")
    except RequestDataTooBig:
        return error(413, _("内容过大，请分几次报送。"))


def error(status: int, detail: str, scim_type: str | None = None) -> HttpResponse:
    """An error in Chinese."""
    return said_error(Error(status=status, scim_type=scim_type, detail=detail))


def said_error(found: Error) -> HttpResponse:
    """An error of the library's."""
    return _json(found.model_dump(), found.status or 400)


def _json(content: Any, status: int = 200) -> HttpResponse:
    body = json.dumps(content, ensure_ascii=False).encode()
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE)


def _routed(request: HttpRequest, source: Source, rest: str) -> HttpResponse:
    kind, _slash, key = rest.strip("/").partition("/")
    method = request.method or ""
    if kind in DISCOVERY:
        return DISCOVERY[kind](request, key) if method == "GET" else _not_by("GET")
    if kind in {"Bulk", "Me", ".search"} or key == ".search":
        return error(501, _("这里不提供 %(kind)s。") % {"kind": rest})
    served = {"Users": USER_ACTS, "Groups": GROUP_ACTS}.get(kind)
    if served is None:
        raise NotFoundException(detail=_("没有 %(path)s 这个地址。") % {"path": rest})
    of_all, of_one = served
    acts = of_one if key else of_all
    if method not in acts:
        return _not_by(*acts)
    return acts[method](request, source, key)


def _not_by(*allowed: str) -> HttpResponse:
    found = error(405, _("这里只接受 %(allowed)s。") % {"allowed": "、".join(allowed)})
    found["Allow"] = ", ".join(allowed)
    return found


# Discovery ---------------------------------------------------------------------------------------


def _config(request: HttpRequest, key: str) -> HttpResponse:
    if key:
        raise NotFoundException
    return _json(resources.config().model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


def _listed(
    found: list[Any], key: str, named: Callable[[Any], str | None], model: Any
) -> HttpResponse:
    if key:
        one = next((row for row in found if named(row) == key), None)
        if one is None:
            raise NotFoundException
        return _json(one.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))
    many = ListResponse[model](
        total_results=len(found), start_index=1, items_per_page=len(found), resources=found
    )
    return _json(many.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


def _types(request: HttpRequest, key: str) -> HttpResponse:
    return _listed(resources.types(), key, lambda row: row.id, ResourceType)


def _schemas(request: HttpRequest, key: str) -> HttpResponse:
    return _listed(resources.schemas(), key, lambda row: str(row.id), Schema)


DISCOVERY = {"ServiceProviderConfig": _config, "ResourceTypes": _types, "Schemas": _schemas}


# What was sent -----------------------------------------------------------------------------------


def _sent(request: HttpRequest) -> Any:
    """The JSON of the body. Raises: SCIMException."""
    media = request.content_type or ""
    if media not in {MEDIA_TYPE, "application/json"}:
        raise InvalidSyntaxException(detail=_("请以 application/scim+json 报送。"))
    try:
        found = json.loads(request.body)
        whole = json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidSyntaxException(detail=_("内容不是 UTF-8 的 JSON。")) from None
    if b"\\u0000" in whole or not isinstance(found, dict):
        raise InvalidSyntaxException(detail=_("内容应是一个 JSON 对象，不含空字符。"))
    return found


def _asked(request: HttpRequest, model: Any) -> Any:
    """Filter, page and wanted attributes of a list."""
    given = {name: request.GET[name] for name in request.GET}
    if "\0" in "".join(given.values()):
        raise InvalidFilterException(detail=_("查询条件含有空字符。"))
    return SearchRequest[model].model_validate(given)


def _wanted(request: HttpRequest, model: Any) -> Any:
    """Wanted attributes of one resource."""
    given = {
        name: request.GET[name]
        for name in ("attributes", "excludedAttributes")
        if name in request.GET
    }
    return ResponseParameters[model].model_validate(given)


def _one(found: Resource[Any], request: HttpRequest, context: Context, model: Any) -> HttpResponse:
    status = 201 if context == Context.RESOURCE_CREATION_RESPONSE else 200
    content = found.model_dump(scim_ctx=context, response_parameters=_wanted(request, model))
    made = _json(content, status)
    assert found.meta is not None
    made["Location"] = made["Content-Location"] = str(found.meta.location)
    return made


def _page(request: HttpRequest, model: Any, rows: Any, shown: Callable[[Any], Any]) -> HttpResponse:
    asked = _asked(request, model)
    conditions = USERS if model is User else GROUPS
    rows = rows.filter(conditions.of(asked.filter))
    start, most = asked.start_index or 1, PAGE_MOST if asked.count is None else asked.count
    found = list(rows[start - 1 : start - 1 + min(most, PAGE_MOST)])
    many = ListResponse[model](
        total_results=rows.count(),
        start_index=start,
        items_per_page=len(found),
        resources=shown(found),
    )
    return _json(
        many.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=asked)
    )


# Users -------------------------------------------------------------------------------------------


def _user(number: str) -> Any:
    """The person as they are. Raises: NotFoundException."""
    row = queries.person(number) if "\0" not in number else None
    if row is None:
        raise NotFoundException(detail=_("没有工号为 %(number)s 的人员。") % {"number": number})
    return resources.user_of(row, queries.groups_of([number]).get(number, []))


def _users(rows: list[Any]) -> list[Any]:
    groups = queries.groups_of([row.employee_no for row in rows])
    return [resources.user_of(row, groups.get(row.employee_no, [])) for row in rows]


def list_users(request: HttpRequest, _source: Source, _key: str) -> HttpResponse:
    return _page(request, User, queries.people(), _users)


def create_user(request: HttpRequest, source: Source, _key: str) -> HttpResponse:
    given = User.model_validate(_sent(request), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    wish = resources.wish_of(given, active=True)
    _fit(wish)
    provisioning.create(source, wish)
    return _one(_user(wish.number), request, Context.RESOURCE_CREATION_RESPONSE, User)


def read_user(request: HttpRequest, _source: Source, key: str) -> HttpResponse:
    return _one(_user(key), request, Context.RESOURCE_QUERY_RESPONSE, User)


def replace_user(request: HttpRequest, source: Source, key: str) -> HttpResponse:
    before = _user(key)
    given = User.model_validate(_sent(request), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    given.replace(before)
    _replace(source, before, given)
    return _one(_user(key), request, Context.RESOURCE_REPLACEMENT_RESPONSE, User)


def patch_user(request: HttpRequest, source: Source, key: str) -> HttpResponse:
    before, after = _user(key), _user(key)
    operations = PatchOp[User].model_validate(
        _sent(request), scim_ctx=Context.RESOURCE_PATCH_REQUEST
    )
    operations.patch(after)
    if after.active is None:
        raise InvalidValueException(detail=_("active 不能删去，请写 true 或 false。"))
    _replace(source, before, after)
    return _one(_user(key), request, Context.RESOURCE_PATCH_RESPONSE, User)


def remove_user(_request: HttpRequest, source: Source, key: str) -> HttpResponse:
    _user(key)
    provisioning.remove(source, key)
    return HttpResponse(status=204)


def _replace(source: Source, before: Any, after: Any) -> None:
    wish = resources.wish_of(after, active=bool(before.active))
    _fit(wish)
    provisioning.replace(source, wish)


def _fit(wish: provisioning.Wish) -> None:
    if not wish.number or len(wish.number) > MOST["employee_no"]:
        said = _("userName 是工号，应有 1 到 %(most)d 个字。") % {"most": MOST["employee_no"]}
        raise InvalidValueException(detail=said)
    if len(wish.external_id or "") > 200:
        raise InvalidValueException(detail=_("externalId 最多 200 个字。"))


USER_ACTS = (
    {"GET": list_users, "POST": create_user},
    {"GET": read_user, "PUT": replace_user, "PATCH": patch_user, "DELETE": remove_user},
)


# Groups ------------------------------------------------------------------------------------------


def _row(key: str) -> OurGroup:
    try:
        found = OurGroup.objects.filter(pk=UUID(key)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFoundException(detail=_("没有编号为 %(key)s 的组。") % {"key": key})
    return found


def _groups(rows: list[OurGroup]) -> list[Group]:
    members: dict[UUID, list[str]] = {row.pk: [] for row in rows}
    for row in rows:
        members[row.pk] = sorted(one.number for one in row.members.all())
    names = queries.names_of({number for some in members.values() for number in some})
    return [resources.group_of(row, members[row.pk], names) for row in rows]


def _group(row: OurGroup) -> Group:
    return _groups([row])[0]


def list_groups(request: HttpRequest, _source: Source, _key: str) -> HttpResponse:
    rows = OurGroup.objects.annotate(id_text=Cast(F("pk"), CharField()))
    return _page(request, Group, rows.prefetch_related("members").order_by("name", "pk"), _groups)


def create_group(request: HttpRequest, source: Source, _key: str) -> HttpResponse:
    given = Group.model_validate(_sent(request), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    made = _keep(source, None, given)
    return _one(_group(made), request, Context.RESOURCE_CREATION_RESPONSE, Group)


def read_group(request: HttpRequest, _source: Source, key: str) -> HttpResponse:
    return _one(_group(_row(key)), request, Context.RESOURCE_QUERY_RESPONSE, Group)


def replace_group(request: HttpRequest, source: Source, key: str) -> HttpResponse:
    row = _row(key)
    given = Group.model_validate(_sent(request), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    made = _keep(source, row, given)
    return _one(_group(made), request, Context.RESOURCE_REPLACEMENT_RESPONSE, Group)


def patch_group(request: HttpRequest, source: Source, key: str) -> HttpResponse:
    row = _row(key)
    after = _group(row)
    operations = PatchOp[Group].model_validate(
        _sent(request), scim_ctx=Context.RESOURCE_PATCH_REQUEST
    )
    operations.patch(after)
    made = _keep(source, row, after)
    return _one(_group(made), request, Context.RESOURCE_PATCH_RESPONSE, Group)


def remove_group(_request: HttpRequest, source: Source, key: str) -> HttpResponse:
    provisioning.remove_group(source, _row(key))
    return HttpResponse(status=204)


def _keep(source: Source, row: OurGroup | None, given: Group) -> OurGroup:
    name = " ".join((given.display_name or "").split())
    if not name or len(name) > 200 or len(given.external_id or "") > 200:
        raise InvalidValueException(detail=_("displayName 和 externalId 最多 200 个字。"))
    members = given.members or []
    if len(members) > MEMBERS_MOST:
        said = _("一个组最多 %(most)d 名成员。") % {"most": MEMBERS_MOST}
        raise InvalidValueException(detail=said)
    numbers = {one.value or "" for one in members}
    kept = provisioning.keep_group(
        source, row, name=name, external_id=given.external_id or None, numbers=numbers
    )
    return OurGroup.objects.get(pk=kept.pk)


GROUP_ACTS = (
    {"GET": list_groups, "POST": create_group},
    {"GET": read_group, "PUT": replace_group, "PATCH": patch_group, "DELETE": remove_group},
)
