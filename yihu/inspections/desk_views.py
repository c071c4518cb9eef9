"""The inspector's desk: one file after the other, the checklist beside it (§6.4.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.disclosure.queries import view_of
from yihu.dossiers import marks
from yihu.dossiers.problems import Refused
from yihu.exports.quota import counted_read
from yihu.inspections import inspecting, queries, showing
from yihu.inspections.checklist import Item
from yihu.inspections.choices import (
    SEVERITY_OF,
    Cause,
    FindingState,
    PlaceKind,
    Severity,
    State,
    SubjectState,
    Verdict,
)
from yihu.inspections.inspecting import Seen
from yihu.inspections.models import Finding, Subject
from yihu.inspections.policy import inspects, leads, own_hands
from yihu.inspections.saying import say
from yihu.inspections.views import person, sent
from yihu.kit import clock
from yihu.papers.content import ACCEPT

KEYS = {verdict: str(place) for place, verdict in enumerate(Verdict, 1)}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the checklist: what was said of it, the findings on it, whether one is owed."""

    item: Item
    verdict: str
    findings: list[Finding]

    @property
    def place(self) -> str:
        """Where a finding on it hangs at first."""
        kind = PlaceKind.SECTION if self.item.section else PlaceKind.FILE
        return f"{kind}:{self.item.section}"

    @property
    def owes(self) -> bool:
        """Judged a problem, and nobody has said which."""
        return self.verdict in SEVERITY_OF and not self.findings

    @property
    def severity(self) -> int:
        """What a new finding is taken for."""
        return int(SEVERITY_OF[Verdict(self.verdict)]) if self.verdict in SEVERITY_OF else 2


def _reads(user: User, subject: Subject) -> None:
    """The desk is for who leads or inspects; a unit reads its findings, not the desk."""
    allowed = inspects(user, subject.inspection) or leads(user, subject.inspection)
    require(allowed, _("检查档案的"))


def _items(subject: Subject) -> list[Line]:
    verdicts = dict(subject.marks.values_list("item", "verdict"))
    by_item: dict[str, list[Finding]] = {}
    for row in subject.findings.exclude(state=FindingState.WITHDRAWN).order_by("serial"):
        by_item.setdefault(row.item, []).append(row)
    return [
        Line(item, verdicts.get(code, ""), by_item.get(code, []))
        for code, item in queries.items_of(subject.inspection).items()
    ]


def _places(subject: Subject) -> list[tuple[str, list[tuple[str, str]]]]:
    return showing.places(subject, queries.contracts_of(subject), queries.originals_of(subject))


def _form(subject: Subject) -> dict[str, Any]:
    """What the form of a finding offers."""
    return {
        "subject": subject,
        "verdicts": [(verdict.value, verdict.label, KEYS[verdict]) for verdict in Verdict],
        "places": _places(subject),
        "severities": Severity.choices,
        "causes": Cause.choices,
        "accept": ACCEPT,
    }


@require_POST
def next_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The file in hand, or the next that nobody has."""
    user = person(request)
    inspection = queries.one(user, pk)
    try:
        subject = inspecting.claim_next(user, inspection, at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("inspections:show", pk=pk)
    if subject is None:
        messages.success(request, _("没有待检查的档案了：其余在他人手中，或由您填报、审核过。"))
        return redirect("inspections:show", pk=pk)
    return redirect("inspections:file", pk=subject.pk)


@require_GET
@counted_read
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A frozen file, its checks, its checklist, what was found on it before."""
    user, at = person(request), clock.now()
    subject = queries.one_subject(user, pk)
    _reads(user, subject)
    audit.record(
        user, "version.read", subject.version or subject, dossier_id=subject.dossier_id,
        data={"number": subject.version_number, "inspection": subject.inspection.number},
    )  # fmt: skip
    marks.put(user, [subject.dossier])
    labels = queries.labels_of(subject.inspection)
    done, drawn = queries.progress_of(subject.inspection)
    lines = queries.checks_of(subject)
    return render(
        request,
        "inspections/file.html",
        {
            "inspection": subject.inspection,
            "dossier": subject.dossier,
            "parts": showing.parts(subject, view_of(user, subject.dossier, at)),
            "items": _items(subject),
            "failed": [
                (line, say(line.check.code, line.result.detail, labels))
                for line in lines
                if line.result is not None
            ],
            "passed": [line for line in lines if line.applied and line.result is None],
            "others": subject.findings.filter(item="").exclude(state=FindingState.WITHDRAWN),
            "earlier": queries.earlier_findings(user, subject),
            "mine": subject.state == SubjectState.CLAIMED and subject.claimed_by_id == user.pk,
            "claims": inspects(user, subject.inspection)
            and not own_hands(user, subject)
            and subject.state == SubjectState.WAITING
            and subject.drawn
            and subject.inspection.state == State.OPEN,
            "releases": subject.state == SubjectState.CLAIMED
            and (subject.claimed_by_id == user.pk or leads(user, subject.inspection)),
            "judges": inspects(user, subject.inspection)
            and not own_hands(user, subject)
            and subject.inspection.state == State.OPEN,
            "done": done,
            "drawn": drawn,
            **_form(subject),
        },
    )


def _act(
    request: HttpRequest, pk: UUID, act: Callable[[User, Subject], Any], done: str
) -> HttpResponse:
    user = person(request)
    subject = queries.one_subject(user, pk)
    try:
        act(user, subject)
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, done)
    return redirect("inspections:file", pk=pk)


@require_POST
def claim(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take this file."""
    return _act(
        request, pk, lambda by, row: inspecting.claim(by, row, at=clock.now()), _("已领取。")
    )


@require_POST
def release(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put it back."""
    return _act(request, pk, inspecting.release, _("已放回，结论保留。"))


@require_POST
def done(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This file is looked at; on to the next."""
    user = person(request)
    subject = queries.one_subject(user, pk)
    try:
        inspecting.done(user, subject, at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("inspections:file", pk=pk)
    messages.success(request, _("“%(name)s”已检查完。") % {"name": subject.name_full})
    return next_file(request, pk=subject.inspection_id)


@require_POST
def judge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One failure of a check on this file becomes a finding, or does not."""
    user = person(request)
    subject = queries.one_subject(user, pk)
    wanted = request.POST.get("result", "")
    keys = [row.pk for row in subject.results.all() if str(row.pk) == wanted]
    try:
        if request.POST.get("act") == "dismiss":
            inspecting.dismiss(
                user, subject.inspection, keys, reason=request.POST.get("reason", ""),
                at=clock.now(),
            )  # fmt: skip
        else:
            inspecting.accept(user, subject.inspection, keys, at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
    return redirect("inspections:file", pk=pk)


@require_POST
def mark(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A verdict on one item; answers with the item anew."""
    user = person(request)
    subject = queries.one_subject(user, pk)
    code = request.POST.get("item", "")
    try:
        inspecting.mark(
            user, subject, item=code, verdict=request.POST.get("verdict", ""), at=clock.now()
        )
    except Refused as why:
        return _said(request, subject, code, str(why), why.status)
    return _said(request, subject, code, "", 200)


@require_POST
def find(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A finding on an item of the checklist, or (no item) on the file."""
    user = person(request)
    subject = queries.one_subject(user, pk)
    code = request.POST.get("item", "")
    try:
        inspecting.find(user, subject, _seen(request, subject, code), at=clock.now())
    except Refused as why:
        if not code:
            messages.error(request, str(why))
            return redirect("inspections:file", pk=pk)
        return _said(request, subject, code, str(why), why.status)
    if not code:
        messages.success(request, _("已记录问题。"))
        return redirect("inspections:file", pk=pk)
    return _said(request, subject, code, "", 200)


def _seen(request: HttpRequest, subject: Subject, code: str) -> Seen:
    given = request.POST
    kind, _colon, place = given.get("place", "").partition(":")
    label = next(
        (
            label
            for _group, options in _places(subject)
            for value, label in options
            if value == given.get("place", "")
        ),
        "",
    )
    known = queries.items_of(subject.inspection).get(code)
    severity = given.get("severity", "")
    return Seen(
        place_kind=kind if label else "",
        place=place,
        place_label=label,
        original_id=UUID(place) if kind == PlaceKind.ORIGINAL and label else None,
        text=given.get("text", ""),
        severity=int(severity) if severity.isdigit() else 0,
        cause=given.get("cause", ""),
        clause=known.clause if known is not None else "6.4.1",
        evidence=given.get("evidence", ""),
        item=code,
        files=sent(request),
    )


def _said(
    request: HttpRequest, subject: Subject, code: str, problem: str, status: int
) -> HttpResponse:
    """The item as it stands, with why nothing was changed; without a script, the whole page."""
    if request.headers.get("HX-Request") != "true":
        if problem:
            messages.error(request, problem)
        return redirect("inspections:file", pk=subject.pk)
    found = [line for line in _items(subject) if line.item.code == code]
    if not found:
        return HttpResponse(problem, status=status)
    return render(
        request,
        "inspections/_item.html",
        {
            "line": found[0],
            "mine": True,
            "problem": problem,
            "typed": request.POST,
            **_form(subject),
        },
        status=status,
    )
