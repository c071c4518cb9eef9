"""Where the values of the edition before go: every question with its answer (§4.1b)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.guide import actions
from yihu.guide.carry import Rest, read_changes
from yihu.guide.editor.door import on_draft
from yihu.guide.editor.questions import asked_of, read_pairs
from yihu.guide.mapping import Kind, Question, asked
from yihu.guide.models import Edition
from yihu.guide.problems import Refused, Unfit
from yihu.guide.queries import definition_of
from yihu.kit import clock


@require_GET
@on_draft
def show(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """Every question, the open ones first."""
    return _page(request, edition)


def _page(
    request: HttpRequest,
    edition: Edition,
    *,
    wrong: dict[str, str] | None = None,
    about: tuple[str, str] = ("", ""),
    status: int = 200,
) -> HttpResponse:
    found = []
    if edition.based_on is not None:
        old, new = definition_of(edition.based_on), definition_of(edition)
        found = asked_of(old, new, read_changes(edition.changes), wrong=wrong, about=about)
    context = {
        "draft": edition,
        "asked": found,
        "open": sum(not one.answered for one in found),
    }
    return render(request, "guide/editor/mapping.html", context, status=status)


@require_POST
@on_draft
def answer(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """One answer; where it cannot be, the page comes back with why beside the question."""
    post = request.POST
    source, kind = post.get("source", ""), post.get("kind", "")
    if kind not in set(Kind):
        messages.error(request, _("这一项已不需要衔接，页面内容可能已变；请刷新后再看。"))
        return redirect("guide:mapping")
    values: dict[str, str] = {}
    if kind == Kind.RECODE:
        values = {
            key.removeprefix("to:"): value
            for key, value in post.items()
            if key.startswith("to:") and isinstance(value, str) and value != "-"
        }
    elif kind == Kind.RETYPE:
        question = _question(edition, source, Kind.RETYPE)
        if question is not None:
            values, unread = read_pairs(post.get("values", ""), question)
            if unread:
                text = _("看不懂“%(line)s”：每行写一个对照，例如 旧值=新值。")
                wrong = {"values": text % {"line": unread[0]}}
                return _page(request, edition, wrong=wrong, about=(kind, source), status=422)
    rest = post.get("rest", "")
    try:
        actions.answer(
            user,
            edition,
            source,
            kind=Kind(kind),
            version=edition.version,
            at=clock.now(),
            target=post.get("target", ""),
            values=values,
            rest=Rest(rest) if rest in set(Rest) else Rest.READ,
            factor=post.get("factor", "").strip() or "1",
        )
    except Unfit as why:
        return _page(request, edition, wrong=why.wrong, about=(kind, source), status=422)
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("数据衔接已保存。"))
    back = post.get("back", "")
    return redirect(back if back.startswith(reverse("guide:draft")) else reverse("guide:mapping"))


def _question(edition: Edition, source: str, kind: Kind) -> Question | None:
    if edition.based_on is None:
        return None
    old, new = definition_of(edition.based_on), definition_of(edition)
    every = asked(old, new, read_changes(edition.changes))
    return next((one for one in every if one.source == source and one.kind == kind), None)
