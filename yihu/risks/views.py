"""The register, a remark's page, proposals, the check before signing, the dossier's fragment."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, BinaryIO, TypeVar, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import Unreachable, reach
from yihu.audit import actions as audit
from yihu.contracts.queries import contracts_of as contracts_of_file
from yihu.customers.credit_code import BadCreditCode, read
from yihu.disclosure.queries import tells_papers
from yihu.dossiers import marks
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused
from yihu.dossiers.queries import MINIMUM_QUERY, best
from yihu.kit import clock
from yihu.kit.filters import Filter, head
from yihu.kit.paging import BadCursor, page_of
from yihu.papers import jobs
from yihu.papers.choices import TextState
from yihu.papers.content import ACCEPT
from yihu.papers.lens import veil
from yihu.risks import actions, queries
from yihu.risks.choices import CLAUSE_SAYS, Kind, State
from yihu.risks.filters import ProposalFilter, RemarkFilter
from yihu.risks.forms import CheckForm, RemarkForm, RuleForm
from yihu.risks.models import Evidence, Proposal, Remark
from yihu.risks.policy import (
    knows,
    may_check,
    may_consent,
    may_look,
    may_publish,
    may_take_out,
    may_write,
)
from yihu.risks.rules import CHECK_DAYS, RULE, RULES, sentence

Made = TypeVar("Made")
OFFERED = 20
"""Files that a name finds on the page of the check."""
LABELS = {
    "kind": gettext_lazy("类别"),
    "happened_on": gettext_lazy("发生日"),
    "found_on": gettext_lazy("发现日"),
    "found_how": gettext_lazy("发现方式"),
    "facts": gettext_lazy("事实"),
    "loss_yuan": gettext_lazy("损失金额（元）"),
    "verified_by": gettext_lazy("核实人"),
    "measures": gettext_lazy("措施"),
    "owner": gettext_lazy("责任人"),
    "contracts": gettext_lazy("影响合同"),
}


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


# Lists -------------------------------------------------------------------------------------------


def _refuse(request: HttpRequest, problems: list[str]) -> HttpResponse:
    context = {"problems": problems, "restart": request.path}
    return render(request, "400.html", context, status=400)


def _list(
    request: HttpRequest,
    name: str,
    chosen: Filter,
    find: Callable[[dict[str, Any]], Any],
    context: Callable[[list[Any]], dict[str, Any]],
) -> HttpResponse:
    page = rows = None
    if chosen.is_valid():
        data = chosen.cleaned_data
        rows = find(data)
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None or rows is None:
        return _refuse(request, chosen.problems())
    count = rows.count()
    user = _person(request)
    if words := chosen.cleaned_data["customer"]:
        audit.searched(user, "risks.remark", words, hits=count)
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        f"risks/_{name}.html" if partial else f"risks/{name}.html",
        {
            "chosen": chosen,
            "page": page,
            "count": count,
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
            "many_units": queries.many_units(user),
            "tab": name,
            "publishes": may_publish(user),
            **context(list(page.rows)),
        },
    )


@require_GET
@vary_on_headers("HX-Request")
def register(request: HttpRequest) -> HttpResponse:
    """风险备注: the remarks that the person may know of, under filters."""
    user, today = _person(request), clock.today()
    require(may_look(user), _("查阅风险备注"))
    chosen = RemarkFilter(request.GET, user=user, many_units=queries.many_units(user))
    return _list(
        request,
        "register",
        chosen,
        lambda data: queries.register(user, data, today),
        lambda rows: {
            "lines": [(row, row.overdue(today)) for row in rows],
            "takes": may_take_out(user),
            "work": queries.work_of(user, today),
            "heads": {
                "check": head(chosen, "check", _("下次复核日")),
                "level": head(chosen, "level", _("等级")),
                "raised": head(chosen, "raised", _("备注编号")),
            },
        },
    )


@require_GET
@vary_on_headers("HX-Request")
def proposals(request: HttpRequest) -> HttpResponse:
    """风险提示: what the rules found; each becomes a remark or is dismissed with a reason."""
    user = _person(request)
    require(may_look(user), _("查阅风险备注"))
    chosen = ProposalFilter(request.GET, user=user, many_units=queries.many_units(user))
    return _list(
        request,
        "proposals",
        chosen,
        lambda data: queries.proposals(user, data),
        lambda rows: {
            "lines": [_proposed(user, row) for row in rows],
            "heads": {
                "level": head(chosen, "level", _("建议等级")),
                "found": head(chosen, "found", _("发现日")),
            },
        },
    )


def _proposed(user: User, row: Proposal) -> dict[str, Any]:
    return {
        "row": row,
        "rule": RULE[row.rule],
        "says": sentence(row.rule, row.figures),
        "judges": row.state == "open" and may_write(user, row.unit_id),
    }


@require_POST
def dismiss(request: HttpRequest, pk: UUID) -> HttpResponse:
    """不予登记, with a reason."""
    user = _person(request)
    proposal = queries.one_proposal(user, pk)
    _say(
        request,
        lambda: actions.dismiss(
            user, proposal, reason=request.POST.get("reason", ""), at=clock.now()
        ),
        _("已注明不予登记；情形不变不再提示。"),
    )
    if request.POST.get("back") == "dossier":
        return redirect(f"{reverse('desk:dossier', args=[proposal.dossier_id])}#risks")
    return redirect("risks:proposals")


# On the dossier's page ---------------------------------------------------------------------------


def _dossier(request: HttpRequest, pk: UUID) -> Dossier:
    """A file of whose risks the person may know. Raises: Unreachable, as for none at all."""
    user = _person(request)
    found: Dossier = reach(Dossier.objects.select_related("unit"), user, pk=pk)
    if not knows(user, found.unit_id, found.region_code):
        raise Unreachable("risks.remark", {"dossier": pk})
    return found


@require_GET
def of(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The fragment of the dossier's page: its remarks, and what the rules found."""
    user, today = _person(request), clock.today()
    dossier = _dossier(request, pk)
    rows = queries.of_dossier(user, dossier)
    return render(
        request,
        "risks/_of.html",
        {
            "dossier": dossier,
            "lines": [(row, row.overdue(today)) for row in rows],
            "count": sum(row.state != State.LIFTED for row in rows),
            "proposed": [_proposed(user, row) for row in queries.proposals_of(user, dossier)],
            "writes": may_write(user, dossier.unit_id),
        },
    )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Raise a remark; `?contract=` and `?proposal=` fill the form in."""
    user = _person(request)
    dossier = _dossier(request, pk)
    require(may_write(user, dossier.unit_id), _("登记风险备注的"))
    asked = request.POST if request.method == "POST" else request.GET
    proposal = _proposal(user, asked.get("proposal", ""), dossier)
    known: dict[str, Any] = {
        "owners": queries.owners(dossier.unit_id),
        "contracts": contracts_of_file(dossier),
    }
    if request.method == "POST":
        form = RemarkForm(request.POST, **known)

        def act() -> Remark:
            return actions.raise_remark(
                user,
                dossier,
                content=form.content(),
                level=int(form.cleaned_data["level"]),
                next_check_on=form.cleaned_data["next_check_on"],
                at=clock.now(),
                today=clock.today(),
                proposal=proposal,
            )

        made = _try(form, act)
        if made is not None:
            messages.success(request, _("已登记 %(number)s。") % {"number": made.number})
            return redirect("risks:show", pk=made.pk)
    else:
        form = RemarkForm(initial=_begun(user, proposal, asked.get("contract", "")), **known)
    marks.put(user, [dossier])
    return render(
        request,
        "risks/form.html",
        {
            "form": form,
            "dossier": dossier,
            "proposal": proposal,
            "said": sentence(proposal.rule, proposal.figures) if proposal else "",
        },
        status=422 if form.errors else 200,
    )


def _proposal(user: User, given: str, dossier: Dossier) -> Proposal | None:
    try:
        found = queries.one_proposal(user, UUID(given)) if given else None
    except ValueError:
        return None
    if found is not None and found.dossier_id != dossier.pk:
        raise Unreachable("risks.proposal", {"pk": given})
    return found


def _begun(user: User, proposal: Proposal | None, contract: str) -> dict[str, Any]:
    today = clock.today()
    level = proposal.level if proposal is not None else 1
    begun: dict[str, Any] = {
        "found_on": today,
        "owner": str(user.staff_id or ""),
        "contracts": [contract] if contract else [],
        "level": level,
        "next_check_on": today + timedelta(days=CHECK_DAYS[level]),
    }
    if proposal is None:
        return begun
    return {
        **begun,
        "kind": RULE[proposal.rule].kind,
        "found_on": proposal.found_on,
        "found_how": _("系统规则：%(rule)s") % {"rule": RULE[proposal.rule].label},
        "facts": sentence(proposal.rule, proposal.figures),
        "contracts": [str(proposal.contract_id)] if proposal.contract_id else [],
    }


def _try(form: forms.Form, act: Callable[[], Made]) -> Made | None:
    """What the act made, or None with the reason on the form."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Refused as why:
        form.add_error(None, str(why))
        return None


# One remark --------------------------------------------------------------------------------------


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of a remark: what it says, its checks, its history, its papers."""
    user, today = _person(request), clock.today()
    remark = queries.one(user, pk)
    audit.record(user, "risk.read", remark, dossier_id=remark.dossier_id)
    standing = remark.state != State.LIFTED
    writes = standing and may_write(user, remark.unit_id)
    asked = remark.lift_asked_by_id is not None
    mine = asked and remark.lift_asked_by_id == user.staff_id
    return render(
        request,
        "risks/show.html",
        {
            "remark": remark,
            "dossier": remark.dossier,
            "overdue": remark.overdue(today),
            "clause_says": CLAUSE_SAYS[Kind(remark.kind)],
            "contracts": queries.contracts_of(remark),
            "evidence": _evidence(user, remark),
            "reviews": queries.reviews_of(remark),
            "corrections": [(row, _changes(row)) for row in queries.corrections_of(remark)],
            "accept": ACCEPT,
            "writes": writes,
            "lifts": writes and not asked,
            "asked": asked and standing,
            "decides": standing and asked and not mine and may_consent(user, remark.unit_id),
            "publishes": standing and may_publish(user) and remark.state != State.PENDING,
        },
    )


def _changes(row: Any) -> list[tuple[str, str, str]]:
    """Label, what it was, what it is, of each corrected part."""
    words = dict(Kind.choices)
    return [
        (
            str(LABELS[code]),
            str(words.get(was, was) if code == "kind" else was or "—"),
            str(words.get(now, now) if code == "kind" else now or "—"),
        )
        for code, was in row.before.items()
        for now in [row.after.get(code)]
        if code in LABELS
    ]


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """复核: what was found, the level and state from now on, the next day."""
    user = _person(request)
    remark = queries.one(user, pk)
    require(may_write(user, remark.unit_id), _("登记风险备注的"))
    if request.method == "POST":
        form = CheckForm(request.POST)
        done = _try(
            form,
            lambda: actions.check_remark(
                user,
                remark,
                found=form.cleaned_data["found"],
                level=int(form.cleaned_data["level"]),
                state=form.cleaned_data["state"],
                verified_by=form.cleaned_data["verified_by"],
                next_check_on=form.cleaned_data["next_check_on"],
                at=clock.now(),
                today=clock.today(),
            ),
        )
        if done is not None:
            message = _("已复核，下次复核日 %(on)s。")
            messages.success(request, message % {"on": done.next_check_on})
            return redirect("risks:show", pk=remark.pk)
    else:
        form = CheckForm(
            initial={
                "level": remark.level,
                "state": remark.state,
                "verified_by": remark.verified_by,
                "next_check_on": clock.today() + timedelta(days=CHECK_DAYS[remark.level]),
            }
        )
    marks.put(user, [remark.dossier])
    return render(
        request,
        "risks/review.html",
        {"form": form, "remark": remark, "dossier": remark.dossier},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """更正: other words with a reason."""
    user = _person(request)
    remark = queries.one(user, pk)
    require(may_write(user, remark.unit_id), _("登记风险备注的"))
    known: dict[str, Any] = {
        "owners": queries.owners(remark.unit_id),
        "contracts": contracts_of_file(remark.dossier),
        "correcting": True,
    }
    if request.method == "POST":
        form = RemarkForm(request.POST, **known)
        done = _try(
            form,
            lambda: actions.correct(
                user,
                remark,
                content=form.content(),
                reason=form.cleaned_data["reason"],
                at=clock.now(),
                today=clock.today(),
            ),
        )
        if done is not None:
            messages.success(request, _("已更正，原来的内容记入更正记录。"))
            return redirect("risks:show", pk=remark.pk)
    else:
        names = (
            "kind", "happened_on", "found_on", "found_how", "facts", "loss_yuan", "verified_by",
            "measures",
        )  # fmt: skip
        initial = {name: getattr(remark, name) for name in names}
        initial["owner"] = str(remark.owner_id)
        initial["contracts"] = [str(row.pk) for row in queries.contracts_of(remark)]
        form = RemarkForm(initial=initial, **known)
    marks.put(user, [remark.dossier])
    return render(
        request,
        "risks/form.html",
        {"form": form, "dossier": remark.dossier, "remark": remark},
        status=422 if form.errors else 200,
    )


def _evidence(user: User, remark: Remark) -> list[Evidence]:
    """Its documents; secret ones by their kind where their papers are not for the person."""
    rows = queries.evidence_of(remark)
    for row in rows:
        row.document.dossier = remark.dossier
    papers = tells_papers(user, remark.dossier, clock.now())
    veil(user, [row.document for row in rows], papers=papers)
    return rows


@require_POST
def evidence(request: HttpRequest, pk: UUID) -> HttpResponse:
    """证据: a file, stored as a core secret of the dossier."""
    user = _person(request)
    remark = queries.one(user, pk)
    sent = request.FILES.get("file")
    if sent is None or sent.file is None:
        require(may_write(user, remark.unit_id), _("登记风险备注的"))
        messages.error(request, _("请选择要上传的证据文件。"))
        return redirect("risks:show", pk=pk)
    file, name = cast("BinaryIO", sent.file), sent.name or ""

    def act() -> None:
        document = actions.add_evidence(
            user, remark, file=file, name=name, title=request.POST.get("title", ""), at=clock.now()
        )
        if document.text_state == TextState.WAITING:
            jobs.read.defer(document_id=str(document.pk))

    _say(request, act, _("证据已存入档案资料。"))
    return redirect("risks:show", pk=pk)


@require_POST
def ask_lift(request: HttpRequest, pk: UUID) -> HttpResponse:
    """申请解除, with a reason."""
    user = _person(request)
    remark = queries.one(user, pk)
    reason = request.POST.get("reason", "")
    _say(
        request,
        lambda: actions.ask_lift(user, remark, reason=reason, at=clock.now()),
        _("已申请解除，等审核员或单位管理员批准。"),
    )
    return redirect("risks:show", pk=pk)


@require_POST
def decide_lift(request: HttpRequest, pk: UUID) -> HttpResponse:
    """同意或不同意解除."""
    user = _person(request)
    remark = queries.one(user, pk)
    consent = request.POST.get("consent") == "yes"
    _say(
        request,
        lambda: actions.decide_lift(
            user,
            remark,
            consent=consent,
            note=request.POST.get("note", ""),
            at=clock.now(),
            today=clock.today(),
        ),
        _("已解除。") if consent else _("已退回，备注继续有效。"),
    )
    return redirect("risks:show", pk=pk)


@require_POST
def publish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """集团通报, with a reason."""
    user = _person(request)
    remark = queries.one(user, pk)
    reason = request.POST.get("reason", "")
    _say(
        request,
        lambda: actions.publish(user, remark, reason=reason, at=clock.now()),
        _("已作集团通报：各单位签约前核查可见等级和类别。"),
    )
    return redirect("risks:show", pk=pk)


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """撤回集团通报."""
    user = _person(request)
    remark = queries.one(user, pk)
    _say(request, lambda: actions.withdraw(user, remark), _("已撤回集团通报。"))
    return redirect("risks:show", pk=pk)


def _say(request: HttpRequest, act: Callable[[], Any], done: str) -> None:
    """Act, and tell at the top of the next page what came of it."""
    try:
        act()
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, done)


# Before signing, and the rules -------------------------------------------------------------------


@require_GET
def before_signing(request: HttpRequest) -> HttpResponse:
    """签约前核查: a code gives level and kinds, a name the files found to choose from."""
    user = _person(request)
    require(may_check(user), _("签约前核查的"))
    words = " ".join(request.GET.get("q", "").split())[:60]
    answer, problem, files = None, "", []
    if words:
        try:
            answer = actions.check_before_signing(user, read(words))
        except BadCreditCode as why:
            if any(character.isascii() and character.isdigit() for character in words):
                problem = _("统一社会信用代码%(why)s") % {"why": why}
            elif len(words) < MINIMUM_QUERY:
                problem = _("名称至少写两个字。")
            else:
                files = best(user, words, OFFERED)
                audit.searched(user, "risks.remark", words, hits=len(files))
    return render(
        request,
        "risks/check.html",
        {
            "q": words,
            "answer": answer,
            "problem": problem,
            "files": files,
            "at": clock.now(),
            "looks": may_look(user),
            "tab": "check",
            "publishes": may_publish(user),
        },
        status=422 if problem else 200,
    )


@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """风险规则: what each looks for, its clause, its parameter; headquarters sets another."""
    user, today = _person(request), clock.today()
    require(may_look(user), _("查阅风险规则"))
    form = RuleForm(initial={"effective_on": today})
    if request.method == "POST":
        require(may_publish(user), _("设定风险规则的"))
        form = RuleForm(request.POST)
        made = _try(
            form,
            lambda: actions.set_rule(
                user,
                form.cleaned_data["rule"],
                number=form.cleaned_data["number"],
                effective_on=form.cleaned_data["effective_on"],
                reason=form.cleaned_data["reason"],
                at=clock.now(),
                today=today,
            ),
        )
        if made is not None:
            messages.success(request, _("已设定，自 %(on)s 起执行。") % {"on": made.effective_on})
            return redirect("risks:rules")
    held = queries.settings_on(today)
    return render(
        request,
        "risks/rules.html",
        {
            "lines": [(rule, held.get(rule.code)) for rule in RULES],
            "history": [(row, RULE[row.rule].label) for row in queries.history()],
            "form": form,
            "publishes": may_publish(user),
            "tab": "rules",
        },
        status=422 if form.errors else 200,
    )
