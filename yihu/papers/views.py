"""Documents on the dossier's page, a page of each, and the doors in and out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import Denied, require
from yihu.access.scope import reach
from yihu.audit import actions as audit
from yihu.disclosure.queries import view_of
from yihu.dossiers import marks
from yihu.dossiers.actions import in_force, save_fields
from yihu.dossiers.content import facts_with
from yihu.dossiers.models import Dossier
from yihu.dossiers.policy import may_fill
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.queries import pending_draft
from yihu.exports.quota import counted_read
from yihu.guide.rules import display
from yihu.kit import clock
from yihu.kit.paging import BadCursor, Order, page_of
from yihu.papers import actions, jobs, queries
from yihu.papers.choices import Kind, Sensitivity, TextState
from yihu.papers.content import ACCEPT, download_name
from yihu.papers.filters import DocumentFilter
from yihu.papers.lens import told, veil
from yihu.papers.licence import TAKEN, read_licence
from yihu.papers.models import Document
from yihu.papers.pictures import drawable, picture_of, text_of
from yihu.papers.policy import may_keep, may_search, may_upload
from yihu.papers.storage import open_blob

LATEST = Order("uploaded_at", datetime.fromisoformat, descending=True)
PAGE = 20
SANDBOX = "sandbox; default-src 'none'"
"""Even opened in place by a careless browser, a stored file runs nothing and loads nothing."""


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _file(request: HttpRequest, pk: UUID) -> Dossier:
    found: Dossier = reach(Dossier.objects.select_related("unit"), _person(request), pk=pk)
    return found


# On the dossier's page --------------------------------------------------------------------------


@require_GET
def of(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The fragment of the dossier's page: its documents, newest first, and where to drop more."""
    dossier = _file(request, pk)
    removed = request.GET.get("removed", "") == "1"
    rows = queries.of_dossier(dossier, removed=removed)
    try:
        page = page_of(
            rows,
            LATEST,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
            size=PAGE,
        )
    except BadCursor as why:
        raise BadRequest(_("翻页位置无法识别。")) from why
    for row in page.rows:
        row.dossier = dossier
    view = view_of(_person(request), dossier, clock.now())
    veil(_person(request), page.rows, papers=view.papers)
    uploads = may_upload(_person(request), dossier)
    return render(
        request,
        "papers/_of.html",
        {
            "dossier": dossier,
            "page": page,
            "removed": removed,
            "count": rows.count(),
            "removed_count": 0 if removed else queries.of_dossier(dossier, removed=True).count(),
            "uploads": uploads and not removed,
            "hidden": any(not row.told for row in page.rows),
            "kinds": Kind.choices,
            "accept": ACCEPT,
            "most": actions.most_megabytes(),
        },
    )


@require_POST
def upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One file in. JSON out: {"name", "document", "again"}, or {"error"} with the reason.

    `again`: the sentence for a file that lay there before, else "". A browser without script
    gets the dossier's page with a message.
    """
    dossier = _file(request, pk)
    wants_json = "json" in request.headers.get("Accept", "")
    sent = request.FILES.get("file")
    try:
        if sent is None:
            raise Unfit(_("没有收到文件，请重新选择。"))
        done = actions.upload(
            _person(request),
            dossier,
            cast("BinaryIO", sent.file),
            name=sent.name or "",
            title=request.POST.get("title", ""),
            kind=request.POST.get("kind") or Kind.OTHER,
            sensitivity=request.POST.get("sensitivity") or Sensitivity.ORDINARY,
            at=clock.now(),
        )
    except Refused as why:
        return _said(request, dossier, str(why), why.status, wants_json=wants_json)
    except Denied as why:
        if not wants_json:
            raise
        return JsonResponse({"error": str(why)}, status=403)
    if not done.again and done.document.text_state == TextState.WAITING:
        jobs.read.defer(document_id=str(done.document.pk))
    again = _again(done.document) if done.again else ""
    if wants_json:
        return JsonResponse(
            {
                "name": done.document.file_name,
                "document": str(done.document.pk),
                "again": again,
            }
        )
    messages.info(request, again) if again else messages.success(request, _("已上传。"))
    return _to_file(dossier)


def _again(document: Document) -> str:
    message = _("这份文件已在本档案中：《%(title)s》，%(by)s于 %(on)s 上传，没有重复存放。")
    return message % {
        "title": document.title,
        "by": document.uploaded_by.name,
        "on": f"{document.uploaded_at:%Y-%m-%d}",
    }


def _said(
    request: HttpRequest, dossier: Dossier, text: str, status: int, *, wants_json: bool
) -> HttpResponse:
    if wants_json:
        return JsonResponse({"error": text}, status=status)
    messages.error(request, text)
    return _to_file(dossier)


def _to_file(dossier: Dossier) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('desk:dossier', args=[dossier.pk])}#papers")


# In all files -----------------------------------------------------------------------------------


@require_GET
@vary_on_headers("HX-Request")
def search(request: HttpRequest) -> HttpResponse:
    """资料检索: documents in reach by the words in them, newest first, paged by key."""
    user = _person(request)
    require(may_search(user), _("查阅档案资料"))
    chosen = DocumentFilter(request.GET)
    page = None
    if chosen.is_valid():
        data = chosen.cleaned_data
        rows = queries.search(user, data["q"], data["kind"])
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    veil(user, page.rows)
    marks.put(user, [row.dossier for row in page.rows])
    if words := chosen.cleaned_data["q"]:
        audit.searched(user, "papers.document", words, hits=len(page.rows))
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "papers/_search.html" if partial else "papers/search.html",
        {
            "chosen": chosen,
            "page": page,
            "lines": [(row, _parts(row.excerpt, chosen.cleaned_data["q"])) for row in page.rows],
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
        },
    )


def _parts(excerpt: str, words: str) -> tuple[str, str, str]:
    """An excerpt as what stands before the hit, the hit, and after it."""
    at = excerpt.lower().find(" ".join(words.split()).lower()) if words else -1
    if at < 0:
        return excerpt, "", ""
    end = at + len(" ".join(words.split()))
    return excerpt[:at], excerpt[at:end], excerpt[end:]


# One document -----------------------------------------------------------------------------------


@require_GET
@counted_read
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of a document: what it is, its pages as pictures, what may be done with it."""
    document = queries.one(_person(request), pk)
    shown = told(_person(request), document, clock.now())
    audit.record(_person(request), "document.read", document, dossier_id=document.dossier_id)
    try:
        text = text_of(document) if shown else ""
    except FileNotFoundError:
        text = ""
    veil(_person(request), [document], papers=shown)
    marks.put(_person(request), [document.dossier])
    number = _number(request, document)
    return render(
        request,
        "papers/show.html",
        {
            "document": document,
            "dossier": document.dossier,
            "drawable": shown and drawable(document),
            "shown": shown,
            "number": number,
            "previous": number - 1,
            "next": number + 1 if number < (document.pages or 0) else 0,
            "text": text,
            "keeps": shown
            and may_keep(_person(request), document.unit_id)
            and document.removed_at is None,
            "licence": document.kind == Kind.LICENCE
            and document.removed_at is None
            and may_fill(_person(request), document.dossier),
            "kinds": Kind.choices,
            "sensitivities": Sensitivity.choices,
        },
    )


def _number(request: HttpRequest, document: Document) -> int:
    given = request.GET.get("page", "1")
    if not given.isdecimal() or not 1 <= int(given[:6]) <= (document.pages or 1):
        raise BadRequest(_("没有这一页。"))
    return int(given[:6])


def _shown(request: HttpRequest, pk: UUID) -> Document:
    """A document whose pages are for the person now. Raises: Unreachable, Denied."""
    document = queries.one(_person(request), pk)
    require(told(_person(request), document, clock.now()), _("查阅核心商密、个人信息资料的"))
    return document


@require_GET
def picture(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """A page of the document as WebP."""
    document = _shown(request, pk)
    try:
        content = picture_of(document, number)
    except (Unfit, FileNotFoundError) as why:
        raise Http404 from why
    audit.record(
        _person(request), "document.viewed", document, dossier_id=document.dossier_id,
        data={"page": number},
    )  # fmt: skip
    return HttpResponse(
        content,
        content_type="image/webp",
        headers={"Content-Security-Policy": SANDBOX, "X-Content-Type-Options": "nosniff"},
    )


@require_GET
@counted_read
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The file itself, never opened in place; each goes into the log (§5.5)."""
    document = _shown(request, pk)
    try:
        content = open_blob(document.blob_id)
    except FileNotFoundError:
        messages.error(
            request, _("存储中找不到这份文件，请联系信息技术中心核对存储，记录没有丢失。")
        )
        return redirect("papers:show", pk=document.pk)
    actions.hand_out(_person(request), document)
    return FileResponse(
        content,
        as_attachment=True,
        filename=download_name(document.file_name, document.media_type),
        content_type=document.media_type,
        headers={"Content-Security-Policy": SANDBOX, "X-Content-Type-Options": "nosniff"},
    )


@require_POST
def retitle(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another title, kind or secrecy."""
    return _act(
        request,
        pk,
        lambda document: actions.retitle(
            _person(request),
            document,
            at=clock.now(),
            title=request.POST.get("title", ""),
            kind=request.POST.get("kind", ""),
            sensitivity=request.POST.get("sensitivity", ""),
        ),
        _("已保存。"),
    )


@require_POST
def take_off(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Off the list, with a reason."""
    return _act(
        request,
        pk,
        lambda document: actions.take_off(
            _person(request), document, reason=request.POST.get("reason", ""), at=clock.now()
        ),
        _("已撤下；以往版本仍可查到这份资料。"),
    )


def _act(request: HttpRequest, pk: UUID, act: Callable[[Document], Any], done: str) -> HttpResponse:
    document = queries.one(_person(request), pk)
    try:
        act(document)
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, done)
    return redirect("papers:show", pk=document.pk)


# A business licence into the form -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A field of the guide: what the file says, what was read; `seen` is stored JSON."""

    code: str
    label: str
    unit: str
    now: str
    read: str
    seen: str
    differs: bool


@require_http_methods(["GET", "POST"])
def licence(request: HttpRequest, pk: UUID) -> HttpResponse:
    """营业执照: the picture beside the fields read from it, taken over one by one (§6.1.4)."""
    document = queries.one(_person(request), pk)
    require(may_fill(_person(request), document.dossier), _("填报客户档案的"))
    if request.method == "POST":
        return _take_over(request, document)
    recognised = Document.objects.values_list("text", flat=True).get(
        unit=document.unit_id, pk=document.pk
    )
    found = read_licence(recognised)
    marks.put(_person(request), [document.dossier])
    try:
        lines = _lines(document.dossier, found)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("papers:show", pk=document.pk)
    audit.record(_person(request), "document.read", document, dossier_id=document.dossier_id)
    return render(
        request,
        "papers/licence.html",
        {
            "document": document,
            "dossier": document.dossier,
            "drawable": drawable(document),
            "lines": lines,
            "found": found,
            "code": found.get("credit_code", ""),
            "code_agrees": found.get("credit_code") == document.dossier.credit_code,
        },
    )


def _lines(dossier: Dossier, found: Mapping[str, str]) -> list[Line]:
    _edition, definition = in_force(clock.today())
    draft = pending_draft(dossier)
    facts = facts_with(definition, dossier, draft.changes if draft is not None else {})
    return [
        Line(
            code=code,
            label=definition[code].label,
            unit=definition[code].unit,
            now=display(definition[code], facts.get(code)),
            read=found.get(code, ""),
            seen=json.dumps(facts.get(code), ensure_ascii=False),
            differs=bool(found.get(code)) and found[code] != facts.get(code),
        )
        for code in TAKEN
        if code in definition.by_code
    ]


def _take_over(request: HttpRequest, document: Document) -> HttpResponse:
    here = redirect("papers:licence", pk=document.pk)
    codes = request.POST.getlist("take")
    if not codes:
        messages.error(request, _("请先勾选要取用的栏目。"))
        return here
    if set(codes) - set(TAKEN):
        raise BadRequest(_("选定的栏目有误，请刷新页面后重试。"))
    try:
        seen = {code: json.loads(request.POST.get(f"seen-{code}", "null")) for code in codes}
    except (ValueError, RecursionError) as why:
        raise BadRequest(_("选定的栏目有误，请刷新页面后重试。")) from why
    try:
        saved = save_fields(
            _person(request),
            document.dossier,
            values={code: request.POST.get(code, "") for code in codes},
            seen=seen,
            at=clock.now(),
            today=clock.today(),
        )
    except Refused as why:
        messages.error(request, str(why))
        return here
    if saved.values:
        message = _("已写入草稿 %(number)d 栏，提交审核后生效。")
        messages.success(request, message % {"number": len(saved.values)})
    for clash in saved.conflicts:
        message = _("“%(label)s”已由他人改动，没有写入；请核对后再取用。")
        messages.error(request, message % {"label": clash.label})
    for problem in saved.problems:
        messages.warning(request, problem.message)
    return here
