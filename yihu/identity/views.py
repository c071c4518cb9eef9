"""Pages: what units state differently, and the offers on the filling page."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.models import Dossier
from yihu.dossiers.policy import may_fill
from yihu.dossiers.problems import Refused
from yihu.guide.queries import definition_in_force
from yihu.guide.rules import Definition, Field, display, is_empty
from yihu.identity import actions, queries
from yihu.identity.filters import DisagreementFilter
from yihu.identity.models import Offer
from yihu.identity.rules import DisagreementState, OfferState
from yihu.kit import clock
from yihu.kit.paging import BadCursor, Page, page_of


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _definition() -> Definition | None:
    found = definition_in_force(clock.today())
    return found[1] if found is not None else None


def _field(definition: Definition | None, code: str) -> Field | None:
    return definition.by_code.get(code) if definition is not None else None


def _label(definition: Definition | None, code: str) -> str:
    field = _field(definition, code)
    return field.label if field is not None else code


def _shown(definition: Definition | None, code: str, value: Any) -> str:
    field = _field(definition, code)
    if is_empty(value):
        return ""
    return display(field, value) if field is not None else str(value)


# What units state differently -------------------------------------------------------------------


@require_GET
@vary_on_headers("HX-Request")
def differences(request: HttpRequest) -> HttpResponse:
    """差异核定: the work list of supervisors."""
    definition = _definition()
    chosen = DisagreementFilter(request.GET)
    labels = {} if definition is None else {f.code: f.label for f in definition}
    chosen.label_fields(labels)
    page: Page | None = None
    rows = queries.disagreements(_person(request), state="", field="", text="")
    if chosen.is_valid():
        data = chosen.cleaned_data
        rows = queries.disagreements(
            _person(request), state=data["state"], field=data["field"], text=data["q"]
        )
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    if words := chosen.cleaned_data["q"]:
        audit.searched(_person(request), "identity.disagreement", words, hits=len(page.rows))
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "identity/_differences.html" if partial else "identity/differences.html",
        {
            "chosen": chosen,
            "page": page,
            "lines": [
                (row, labels.get(row.field, row.field), _shown(definition, row.field, row.value))
                for row in page.rows
            ],
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
        },
    )


@dataclass(frozen=True, slots=True)
class Said:
    """One unit's statement; `stored` as JSON for the form, `first` of those that say the same."""

    statement: queries.Statement
    text: str
    stored: str
    first: bool
    holds: bool


@require_GET
def difference(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One difference: every unit's statement, and what was settled."""
    answer = _difference(request, pk)
    data = {"difference": str(pk)}
    audit.record(_person(request), "customer.read", "identity.disagreement", data=data)
    return answer


def _difference(
    request: HttpRequest, pk: UUID, typed: str = "", basis: str = "", status: int = 200
) -> HttpResponse:
    row = queries.disagreement(_person(request), pk)
    definition = _definition()
    found = queries.statements_of(row)
    settled = queries.normal(row.value) if row.value is not None else ""
    seen: set[str] = set()
    lines = []
    for statement in found:
        text = _shown(definition, row.field, statement.value)
        stored = json.dumps(statement.value, ensure_ascii=False)
        first = statement.normal not in seen
        seen.add(statement.normal)
        lines.append(Said(statement, text, stored, first, statement.normal == settled))
    field = _field(definition, row.field)
    return render(
        request,
        "identity/difference.html",
        {
            "row": row,
            "label": _label(definition, row.field),
            "lines": lines,
            "choices": [line for line in lines if line.first],
            "value": _shown(definition, row.field, row.value),
            "open": row.state == DisagreementState.OPEN,
            "typable": field is not None and not field.choices,
            "typed": typed,
            "basis": basis,
        },
        status=status,
    )


@require_POST
def settle(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose one of the statements, or type another value, with the basis."""
    row = queries.disagreement(_person(request), pk)
    given, typed = request.POST.get("value", ""), request.POST.get("typed", "")
    basis = request.POST.get("basis", "")
    try:
        value = typed if given in ("", "typed") else json.loads(given)
    except (ValueError, RecursionError) as why:
        raise BadRequest(_("选定的值有误，请刷新页面后重试。")) from why
    try:
        offered = actions.settle(
            _person(request),
            row,
            value=value,
            basis=basis,
            at=clock.now(),
            today=clock.today(),
        )
    except Refused as why:
        messages.error(request, str(why))
        return _difference(request, pk, typed, basis, why.status)
    message = _("已核定，并提供给 %(number)d 个所载不同的单位。")
    messages.success(request, message % {"number": offered})
    return redirect("identity:difference", pk=pk)


# On the filling page ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer in words."""

    offer: Offer
    label: str
    value: str
    stated: str
    taken: bool
    declined: bool


def offers_shown(definition: Definition, dossier: Dossier) -> list[Shown]:
    """The offers of a file for its filler; nothing of other units stands in them."""
    return [
        Shown(
            offer=row,
            label=_label(definition, row.field),
            value=_shown(definition, row.field, row.value),
            stated=_shown(definition, row.field, row.stated),
            taken=row.state == OfferState.OPEN and row.taken_at is not None,
            declined=row.state == OfferState.DECLINED,
        )
        for row in queries.offers_of(dossier)
    ]


@require_POST
def take(request: HttpRequest, pk: UUID) -> HttpResponse:
    """采用: the settled value into the draft."""
    row = queries.offer(_person(request), pk)
    require(may_fill(_person(request), row.dossier), _("填报客户档案的"))
    try:
        actions.take_over(_person(request), row, at=clock.now(), today=clock.today())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("已写入草稿，提交审核后更正。"))
    return _to_form(row)


@require_POST
def decline(request: HttpRequest, pk: UUID) -> HttpResponse:
    """不采用, with a reason."""
    row = queries.offer(_person(request), pk)
    require(may_fill(_person(request), row.dossier), _("填报客户档案的"))
    try:
        actions.decline(
            _person(request), row, reason=request.POST.get("reason", ""), at=clock.now()
        )
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("已记录不采用的理由。"))
    return _to_form(row)


def _to_form(row: Offer) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('desk:fill', args=[row.dossier_id])}#offers")
