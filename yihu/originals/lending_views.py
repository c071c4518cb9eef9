"""Asking for originals, deciding, handing out and taking back (§6.3.3)."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.dossiers.problems import Unfit
from yihu.kit import clock
from yihu.originals import lending, queries
from yihu.originals.door import done, listed, person
from yihu.originals.filters import LoanFilter
from yihu.originals.models import Loan
from yihu.originals.policy import may_see


@require_GET
def loans(request: HttpRequest) -> HttpResponse:
    """借阅: those that are not over, the soonest due first; overdue ones stand out."""
    user = person(request)
    require(may_see(user), _("查阅原件借阅的"))
    chosen = LoanFilter(request.GET)
    return listed(
        request,
        chosen,
        lambda: queries.loans(user, chosen.cleaned_data, clock.today()),
        template="originals/loans.html",
        fragment="originals/_loans.html",
        today=clock.today(),
        mine=user.staff_id,
        tab="loans",
    )


@require_POST
def borrow(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for an original."""
    user = person(request)
    original = queries.one(user, pk)
    post = request.POST

    def act() -> None:
        lending.ask(
            user,
            original,
            purpose=post.get("purpose", ""),
            due_on=_day(post.get("due_on", "")),
            at=clock.now(),
            today=clock.today(),
            outsider=post.get("outsider", ""),
            outsider_of=post.get("outsider_of", ""),
            wait=post.get("wait") == "1",
        )

    done(request, act, _("已提出借阅申请，等单位管理员审批。"))
    return redirect("originals:show", pk=pk)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unfit(_("请填写应还日期，例如 2026-12-01。")) from None


def _approve(by: User, loan: Loan, post: QueryDict) -> None:
    lending.decide(
        by, loan, approve=True, note=post.get("note", ""), at=clock.now(), today=clock.today()
    )


def _refuse(by: User, loan: Loan, post: QueryDict) -> None:
    lending.decide(
        by, loan, approve=False, note=post.get("note", ""), at=clock.now(), today=clock.today()
    )


def _renew(by: User, loan: Loan, post: QueryDict) -> None:
    lending.renew(by, loan, due_on=_day(post.get("due_on", "")), today=clock.today())


def _take_back(by: User, loan: Loan, post: QueryDict) -> None:
    lending.take_back(
        by, loan, condition=post.get("condition", ""), note=post.get("note", ""), at=clock.now()
    )


Act = Callable[[User, Loan, QueryDict], object]
ACTS: dict[str, Act] = {
    "approve": _approve,
    "refuse": _refuse,
    "withdraw": lambda by, loan, post: lending.withdraw(by, loan, at=clock.now()),
    "hand-out": lambda by, loan, post: lending.hand_out(by, loan, at=clock.now()),
    "receive": lambda by, loan, post: lending.receive(by, loan, at=clock.now()),
    "renew": _renew,
    "remind": lambda by, loan, post: lending.remind(by, loan, at=clock.now()),
    "take-back": _take_back,
}


@require_POST
def act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """One step of a loan."""
    user = person(request)
    loan = queries.one_loan(user, pk)
    if act not in ACTS:
        raise Http404
    done(request, lambda: ACTS[act](user, loan, request.POST), _("已办理。"))
    return redirect("originals:show", pk=loan.original_id)
