"""Pages to bring spreadsheets in: what can be imported, upload, preview, confirm."""

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from yihu.access.entering import ticket
from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach
from yihu.audit import actions as audit
from yihu.intake import actions, jobs, queries, workbooks
from yihu.intake.choices import ImportKind, ImportState
from yihu.intake.display import label_of, said
from yihu.intake.forms import UploadForm
from yihu.intake.kinds import KINDS
from yihu.intake.models import Import
from yihu.intake.policy import may_import, units_to_import_for
from yihu.kit import clock, text

log = logging.getLogger(__name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE_SIZE = 50
TABS = ("new", "changed", "unchanged", "rejected", "warnings")
WAITING = frozenset({ImportState.PARSING, ImportState.COMMITTING})


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _importer(request: HttpRequest) -> tuple[User, list[int]]:
    """The person and the units that they import for. Raises: Denied."""
    user = _actor(request)
    units = units_to_import_for(user)
    require(bool(units), _("导入本单位数据的"))
    return user, units


def _reach(request: HttpRequest, pk: UUID) -> Import:
    """The import, if it is of a unit that the person imports for. Raises: Unreachable, Denied."""
    user = _actor(request)
    row: Import = reach(Import.objects.select_related("unit", "by"), user, pk=pk)
    require(may_import(user, row.unit_id), _("导入本单位数据的"))
    return row


# --- what can be imported, and what was -------------------------------------------------------


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The kinds with their templates, and the history."""
    _importer(request)
    return render(
        request,
        "intake/home.html",
        {"kinds": KINDS.values(), "month": _last_month(), **_history(request)},
    )


@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """The history alone, filtered or one page on."""
    _importer(request)
    return render(request, "intake/_history.html", _history(request))


def _history(request: HttpRequest) -> dict[str, Any]:
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    if kind not in {"", *ImportKind.values} or state not in {"", *ImportState.values}:
        raise BadRequest(_("筛选条件无效。"))
    rows = queries.imports_of(_actor(request), kind=kind, state=state)
    try:
        found, after = queries.history_page(rows, request.GET.get("after", ""))
    except ValueError as error:
        raise BadRequest(_("翻页位置无效。")) from error
    return {
        "imports": found,
        "after": after,
        "kind": kind,
        "state": state,
        "kind_choices": ImportKind.choices,
        "state_choices": ImportState.choices,
        "first": not request.GET.get("after"),
    }


def _last_month() -> str:
    today = clock.today()
    year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return f"{year}-{month:02d}"


@require_GET
@override("zh-hans")
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty workbook to fill; it says nothing of any customer.

    In Chinese whatever the page's language: ledgers are, and so are the words an import knows.
    """
    _importer(request)
    if kind not in KINDS:
        raise Http404
    title = str(KINDS[kind].title)
    return _download(workbooks.template(KINDS[kind], title=title), f"{title}.xlsx")


def _download(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=XLSX,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )


# --- upload -----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose a file; a small one is read at once, a large one by a job."""
    user, units = _importer(request)
    if request.method == "GET":
        form = UploadForm(units, initial={"kind": request.GET.get("kind", "")})
        return render(request, "intake/new.html", {"form": form, "kinds": KINDS.values()})
    form = UploadForm(units, request.POST, request.FILES)
    if not form.is_valid():
        too_large = form.has_error("file", "file_too_large")
        return render(
            request,
            "intake/new.html",
            {"form": form, "kinds": KINDS.values()},
            status=413 if too_large else 422,
        )
    upload = form.cleaned_data["file"]
    content = upload.read()
    row = actions.upload(
        user,
        form.cleaned_data["unit"],
        kind=form.cleaned_data["kind"],
        name=text.line(upload.name) or "upload",
        content=content,
        at=clock.now(),
    )
    if len(content) < actions.LARGE_BYTES:
        actions.preview(row.pk, content=content)
    else:
        jobs.preview.defer(
            import_id=str(row.pk),
            ticket=ticket(user.pk, "intake.preview", str(row.pk)),
        )
    return redirect("intake:detail", pk=row.pk)


# --- one import -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the preview."""

    name: str
    label: str
    count: int
    current: bool


@require_GET
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An import in whatever state it is."""
    return render(request, "intake/detail.html", _detail(request, _reach(request, pk)))


@require_GET
def rows(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One tab of the preview, one page of it."""
    return render(request, "intake/_rows.html", _detail(request, _reach(request, pk)))


def _detail(request: HttpRequest, row: Import) -> dict[str, Any]:
    context: dict[str, Any] = {
        "row": row,
        "kind": KINDS[row.kind],
        "waiting": row.state in WAITING,
        "may_discard": row.state in actions.DISCARDABLE,
    }
    if row.state not in {ImportState.PREVIEWED, ImportState.COMMITTED}:
        return context
    labels = dict(zip(TABS, (_("新增"), _("变更"), _("无变化"), _("拒收"), _("提示")), strict=True))
    chosen = request.GET.get("tab") or next(
        (name for name in ("rejected", *TABS) if row.counts.get(name)), "new"
    )
    if chosen not in TABS:
        raise BadRequest(_("没有这个标签页。"))
    audit.record(_actor(request), "import.read", row, data={"tab": chosen})
    paginator = Paginator(_lines(row, chosen), PAGE_SIZE)
    page = paginator.get_page(request.GET.get("page"))
    differing = [one for one in row.problems["warnings"] if one["code"] == "contact_differs"]
    return context | {
        "tabs": [Tab(name, labels[name], row.counts[name], name == chosen) for name in TABS],
        "tab": chosen,
        "page": page,
        "kept": paginator.count,
        "cut": paginator.count < row.counts[chosen] and chosen not in {"rejected", "warnings"},
        "earlier": queries.committed_before(row) if row.state == ImportState.PREVIEWED else None,
        "differing": differing,
        "nothing_to_write": not (row.counts["new"] or row.counts["changed"] or differing),
    }


def _lines(row: Import, tab: str) -> list[dict[str, Any]]:
    """What a tab lists: rows of the preview, or problems with all of a row's together."""
    kind = KINDS[row.kind]
    if tab in {"rejected", "warnings"}:
        together: dict[int, dict[str, Any]] = {}
        for problem in row.problems[tab]:
            line = together.setdefault(problem["row"], {"row": problem["row"], "problems": []})
            line["problems"].append(problem)
        return list(together.values())
    return [
        {
            **line,
            "changes": [
                (label_of(kind, field), said(kind, field, old), said(kind, field, new))
                for field, (old, new) in line["changes"].items()
            ],
        }
        for line in row.preview[tab]
    ]


@require_GET
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far a job is; when it has ended, the page turns to the result."""
    row = _reach(request, pk)
    if row.state not in WAITING:
        return HttpResponseClientRedirect(reverse("intake:detail", kwargs={"pk": row.pk}))
    return render(request, "intake/_progress.html", {"row": row})


@require_POST
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write what the page showed; where the data moved meanwhile, show that instead."""
    user, row = _actor(request), _reach(request, pk)
    digest = request.POST.get("digest", "")
    ticked = request.POST.getlist("take")
    if not all(one.isascii() and one.isdigit() and len(one) < 9 for one in ticked):
        raise BadRequest(_("选定的行有误，请刷新页面后重试。"))
    take = {int(one) for one in ticked}
    try:
        if row.size >= actions.LARGE_BYTES:
            row = actions.begin_commit(user, row, digest=digest, take=take)
            if row.state == ImportState.COMMITTING:
                jobs.commit.defer(
                    import_id=str(row.pk),
                    ticket=ticket(user.pk, "intake.commit", str(row.pk)),
                    digest=digest,
                )
        else:
            row = actions.confirm(
                user, row, digest=digest, today=clock.today(), at=clock.now(), take=take
            )
    except actions.NotReady:
        messages.error(request, _("这次导入已不能确认；请重新上传。"))
    else:
        _tell(request, row)
    return redirect("intake:detail", pk=pk)


def _tell(request: HttpRequest, row: Import) -> None:
    if row.state == ImportState.COMMITTED:
        messages.success(
            request,
            _(
                "已入库：新增 %(new)d，变更 %(changed)d，无变化 "
                "%(unchanged)d；拒收 %(rejected)d 行没有写入。"
            )
            % row.counts,
        )


@require_POST
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give it up."""
    row = _reach(request, pk)
    try:
        actions.discard(_actor(request), row)
    except actions.NotReady:
        messages.error(request, _("这次导入已入库，不能放弃。"))
        return redirect("intake:detail", pk=pk)
    messages.info(request, _("已放弃“%(name)s”，没有写入任何内容。") % {"name": row.file_name})
    return redirect("intake:home")
