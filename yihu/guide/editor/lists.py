"""The code lists of the draft: their codes, who offers them, what lost codes become."""

import json
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.guide import actions, edits
from yihu.guide.carry import read_changes
from yihu.guide.editor.code_lists import CodeLine, ListLine, ListPanel, lost_codes
from yihu.guide.editor.door import done, on_draft
from yihu.guide.editor.questions import Pair
from yihu.guide.models import Edition
from yihu.guide.problems import Refused, Stale, Unfit
from yihu.guide.queries import definition_of
from yihu.guide.rules import lists_of
from yihu.kit import clock

NEW = "new"


@require_GET
@on_draft
def overview(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """All code lists; with `list` also the form of that one."""
    name = request.GET.get("list", "")
    shown: ListPanel | None = None
    if name == NEW or name in lists_of(edition.definition):
        shown = _panel(edition, "" if name == NEW else name)
    return _page(request, edition, shown)


def _panel(
    edition: Edition,
    name: str,
    *,
    typed: str = "",
    pairs: Sequence[tuple[str, str]] | None = None,
    wrong: dict[str, str] | None = None,
    theirs: str = "",
) -> ListPanel:
    standing = list(lists_of(edition.definition).get(name, {}).items())
    return ListPanel(
        name=name,
        typed=typed or name,
        codes=tuple(CodeLine(*pair) for pair in (standing if pairs is None else pairs)),
        users=_users(edition, name),
        platform=name in edits.platform_lists(edition.definition),
        seen=json.dumps(standing, ensure_ascii=False),
        lost=_lost(edition).get(name, ()) if pairs is None else (),
        wrong=wrong,
        theirs=theirs,
    )


def _users(edition: Edition, name: str) -> tuple[str, ...]:
    if not name:
        return ()
    return tuple(
        f"{field['label']} · {column['label']}" if column is not None else field["label"]
        for field, column in edits.users_of(edition.definition, name)
    )


def _lost(edition: Edition) -> dict[str, tuple[Pair, ...]]:
    if edition.based_on is None:
        return {}
    old, new = definition_of(edition.based_on), definition_of(edition)
    return lost_codes(old, new, read_changes(edition.changes))


def _page(
    request: HttpRequest, edition: Edition, shown: ListPanel | None, *, status: int = 200
) -> HttpResponse:
    lists = lists_of(edition.definition)
    before = lists_of(edition.based_on.definition) if edition.based_on is not None else {}
    platform = edits.platform_lists(edition.definition)
    lost = _lost(edition)
    lines = [
        ListLine(
            name=name,
            size=len(codes),
            words="、".join(codes.values()),
            users=_users(edition, name),
            platform=name in platform,
            mark=_mark(list(codes.items()), before.get(name)),
            current=shown is not None and shown.name == name,
            asked=len(lost.get(name, ())),
        )
        for name, codes in lists.items()
    ]
    context = {"draft": edition, "lines": lines, "panel": shown}
    return render(request, "guide/editor/lists.html", context, status=status)


def _mark(now: list[tuple[str, str]], before: dict[str, str] | None) -> str:
    if before is None:
        return _("新增")
    return "" if list(before.items()) == now else _("有改动")


def _to(name: str) -> HttpResponse:
    query = f"?{urlencode({'list': name})}" if name else ""
    return redirect(reverse("guide:lists") + query)


@require_POST
@on_draft
def edit(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """Keep a code list as typed, in the order of its rows."""
    post = request.POST
    name = post.get("list", "")
    typed = name or post.get("name", "").strip()
    both = zip(post.getlist("code"), post.getlist("label"), strict=False)
    pairs = [(code, label) for code, label in both if code.strip() or label.strip()]
    if not name and typed in lists_of(edition.definition):
        wrong = {"name": _("已有同名的代码表，请换一个名称。")}
        shown = _panel(edition, "", typed=typed, pairs=pairs, wrong=wrong)
        return _page(request, edition, shown, status=422)
    try:
        actions.edit_list(
            user,
            edition,
            typed,
            pairs,
            version=edition.version,
            at=clock.now(),
            seen=_seen(post.get("seen", "")) if name else None,
        )
    except Stale as why:
        now = "\n".join(
            f"{code} {label}" for code, label in lists_of(edition.definition).get(name, {}).items()
        )
        shown = _panel(edition, name, pairs=pairs, wrong={"": str(why)}, theirs=now)
        return _page(request, edition, shown, status=409)
    except Unfit as why:
        shown = _panel(edition, name, typed=typed, pairs=pairs, wrong=why.wrong)
        return _page(request, edition, shown, status=422)
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("代码表已保存。"))
    return _to(typed)


def _seen(text: str) -> list[list[str]]:
    """The codes as the form showed them; nonsense is none, which is then refused as stale."""
    try:
        found = json.loads(text)
    except ValueError:
        return []
    known = isinstance(found, list) and all(isinstance(pair, list) for pair in found)
    return found if known else []


@require_POST
@on_draft
def recode(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """What the codes that are gone become, for every field that offers the list."""
    post = request.POST
    name = post.get("list", "")
    said = {
        key.removeprefix("to:"): value
        for key, value in post.items()
        if key.startswith("to:") and isinstance(value, str) and value != "-"
    }
    offered = lists_of(edition.definition).get(name, {})
    if any(value and value not in offered for value in said.values()):
        messages.error(request, _("代码表刚有改动，请对照新的选项再选一次。"))
        return _to(name)

    def act() -> None:
        actions.edit_list(
            user,
            edition,
            name,
            list(offered.items()),
            version=edition.version,
            at=clock.now(),
            recoded=said,
        )

    done(request, act, _("停用代码的去向已保存。"))
    return _to(name)


@require_POST
@on_draft
def remove(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """Without a code list that no field offers."""
    name = request.POST.get("list", "")

    def act() -> None:
        actions.remove_list(user, edition, name, version=edition.version, at=clock.now())

    gone = done(request, act, _("代码表已删除。"))
    return _to("" if gone else name)
