"""The draft of the guide, section by section, and the form of one field (§4.1b, 6.1.4)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.guide import actions, edits
from yihu.guide.attributes import OF_COLUMNS, OF_FIELDS, Lists, Raw, flat, read_all
from yihu.guide.carry import read_changes
from yihu.guide.difference import difference, field_changes
from yihu.guide.editor.door import done, on_draft, version_of
from yihu.guide.editor.form import Panel, panel
from yihu.guide.editor.outline import outline, removed_from
from yihu.guide.editor.questions import asked_of
from yihu.guide.mapping import questions, source_of, targets
from yihu.guide.models import Edition
from yihu.guide.problems import Refused, Stale, Unfit
from yihu.guide.queries import definition_of
from yihu.guide.rules import lists_of
from yihu.kit import clock

NEW = "new"
MOST_COLUMNS = 60


@require_GET
@on_draft
def draft(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """A section as rows to edit and to move; with `field` also the form of that field."""
    return _page(request, edition, _opened(edition, request.GET.get("field", "")))


def _opened(edition: Edition, code: str) -> Panel | None:
    """The form of the field as it stands; None where the draft has no such field."""
    definition = definition_of(edition)
    if code == NEW:
        return panel(definition, edition.definition, field={"type": "text"}, code="", section="")
    found = edits.find(edition.definition, code)
    if found is None:
        return None
    section, field = found
    return panel(definition, edition.definition, field=field, code=code, section=section["code"])


def _page(
    request: HttpRequest, edition: Edition, shown: Panel | None, *, status: int = 200
) -> HttpResponse:
    definition = definition_of(edition)
    wanted = request.GET.get("section") or request.POST.get("from") or ""
    if shown is not None and shown.code:
        wanted = definition[shown.code].section
    section = next((s for s in definition.sections if s.code == wanted), definition.sections[0])
    context: dict[str, Any] = {
        "draft": edition,
        "sections": definition.sections,
        "section": section,
        "panel": shown,
    }
    if edition.based_on is not None:
        old, changes = definition_of(edition.based_on), read_changes(edition.changes)
        changed = difference(
            edition.based_on.definition,
            edition.definition,
            aims=targets(changes, old, definition),
        )
        open_ = questions(old, definition, changes)
        context |= {
            "changed": changed,
            "open": len(open_),
            "groups": outline(section, definition, edition.definition, changed, open_),
            "removed": removed_from(section.code, old, changes, edition.definition),
        }
        if shown is not None and shown.code:
            source = source_of(old, definition, changes, shown.code)
            context["was"] = field_changes(
                edition.based_on.definition, edition.definition, source or shown.code, shown.code
            )
            context["asked"] = asked_of(old, definition, changes, only=shown.code)
    if shown is not None and not shown.code:
        context["section_of_new"] = section.code
    return render(request, "guide/editor/draft.html", context, status=status)


def _to(section: str, *, field: str = "", place: str = "") -> HttpResponse:
    query = {"section": section} | ({"field": field} if field else {})
    anchor = f"#{place}" if place else ""
    return redirect(f"{reverse('guide:draft')}?{urlencode(query)}{anchor}")


# One field ---------------------------------------------------------------------------------------


@require_POST
@on_draft
def field(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """Keep the field as typed; where it cannot be, the form comes back as it was typed."""
    post = request.POST
    code, section = post.get("code_was", ""), post.get("section", "")
    texts = {one.key: "、".join(post.getlist(one.key)) for one in OF_FIELDS if not one.system}
    rows = _rows(post)
    seen = _seen(post.get("seen", ""))
    lists = lists_of(edition.definition)
    raw, wrong = _read(texts, rows, seen, lists)
    theirs: Sequence[Any] = ()
    status = 422
    if not wrong:
        try:
            saved = _save(user, edition, code, raw, section, rows, seen)
        except Stale as why:
            standing = edits.find(edition.definition, code)
            if standing is None:
                messages.error(request, str(why))
                return _to(section)
            wrong, status = {"": str(why)}, 409
            theirs = _theirs(edition, code, seen, standing[0]["code"])
            seen = standing[1]
        except Unfit as why:
            wrong = why.wrong
        except Refused as why:
            messages.error(request, str(why))
            return _to(section)
        else:
            return _saved(request, saved, raw["code"], section)
    shown = panel(
        definition_of(edition),
        edition.definition,
        field=seen,
        code=code,
        section=section,
        texts=texts,
        columns=rows,
        wrong=wrong,
        seen=seen,
        theirs=theirs,
    )
    return _page(request, edition, shown, status=status)


def _rows(post: QueryDict) -> list[dict[str, str]]:
    """The columns of a table as typed, one dict a column; rows left blank are none."""
    given = {one.key: post.getlist(f"col:{one.key}") for one in OF_COLUMNS if not one.system}
    was = post.getlist("col:was")
    most = min(MOST_COLUMNS, max(map(len, given.values()), default=0))
    rows = [
        {key: texts[at] if at < len(texts) else "" for key, texts in given.items()}
        | {"was": was[at] if at < len(was) else ""}
        for at in range(most)
    ]
    return [row for row in rows if row["code"].strip() or row["label"].strip() or row["was"]]


def _seen(text: str) -> Raw:
    """The field as the form showed it; {} for a new one or for nonsense."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read(
    texts: Mapping[str, str], rows: Sequence[Mapping[str, str]], seen: Raw, lists: Lists
) -> tuple[Raw, dict[str, str]]:
    raw, wrong = read_all(texts, OF_FIELDS, lists, kept=flat(seen))
    if raw.get("type") != "table":
        return raw, wrong
    stood = {column["code"]: column for column in seen.get("columns", ())}
    columns = []
    for number, row in enumerate(rows, 1):
        column, amiss = read_all(row, OF_COLUMNS, lists, kept=flat(stood.get(row["was"], {})))
        columns.append(column)
        wrong |= {f"columns.{number}.{key}": text for key, text in amiss.items()}
        for key, label in (("code", _("编码")), ("label", _("名称"))):
            if not column.get(key):
                wrong[f"columns.{number}.{key}"] = _("请填写%(label)s。") % {"label": label}
    return raw | {"columns": columns}, wrong


def _save(
    user: User,
    edition: Edition,
    code: str,
    raw: Raw,
    section: str,
    rows: Sequence[Mapping[str, str]],
    seen: Raw,
) -> Edition:
    """Others may have saved other fields meanwhile: only this one, as seen, must still stand."""
    at, version = clock.now(), edition.version
    if not code:
        return actions.add_field(user, edition, raw, section=section, version=version, at=at)
    return actions.edit_field(
        user,
        edition,
        code,
        raw,
        section=section,
        version=version,
        at=at,
        columns_from=[row["was"] for row in rows],
        seen=seen,
    )


def _theirs(edition: Edition, code: str, seen: Raw, section: str) -> Sequence[Any]:
    """What the other person changed in the field since it was seen, in words."""
    if seen.get("code") != code or "label" not in seen:
        return ()
    before = edits.put_field(edition.definition, seen, section=section, instead_of=code)
    return field_changes(before, edition.definition, code, code)


def _saved(request: HttpRequest, saved: Edition, code: str, section: str) -> HttpResponse:
    messages.success(request, _("栏目已保存。"))
    if saved.based_on is not None:
        old, new = definition_of(saved.based_on), definition_of(saved)
        waiting = asked_of(old, new, read_changes(saved.changes), only=code)
        count = sum(not one.answered for one in waiting)
        if count:
            text = ngettext(
                "这一栏原来的值还有 %(count)d 处衔接要写明，发布前须写完。",
                "这一栏原来的值还有 %(count)d 处衔接要写明，发布前须写完。",
                count,
            )
            messages.warning(request, text % {"count": count})
    return _to(section, field=code)


@require_POST
@on_draft
def remove(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """Without the field; what was typed in it stays readable."""
    code, section = request.POST.get("code", ""), request.POST.get("section", "")
    version = version_of(request)

    def act() -> None:
        actions.remove_field(user, edition, code, version=version, at=clock.now())

    kept = not done(request, act, _("栏目已删除，原来填的值只读保留；在本页下方可以恢复。"))
    return _to(section, field=code if kept else "")


@require_POST
@on_draft
def restore(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """A field that the draft gave up, as it was."""
    code, section = request.POST.get("code", ""), request.POST.get("section", "")

    def act() -> None:
        actions.restore_field(user, edition, code, version=edition.version, at=clock.now())

    done(request, act, _("栏目已恢复。"))
    return _to(section, field=code)


@require_POST
@on_draft
def move(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """A field (`up`, `down`) or a group (`group_up`, `group_down`) one place on."""
    post, at = request.POST, clock.now()
    section = post.get("section", "")
    way = next((w for w in ("up", "down", "group_up", "group_down") if w in post), "")
    what, up = post.get(way, ""), way.endswith("up")
    if not way:
        return _to(section)
    try:
        if way.startswith("group"):
            actions.move_group(user, edition, section, what, up=up, version=edition.version, at=at)
        else:
            actions.move_field(user, edition, what, up=up, version=edition.version, at=at)
    except Refused as why:
        messages.error(request, str(why))
    return _to(section, place="" if way.startswith("group") else f"row-{what}")


@require_POST
@on_draft
def group(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """Another name for a group."""
    post = request.POST
    section, name = post.get("section", ""), post.get("group", "")
    wanted = post.get("name", "")

    def act() -> None:
        actions.call_group(
            user, edition, section, name, name=wanted, version=edition.version, at=clock.now()
        )

    done(request, act, _("分组已改名。"))
    return _to(section)


# The draft itself --------------------------------------------------------------------------------


@require_POST
@on_draft
def title(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """Another title."""
    wanted = request.POST.get("title", "")

    def act() -> None:
        actions.call_draft(user, edition, version=edition.version, title=wanted, at=clock.now())

    done(request, act, _("名称已保存。"))
    return redirect("guide:draft")


@require_POST
@on_draft
def discard(request: HttpRequest, user: User, edition: Edition) -> HttpResponse:
    """Give the draft up."""

    def act() -> None:
        actions.discard_draft(user, edition, version=version_of(request))

    done(request, act, _("草稿已放弃，其内容留在操作日志里。"))
    return redirect("guide:editions")
