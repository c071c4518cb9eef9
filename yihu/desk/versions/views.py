"""The versions of a file, two of them compared, and every file as it stood on a day (§3c, 5.4)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import UUID

from django import forms
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach
from yihu.audit import actions as audit
from yihu.customers.rules import Klass
from yihu.desk import queries as desk_queries
from yihu.desk.desks import Desk, desk_of
from yihu.desk.versions import parts, queries
from yihu.disclosure.queries import view_of
from yihu.disclosure.views import bar_of
from yihu.dossiers import marks
from yihu.dossiers.content import Content
from yihu.dossiers.models import Dossier, FileVersion
from yihu.dossiers.policy import may_take_out
from yihu.dossiers.queries import search, version_on
from yihu.dossiers.rules import chain_hash
from yihu.dossiers.tables import shown_to
from yihu.exports.quota import counted_read
from yihu.guide.queries import definition_of
from yihu.kit.clock import now, today
from yihu.kit.filters import Filter, choice, head, text
from yihu.kit.paging import BadCursor, Order, page_of

NEWEST = Order("number", int, descending=True)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _reach(request: HttpRequest, pk: UUID) -> Dossier:
    dossier: Dossier = reach(Dossier.objects.select_related("unit"), _person(request), pk=pk)
    return dossier


@require_GET
def versions(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Every approved version, newest first; two of them can be chosen to compare."""
    dossier = _reach(request, pk)
    try:
        page = page_of(
            queries.versions_of(dossier),
            NEWEST,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
    except BadCursor:
        raise BadRequest(_("翻页位置无法识别。")) from None
    marks.put(_person(request), [dossier])
    return render(
        request,
        "desk/versions/list.html",
        {"dossier": dossier, "page": page, "rows": page.rows, "today": today()},
    )


@require_GET
@counted_read
def version(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """The whole file as one version keeps it, with its digest recomputed."""
    dossier = _reach(request, pk)
    found = queries.version_of(dossier, number)
    if found is None:
        raise Http404
    return _shown(request, dossier, found, on=None)


def _shown(
    request: HttpRequest, dossier: Dossier, found: FileVersion, *, on: date | None
) -> HttpResponse:
    content = found.content
    user = _person(request)
    view = view_of(user, dossier, now())
    definition = definition_of(found.edition)
    audit.record(
        user, "version.read", found, dossier_id=dossier.pk,
        data={"number": found.number},
    )  # fmt: skip
    return render(
        request,
        "desk/versions/version.html",
        {
            "dossier": dossier,
            "version": found,
            "on": on,
            "today": today(),
            "name": content["facts"].get("name_full") or dossier.name_full,
            "head": [
                (parts.head_label(code), parts.head_text(code, value))
                for code, value in content["dossier"].items()
                if value and code != "unit"
            ],
            "sections": parts.shown(_known(request, dossier, content), definition, view),
            "retired": parts.retired_of(content, view),
            "bar": bar_of(user, dossier, view, definition),
            "whole": chain_hash(content, found.previous_sha256) == found.sha256,
            "prints": may_take_out(user, dossier.unit_id),
            "newer": found.number < dossier.version_number,
        },
    )


@require_GET
def as_of(request: HttpRequest, pk: UUID) -> HttpResponse:
    """截至某日: the version that held at the end of the day (?on=2026-06-30)."""
    dossier = _reach(request, pk)
    day = _day(request.GET.get("on", ""))
    if day >= today():
        return redirect("desk:dossier", pk=pk)
    found = version_on(dossier, day)
    if found is None:
        context = {"dossier": dossier, "on": day, "today": today()}
        return render(request, "desk/versions/none.html", context, status=404)
    return _shown(request, dossier, found, on=day)


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        text_ = _("“%(day)s”不是日期，应写成 2026-06-30 这样。")
        raise BadRequest(text_ % {"day": given[:20]}) from None


@require_GET
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What differs between two versions (?old=1&new=3), the earlier one first."""
    user, dossier = _person(request), _reach(request, pk)
    numbers = sorted(_number(request.GET.get(name, "")) for name in ("old", "new"))
    if numbers[0] == numbers[1]:
        raise BadRequest(_("请选择两个不同的版本来对照。"))
    chosen = [queries.version_of(dossier, number) for number in numbers]
    old, new = chosen
    if old is None or new is None:
        raise Http404
    view = view_of(user, dossier, now())
    audit.record(
        user, "versions.compared", dossier, dossier_id=dossier.pk,
        data={"old": old.number, "new": new.number},
    )  # fmt: skip
    return render(
        request,
        "desk/versions/compare.html",
        {
            "dossier": dossier,
            "old": old,
            "new": new,
            "found": parts.compare(
                old, new, view, known=lambda content: _known(request, dossier, content)
            ),
            "bar": bar_of(user, dossier, view, definition_of(new.edition)),
            "numbers": range(dossier.version_number, 0, -1),
        },
    )


def _known(request: HttpRequest, dossier: Dossier, content: Content) -> Content:
    """The content without what the person may not even know of (§6.2.2)."""
    return shown_to(
        _person(request), content, unit_id=dossier.unit_id, region_code=dossier.region_code
    )


def _number(given: str) -> int:
    if not given.isascii() or not given.isdecimal() or len(given) > 6:
        raise BadRequest(_("请选择两个版本来对照。"))
    return int(given)


class HeldFilter(Filter):
    """The list of files as they stood on a day."""

    orders: ClassVar[Mapping[str, Order]] = {
        "name": Order("pinyin"),
        "number": Order("number"),
        "opened": Order("opened_on", date.fromisoformat),
    }
    on = forms.DateField(
        label=gettext_lazy("截至"),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "invalid": gettext_lazy("“%(value)s”不是日期，应写成 2026-06-30 这样。"),
            "required": gettext_lazy("请选定日期。"),
        },
    )
    q = text(gettext_lazy("客户"), gettext_lazy("名称、简称、信用代码、拼音"))

    def __init__(self, data: QueryDict, *, user: User, desk: Desk) -> None:
        super().__init__(data)
        self.fields["klass"] = choice(_("当时的分类"), Klass.choices)
        if desk.many_units:
            self.fields["unit"] = choice(_("单位"), desk_queries.units(user))
        self.fields["held"] = choice(
            _("当时的版本"), [("yes", _("已有审核版本")), ("no", _("尚无审核版本"))]
        )


@require_GET
@vary_on_headers("HX-Request")
def held(request: HttpRequest) -> HttpResponse:
    """客户档案，截至某日: what the files said then, not what they say now."""
    user = _person(request)
    desk = desk_of(user)
    require(desk.reads_customers, _("查阅客户档案"))
    if "on" not in request.GET:
        return redirect(f"{reverse('desk:held')}?on={today().isoformat()}")
    chosen = HeldFilter(request.GET, user=user, desk=desk)
    if not chosen.is_valid():
        return _refuse(request, chosen.problems())
    day = chosen.cleaned_data["on"]
    rows = queries.held_on(user, day, chosen.cleaned_data)
    wanted = chosen.cleaned_data.get("q")
    if wanted:
        rows = rows.filter(pk__in=search(user, wanted).order_by().values("pk"))
    try:
        page = page_of(
            rows,
            chosen.order,
            after=chosen.cleaned_data["after"],
            before=chosen.cleaned_data["before"],
        )
    except BadCursor:
        return _refuse(request, [_("翻页位置无法识别。")])
    if wanted:
        audit.searched(user, "dossiers.fileversion", wanted, hits=len(page.rows))
    partial = bool(getattr(request, "htmx", False)) and not request.htmx.boosted  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "desk": desk,
        "chosen": chosen,
        "page": page,
        "partial": partial,
        "reset": f"{request.path}?on={day.isoformat()}",
        "set_count": chosen.set_count() - 1,
        "day": day,
        "lines": parts.held_lines(page.rows, queries.contents_of(page.rows)),
        "heads": {
            "name": head(chosen, "name", _("客户")),
            "number": head(chosen, "number", _("档案编号")),
            "opened": head(chosen, "opened", _("建档日期")),
        },
    }
    name = "desk/versions/_held.html" if partial else "desk/versions/held.html"
    return render(request, name, context)


def _refuse(request: HttpRequest, problems: list[str]) -> HttpResponse:
    context = {"problems": problems, "restart": request.path}
    answer = render(request, "400.html", context, status=400)
    answer["X-Yihu-Problem"] = quote(" ".join(problems))
    return answer
