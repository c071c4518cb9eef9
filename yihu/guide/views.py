"""Reading the guide: its editions, one of them, as a filler would see it, what changed (§4.1b)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.guide import actions, queries
from yihu.guide.carry import read_changes
from yihu.guide.difference import difference as differ
from yihu.guide.editor.door import person
from yihu.guide.mapping import questions, targets
from yihu.guide.models import Edition
from yihu.guide.policy import may_edit_guide, may_read_guide
from yihu.guide.preview import previewed
from yihu.guide.problems import Refused
from yihu.guide.queries import definition_of
from yihu.guide.rules import Definition, Section, lists_of
from yihu.guide.sheet import workbook as write_workbook
from yihu.guide.words import lines_of
from yihu.kit import clock

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _reader(request: HttpRequest) -> User:
    user = person(request)
    require(may_read_guide(user), _("查阅填报指南的"))
    return user


def _edition(user: User, number: int) -> Edition:
    """404 for what the person may not read: a draft, to all but those who make it."""
    return get_object_or_404(queries.editions(user), number=number)


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list. `state`: draft, waiting (published, not yet in force), current, past."""

    edition: Edition
    state: str
    before: int | None


@require_GET
def editions(request: HttpRequest) -> HttpResponse:
    """All editions, the newest first, and the draft with what is still to be done to it."""
    user = _reader(request)
    rows = queries.listed(user)
    today = clock.today()
    current = queries.edition_in_force(today)
    draft = queries.draft_for(user)
    context = {
        "rows": [_listed(row, current) for row in rows if row.published_at is not None],
        "draft": draft,
        "open": len(_open(draft)) if draft is not None else 0,
        "may_edit": may_edit_guide(user),
    }
    return render(request, "guide/editions.html", context)


def _listed(row: Edition, current: Edition | None) -> Listed:
    state = "past"
    if current is None or row.effective_on > current.effective_on:
        state = "waiting"
    elif row.pk == current.pk:
        state = "current"
    return Listed(row, state, row.based_on.number if row.based_on is not None else None)


def _open(draft: Edition) -> list[object]:
    if draft.based_on is None:
        return []
    old, new = definition_of(draft.based_on), definition_of(draft)
    return list(questions(old, new, read_changes(draft.changes)))


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """A draft of the next edition with the content of a published one."""
    user = _reader(request)
    number = request.POST.get("number", "")
    copied = _edition(user, int(number) if number.isdecimal() and len(number) < 6 else 0)
    try:
        actions.start_draft(user, copied, at=clock.now(), today=clock.today())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("guide:editions")
    return redirect("guide:draft")


def chosen_section(request: HttpRequest, definition: Definition) -> Section:
    """The section that the address names; the first where it names none."""
    wanted = request.GET.get("section", "")
    found = (section for section in definition.sections if section.code == wanted)
    return next(found, definition.sections[0])


@require_GET
def edition(request: HttpRequest, number: int) -> HttpResponse:
    """One edition, section by section: every field in words."""
    user = _reader(request)
    found = _edition(user, number)
    definition = definition_of(found)
    section = chosen_section(request, definition)
    context = {
        "edition": found,
        "sections": definition.sections,
        "section": section,
        "groups": lines_of(section, definition, found.definition),
    }
    return render(request, "guide/edition.html", context)


@require_GET
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """The form as a filler would see it, for a class of customers and their gas uses."""
    user = _reader(request)
    found = _edition(user, number)
    definition = definition_of(found)
    section = chosen_section(request, definition)
    lists = lists_of(found.definition)
    klasses, uses = lists.get("klass", {}), lists.get("gas_use", {})
    klass = request.GET.get("klass", "")
    klass = klass if klass in klasses else next(iter(klasses), "")
    chosen = [use for use in request.GET.getlist("use") if use in uses]
    groups, required = previewed(section, definition, found.definition, klass, chosen)
    context = {
        "edition": found,
        "sections": definition.sections,
        "section": section,
        "groups": groups,
        "required": required,
        "klasses": [(code, label, code == klass) for code, label in klasses.items()],
        "uses": [(code, label, code in chosen) for code, label in uses.items()],
        "asked": urlencode([("klass", klass), *(("use", use) for use in chosen)]),
    }
    return render(request, "guide/preview.html", context)


@require_GET
def difference(request: HttpRequest) -> HttpResponse:
    """What changed from one edition to another, field by field."""
    user = _reader(request)
    numbers = [row.number for row in queries.listed(user)]
    newest = numbers[0] if numbers else 0
    new = _edition(user, _number(request, "new", newest))
    before = new.based_on.number if new.based_on is not None else newest
    old = _edition(user, _number(request, "old", before))
    context = {
        "old": old,
        "new": new,
        "numbers": numbers,
        "found": differ(old.definition, new.definition, aims=_aims(old, new)),
    }
    return render(request, "guide/difference.html", context)


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 6 else otherwise


def _aims(old: Edition, new: Edition) -> dict[str, str] | None:
    """Which fields belong together; those of a draft by its mapping as it stands."""
    if old.pk == new.pk:
        return None
    if new.published_at is None and new.based_on_id == old.pk:
        return targets(read_changes(new.changes), definition_of(old), definition_of(new))
    return queries.aims_between(old, new)


@require_GET
def workbook(request: HttpRequest, number: int) -> HttpResponse:
    """An edition as .xlsx, to be read, edited and brought back."""
    user = _reader(request)
    found = _edition(user, number)
    sources: dict[str, str] = {}
    if found.published_at is None and (old := found.based_on) is not None:
        sources = {aim: source for source, aim in (_aims(old, found) or {}).items()}
    content = write_workbook(
        found.definition, number=found.number, title=found.title, sources=sources
    )
    answer = HttpResponse(content, content_type=XLSX)
    name = _("填报指南-第%(number)d版.xlsx") % {"number": found.number}
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer
