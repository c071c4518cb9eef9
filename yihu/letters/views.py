"""The register, a letter's page, and the letters on the dossier's page."""

from collections.abc import Callable
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach, scope_of
from yihu.audit import actions as audit
from yihu.disclosure.queries import tells_papers
from yihu.dossiers import marks
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused
from yihu.dossiers.queries import MINIMUM_QUERY, best
from yihu.exports.quota import counted_read
from yihu.kit import clock
from yihu.kit.filters import head
from yihu.kit.paging import BadCursor, Order, page_of
from yihu.letters import actions, queries
from yihu.letters.choices import OTHER_WAY, Direction, Standing
from yihu.letters.filters import LetterFilter
from yihu.letters.forms import LetterForm
from yihu.letters.lens import told, veil
from yihu.letters.models import Correction, Letter
from yihu.letters.policy import may_begin, may_read, may_take_out, may_write
from yihu.papers import jobs
from yihu.papers.choices import Sensitivity, TextState
from yihu.papers.lens import veil as veil_documents

ON_FILE = Order("dated_on", date.fromisoformat, descending=True)
PAGE = 10
OFFERED = 20
"""Files that the search for a letter's customer shows."""
LABELS = {
    "number": gettext_lazy("文号"),
    "dated_on": gettext_lazy("函件日期"),
    "counterpart": gettext_lazy("对方单位"),
    "subject": gettext_lazy("主题"),
    "sensitivity": gettext_lazy("密级"),
    "reply_due_on": gettext_lazy("回复期限"),
    "answers_id": gettext_lazy("回复的函件"),
    "document_id": gettext_lazy("函件原文"),
}


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _lines(rows: Any, today: date) -> list[tuple[Letter, Standing]]:
    return [(row, row.standing(today)) for row in rows]


# The register ------------------------------------------------------------------------------------


def _chosen(request: HttpRequest) -> LetterFilter:
    user = _person(request)
    scope = scope_of(user)
    many = scope.everything or len(scope.own_ids) > 1
    return LetterFilter(request.GET, user=user, many_units=many)


def _refuse(request: HttpRequest, problems: list[str]) -> HttpResponse:
    context = {"problems": problems, "restart": reverse("letters:register")}
    return render(request, "400.html", context, status=400)


@require_GET
@vary_on_headers("HX-Request")
def register(request: HttpRequest) -> HttpResponse:
    """往来函件: the letters in reach under filters, sorted, paged by key."""
    user = _person(request)
    require(may_read(user), _("查阅往来函件"))
    chosen = _chosen(request)
    page = None
    today = clock.today()
    if chosen.is_valid():
        data = chosen.cleaned_data
        rows = queries.register(user, data, today)
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        return _refuse(request, chosen.problems())
    marks.put(user, [row.dossier for row in page.rows])
    veil(user, page.rows)
    count = rows.count()
    if words := chosen.cleaned_data["q"]:
        audit.searched(user, "letters.letter", words, hits=count)
    partial = request.headers.get("HX-Request") == "true"
    scope = scope_of(user)
    return render(
        request,
        "letters/_register.html" if partial else "letters/register.html",
        {
            "chosen": chosen,
            "page": page,
            "lines": _lines(page.rows, today),
            "count": count,
            "overdue": queries.overdue_of(user, today),
            "takes": may_take_out(user),
            "begins": may_begin(user),
            "many_units": scope.everything or len(scope.own_ids) > 1,
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
            "heads": {
                "entered": head(chosen, "entered", _("登记号")),
                "dated": head(chosen, "dated", _("函件日期")),
                "due": head(chosen, "due", _("回复期限")),
            },
        },
    )


@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Of which customer is the letter: the files found, each with the two doors to the form."""
    user = _person(request)
    require(may_begin(user), _("登记往来函件的"))
    words = " ".join(request.GET.get("q", "").split())[:60]
    files = best(user, words, OFFERED)
    marks.put(user, files)
    return render(
        request,
        "letters/begin.html",
        {"q": words, "files": files, "too_short": len(words) < MINIMUM_QUERY},
    )


# On the dossier's page ---------------------------------------------------------------------------


def _dossier(request: HttpRequest, pk: UUID) -> Dossier:
    found: Dossier = reach(Dossier.objects.select_related("unit"), _person(request), pk=pk)
    return found


@require_GET
def of(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The fragment of the dossier's page: its letters, newest first."""
    dossier = _dossier(request, pk)
    rows = queries.of_dossier(dossier)
    try:
        page = page_of(
            rows,
            ON_FILE,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
            size=PAGE,
        )
    except BadCursor as why:
        raise BadRequest(_("翻页位置无法识别。")) from why
    user = _person(request)
    veil(user, page.rows, papers=tells_papers(user, dossier, clock.now()))
    return render(
        request,
        "letters/_of.html",
        {
            "dossier": dossier,
            "page": page,
            "lines": _lines(page.rows, clock.today()),
            "count": rows.count(),
            "writes": may_write(_person(request), dossier.unit_id),
        },
    )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Register a letter of this file; `?direction=` and `?answers=` fill the form in."""
    dossier = _dossier(request, pk)
    user = _person(request)
    require(may_write(user, dossier.unit_id), _("登记往来函件的"))
    asked = request.POST if request.method == "POST" else request.GET
    answered = _answered(asked.get("answers", ""), dossier)
    direction = asked.get("direction") or (
        OTHER_WAY[Direction(answered.direction)] if answered is not None else Direction.IN
    )
    if direction not in Direction.values:
        raise BadRequest(_("请选择来函或去函。"))
    if request.method == "POST":
        form = LetterForm(request.POST, request.FILES, dossier=dossier, direction=direction)
        made = _try(
            form,
            lambda: actions.register(
                user,
                dossier,
                direction=direction,
                content=form.content(),
                at=clock.now(),
                today=clock.today(),
            ),
        )
        if made is not None:
            _read_later(made)
            message = _("已登记 %(number)s。")
            messages.success(request, message % {"number": made.register_number})
            return redirect("letters:show", pk=made.pk)
    else:
        form = LetterForm(
            initial={
                "dated_on": clock.today(),
                "counterpart": answered.counterpart if answered else dossier.name_full,
                "subject": _("关于《%(subject)s》的复函") % {"subject": answered.subject}
                if answered
                else "",
                "answers": str(answered.pk) if answered else "",
                "sensitivity": answered.sensitivity if answered else Sensitivity.ORDINARY,
            },
            dossier=dossier,
            direction=direction,
        )
    marks.put(user, [dossier])
    return render(
        request,
        "letters/form.html",
        {
            "form": form,
            "dossier": dossier,
            "direction": direction,
            "directions": Direction.choices,
            "answered": answered,
        },
        status=422 if form.errors else 200,
    )


def _answered(given: str, dossier: Dossier) -> Letter | None:
    try:
        key = UUID(given)
    except ValueError:
        return None
    rows = Letter.objects.filter(unit=dossier.unit_id, dossier=dossier, voided_at=None)
    found: Letter | None = rows.filter(pk=key).first()
    return found


def _try(form: LetterForm, act: Callable[[], Letter]) -> Letter | None:
    """The letter, or None with the reason on the form."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Refused as why:
        form.add_error(None, str(why))
        return None


def _read_later(letter: Letter) -> None:
    document = letter.document
    if document is not None and document.text_state == TextState.WAITING:
        jobs.read.defer(document_id=str(document.pk))


# One letter --------------------------------------------------------------------------------------


@require_GET
@counted_read
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of a letter: its line, its answers, what was corrected."""
    user = _person(request)
    letter = queries.one(user, pk)
    replies = queries.replies_to(letter)
    corrections = queries.corrections_of(letter)
    papers = tells_papers(user, letter.dossier, clock.now())
    named = [row for row in (letter, letter.answers, *replies) if row is not None]
    shown = papers or told(user, letter)
    veil(user, named, papers=papers)
    if letter.document is not None:
        letter.document.dossier = letter.dossier
        veil_documents(user, [letter.document], papers=papers)
    audit.record(_person(request), "letter.read", letter, dossier_id=letter.dossier_id)
    marks.put(_person(request), [letter.dossier])
    standing = letter.standing(clock.today())
    writes = may_write(_person(request), letter.unit_id) and letter.voided_at is None
    return render(
        request,
        "letters/show.html",
        {
            "letter": letter,
            "dossier": letter.dossier,
            "standing": standing,
            "replies": replies,
            "corrections": [(one, one.reason, _changes(one)) for one in corrections if shown],
            "writes": writes,
            "answerable": writes and standing != Standing.ANSWERED,
            "waivable": writes and standing in (Standing.OPEN, Standing.OVERDUE, Standing.UNASKED),
        },
    )


def _changes(one: Correction) -> list[tuple[str, str, str]]:
    """Label, what it was, what it is, of each corrected column."""
    unshown = {"answers_id", "document_id"}  # keys: that they changed is told, not what they are
    return [
        (
            str(LABELS[code]),
            "" if code in unshown else _said(code, was),
            "" if code in unshown else _said(code, one.became.get(code)),
        )
        for code, was in one.was.items()
        if code in LABELS
    ]


def _said(code: str, value: Any) -> str:
    words = dict(Sensitivity.choices) if code == "sensitivity" else {}
    return str(words.get(value, value)) if value else "—"


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """更正: other values with a reason."""
    user = _person(request)
    letter = queries.one(user, pk)
    require(may_write(user, letter.unit_id), _("登记往来函件的"))
    known = {"dossier": letter.dossier, "direction": letter.direction, "letter": letter}
    if request.method == "POST":
        form = LetterForm(request.POST, request.FILES, **cast("Any", known))
        done = _try(
            form,
            lambda: actions.correct(
                user,
                letter,
                content=form.content(),
                reason=form.cleaned_data["reason"],
                at=clock.now(),
                today=clock.today(),
            ),
        )
        if done is not None:
            _read_later(done)
            messages.success(request, _("已更正，原来的内容记入更正记录。"))
            return redirect("letters:show", pk=letter.pk)
    else:
        initial = {
            name: getattr(letter, name)
            for name in (
                "number", "dated_on", "counterpart", "subject", "reply_due_on", "sensitivity",
            )
        }  # fmt: skip
        initial["answers"] = str(letter.answers_id or "")
        form = LetterForm(initial=initial, **cast("Any", known))
    marks.put(user, [letter.dossier])
    return render(
        request,
        "letters/form.html",
        {"form": form, "dossier": letter.dossier, "letter": letter},
        status=422 if form.errors else 200,
    )


@require_POST
def waive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """无需回复, with a reason."""
    return _act(request, pk, actions.waive, _("已注明无需回复。"))


@require_POST
def void(request: HttpRequest, pk: UUID) -> HttpResponse:
    """作废, with a reason."""
    return _act(request, pk, actions.void, _("已作废；登记号保留，不再使用。"))


def _act(request: HttpRequest, pk: UUID, act: Callable[..., Letter], done: str) -> HttpResponse:
    letter = queries.one(_person(request), pk)
    try:
        act(
            _person(request),
            letter,
            reason=request.POST.get("reason", ""),
            at=clock.now(),
        )
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, done)
    return redirect("letters:show", pk=letter.pk)
