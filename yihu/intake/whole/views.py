"""The workbook of a dossier: take it, bring it back, look, confirm."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach
from yihu.dossiers import marks
from yihu.dossiers.models import Dossier
from yihu.dossiers.policy import may_fill, may_take_out
from yihu.dossiers.problems import Refused as FileRefused
from yihu.intake import files
from yihu.intake.whole import actions, show
from yihu.kit import clock, text
from yihu.kit.sheet import MAX_BYTES, Refused, check_size

SALT = "yihu.intake.whole.upload"


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _reach(request: HttpRequest, pk: UUID) -> Dossier:
    rows = Dossier.objects.select_related("unit", "filler", "reviewer")
    found: Dossier = reach(rows, _user(request), pk=pk)
    return found


@require_GET
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the workbook, or bring an edited one back."""
    dossier = _reach(request, pk)
    require(may_take_out(_user(request), dossier.unit_id), _("下载档案工作簿的"))
    return _page(request, dossier)


def _page(
    request: HttpRequest, dossier: Dossier, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    marks.put(_user(request), [dossier])
    context = {
        "dossier": dossier,
        "fills": may_fill(_user(request), dossier),
        "refusal": refusal,
        "limit": MAX_BYTES // 1024 // 1024,
    }
    return render(request, "intake/whole/page.html", context, status=status)


@require_POST
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Read an edited workbook and show old and new; nothing is written."""
    dossier = _reach(request, pk)
    require(may_fill(_user(request), dossier), _("填报客户档案的"))
    upload = request.FILES.get("file")
    if upload is None:
        return _page(request, dossier, refusal=_("请先选定改好的工作簿。"), status=422)
    try:
        check_size(upload.size or 0)
    except Refused as why:
        return _page(request, dossier, refusal=why.message, status=413)
    content = upload.read()
    name = text.line(upload.name or "") or "workbook.xlsx"
    return _look(request, dossier, content, name, keep=True)


def _look(
    request: HttpRequest,
    dossier: Dossier,
    content: bytes,
    name: str,
    *,
    keep: bool = False,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    try:
        plan = actions.plan_of(
            _user(request), dossier, content=content, name=name, at=clock.now(), today=clock.today()
        )
    except Refused as why:
        return _page(request, dossier, refusal=why.message, status=422)
    except FileRefused as why:
        return _page(request, dossier, refusal=str(why), status=why.status)
    sha256 = files.keep(content) if keep else files.digest_of(content)
    token = signing.dumps(
        {
            "dossier": str(dossier.pk),
            "sha256": sha256,
            "name": name,
            "digest": plan.digest,
            "user": _user(request).pk,
        },
        salt=SALT,
    )
    marks.put(_user(request), [dossier])
    context: dict[str, Any] = {
        "dossier": dossier,
        "name": name,
        "plan": plan,
        "parts": show.parts_of(plan),
        "choices": show.choices_of(plan),
        "absent": plan.edited.absent,
        "token": token,
        "notice": notice,
    }
    return render(
        request,
        "intake/whole/preview.html",
        context,
        status=422 if plan.problems else status,
    )


@require_POST
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write what the page showed, with the choices made on it."""
    dossier = _reach(request, pk)
    user = _user(request)
    require(may_fill(user, dossier), _("填报客户档案的"))
    try:
        given = signing.loads(request.POST.get("token", ""), salt=SALT)
    except signing.BadSignature as why:
        raise BadRequest(_("确认的内容不完整，请重新上传工作簿。")) from why
    if given["dossier"] != str(dossier.pk) or given["user"] != user.pk:
        raise BadRequest(_("确认的内容不完整，请重新上传工作簿。"))
    name = given["name"]
    try:
        content = files.load(given["sha256"])
    except (FileNotFoundError, ValueError):
        return _page(request, dossier, refusal=_("上传的工作簿已不在，请重新上传。"), status=410)
    try:
        actions.import_workbook(
            user,
            dossier,
            content=content,
            name=name,
            digest=given["digest"],
            choices=request.POST.dict(),
            at=clock.now(),
            today=clock.today(),
        )
    except actions.Moved:
        said = _("档案在预览之后又有变动，没有写入任何内容；请再看一遍后确认。")
        return _look(request, dossier, content, name, notice=said, status=412)
    except actions.Unchosen:
        said = _("还有冲突没有选定，没有写入任何内容；请逐项选定后再确认。")
        return _look(request, dossier, content, name, notice=said, status=422)
    except Refused as why:
        return _page(request, dossier, refusal=why.message, status=422)
    except FileRefused as why:
        return _page(request, dossier, refusal=str(why), status=why.status)
    messages.success(request, _("工作簿已导入：各栏写入草稿，请核对后提交审核；合同和月度已入库。"))
    return redirect("desk:dossier", pk=pk)
