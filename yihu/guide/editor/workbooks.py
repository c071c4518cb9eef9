"""A draft brought back as a workbook: what it would change is shown before it is taken (§4.1b)."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yihu.access.models import User
from yihu.guide import actions
from yihu.guide.difference import difference
from yihu.guide.editor.door import on_draft
from yihu.guide.models import Edition
from yihu.guide.problems import Refused
from yihu.guide.rules import BrokenGuide, parse
from yihu.guide.sheet import Unusable, Wrong, read
from yihu.kit import clock
from yihu.kit.sheet import Refused as NoWorkbook

SALT = "guide.workbook"
LARGEST = 5 * 1024 * 1024
GOOD_FOR = 3600  # seconds from reading a workbook to taking it


@require_http_methods(["GET", "HEAD", "POST"])
@on_draft
def upload(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """Read a workbook and show what it would change, or everything that is wrong with it."""
    if request.method != "POST":
        return _page(request, edition)
    file = request.FILES.get("file")
    if file is None or file.size is None:
        return _page(request, edition, wrong=[_("请选择要上传的工作簿。")])
    if file.size > LARGEST:
        text = _("工作簿有 %(now).1f MB，最多 5 MB；请用导出的工作簿来改。")
        return _page(request, edition, wrong=[text % {"now": file.size / 1024 / 1024}])
    try:
        content = read(file.read(), file.name or "", edition.definition)
    except NoWorkbook as why:
        return _page(request, edition, wrong=[str(why)])
    except Unusable as why:
        return _page(request, edition, problems=why.problems)
    found = difference(edition.definition, content.definition, aims=_aims(edition, content.renames))
    parcel = signing.dumps(
        {
            "definition": content.definition,
            "renames": content.renames,
            "version": edition.version,
            "by": user.pk,
        },
        salt=SALT,
        compress=True,
    )
    return _page(request, edition, found=found, parcel=parcel, name=file.name)


def _aims(edition: Edition, renames: dict[str, str]) -> dict[str, str]:
    """Codes of the draft → codes of the workbook; 原编码 is that of the edition followed."""
    codes: dict[str, str] = {}
    for section in edition.definition["sections"]:
        for field in section["fields"]:
            codes[field["code"]] = renames.get(field["code"], field["code"])
            for column in field.get("columns", ()):
                dotted = f"{field['code']}.{column['code']}"
                codes[dotted] = renames.get(dotted, f"{codes[field['code']]}.{column['code']}")
    return codes


def _page(
    request: HttpRequest,
    edition: Edition,
    *,
    wrong: list[str] | None = None,
    problems: list[Wrong] | None = None,
    **more: Any,
) -> HttpResponse:
    context = {"draft": edition, "wrong": wrong, "problems": problems, **more}
    status = 422 if wrong or problems else 200
    return render(request, "guide/editor/workbook.html", context, status=status)


@require_POST
@on_draft
def take(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """The draft becomes what the workbook said, unless it has been changed since."""
    try:
        parcel = signing.loads(request.POST.get("parcel", ""), salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        messages.error(request, _("核对页已过期，请重新上传工作簿。"))
        return redirect("guide:upload")
    if parcel["by"] != user.pk:
        messages.error(request, _("核对页已过期，请重新上传工作簿。"))
        return redirect("guide:upload")
    try:
        parse(parcel["definition"])
        actions.replace_content(
            user,
            edition,
            parcel["definition"],
            renames=parcel["renames"],
            version=parcel["version"],
            at=clock.now(),
        )
    except (Refused, BrokenGuide) as why:
        messages.error(request, str(why))
        return redirect("guide:upload")
    messages.success(request, _("草稿已按工作簿更新。"))
    return redirect("guide:draft")
