"""单位管理: gaps put aside, marks, seals, what headquarters offered, suggestions, loans."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach
from yihu.access.tokens.rules import Use
from yihu.care import actions as care
from yihu.care import queries as suggested
from yihu.contracts import strays
from yihu.desk.gaps import queries as gaps
from yihu.disclosure import actions as disclosure
from yihu.disclosure.forms import LONG, MarkForm
from yihu.disclosure.models import Marking, Seal
from yihu.disclosure.policy import may_mark
from yihu.dossiers.models import Dossier
from yihu.dossiers.policy import may_fill
from yihu.dossiers.rules import Secrecy, later_by
from yihu.identity import actions as identity
from yihu.identity import queries as offered
from yihu.interface import parts
from yihu.interface.writing.bodies import Body
from yihu.interface.writing.deeds import Call, Deed, Made
from yihu.interface.writing.forms import Reason, day, words
from yihu.interface.writing.things import Thing
from yihu.originals import lending
from yihu.originals import queries as originals
from yihu.regulations import actions as regulations
from yihu.regulations import queries as library


def _file(user: User, pk: UUID) -> Dossier:
    found: Dossier = reach(Dossier.objects.select_related("unit"), user, pk=pk)
    require(may_mark(user, found.unit_id), gettext("确定档案密级的"))
    return found


def _marking(user: User, pk: UUID) -> Marking:
    found: Marking = reach(Marking.objects.all(), user, pk=pk)
    return found


def _seal(user: User, pk: UUID) -> Seal:
    found: Seal = reach(Seal.objects.all(), user, pk=pk)
    return found


def _offer(user: User, pk: UUID) -> Any:
    row = offered.offer(user, pk)
    require(may_fill(user, row.dossier), gettext("填报客户档案的"))
    return row


class Agreement(forms.Form):
    """同意 or not."""

    agrees = forms.BooleanField(label=_("同意"), required=False)


class Basis(forms.Form):
    """On what basis."""

    basis = words(_("依据"), 300)


class Borrow(forms.Form):
    """Asked for: an original, until a day."""

    purpose = words(_("用途"), 200)
    due_on = day(_("应还日期"), needed=True)
    outsider = words(_("外部借阅人"), 60, needed=False)
    outsider_of = words(_("外部单位"), 100, needed=False)
    wait = forms.BooleanField(label=_("已借出时排队等候"), required=False)


def _because(act: Callable[..., Any], call: Call) -> Made:
    act(call.user, call.row, reason=call.data["reason"], at=call.at)
    return Made(call.row.pk)


def _plainly(act: Callable[..., Any], call: Call) -> Made:
    act(call.user, call.row, at=call.at)
    return Made(call.row.pk)


def _aside(call: Call) -> Made:
    strays.put_aside(call.user, call.row, why=call.data["reason"], at=call.at)
    return Made(call.row.pk)


def _mark(call: Call) -> Made:
    data = call.data
    period = data["period"]
    until: date | None = None if period == LONG else later_by(call.row.opened_on, int(period))
    made = disclosure.set_mark(
        call.user, call.row, secrecy=Secrecy(data["secrecy"]), until=until, circle=data["circle"],
        reason=data["reason"], at=call.at,
    )  # fmt: skip
    return Made(made.pk, {"state": str(made.state)})


def _decide_mark(call: Call) -> Made:
    disclosure.decide_mark(call.user, call.row, agrees=call.data["agrees"], at=call.at)
    return Made(call.row.pk)


def _take(call: Call) -> Made:
    identity.take_over(call.user, call.row, at=call.at, today=call.today)
    return Made(call.row.pk)


def _check(call: Call) -> Made:
    regulations.check_unchanged(call.user, call.row, basis=call.data["basis"], at=call.at)
    return Made(call.row.pk)


def _borrow(call: Call) -> Made:
    made = lending.ask(call.user, call.row, at=call.at, today=call.today, **call.data)
    return Made(made.pk)


OFFER = Thing("", _offer)
SUGGESTION, LOAN = Thing("", suggested.one_suggestion), Thing("", originals.one_loan)
DEEDS = [
    Deed("putAsideGap", "strays/<uuid:pk>/aside", Use.STEWARD, _("搁置查无编号的一行"),
         Thing("", gaps.one_stray), _aside, Body(Reason)),
    Deed("setMark", "dossiers/<uuid:pk>/mark", Use.STEWARD, _("定密：密级、期限、知悉范围"),
         Thing("", _file), _mark, Body(MarkForm), once=True, more={"state": parts.TEXT},
         says=_("降低密级或缩短期限只是提出，由第二人同意后生效（§5.5）。")),
    Deed("decideMark", "markings/<uuid:pk>/decide", Use.STEWARD, _("同意或不同意降密"),
         Thing("", _marking), _decide_mark, Body(Agreement)),
    Deed("askUnseal", "seals/<uuid:pk>/lift", Use.STEWARD, _("提出解封联系人"), Thing("", _seal),
         partial(_because, disclosure.ask_unseal), Body(Reason)),
    Deed("unseal", "seals/<uuid:pk>/agree", Use.STEWARD, _("同意解封联系人"), Thing("", _seal),
         partial(_plainly, disclosure.unseal)),
    Deed("takeOffer", "offers/<uuid:pk>/take", Use.FILL, _("采用集团核定的值"), OFFER, _take),
    Deed("declineOffer", "offers/<uuid:pk>/decline", Use.FILL, _("不采用集团核定的值"), OFFER,
         partial(_because, identity.decline), Body(Reason)),
    Deed("takeSuggestion", "suggestions/<uuid:pk>/take", Use.VISITS, _("采纳维护建议"), SUGGESTION,
         partial(_plainly, care.take_up)),
    Deed("dismissSuggestion", "suggestions/<uuid:pk>/dismiss", Use.VISITS, _("不采纳维护建议"),
         SUGGESTION, partial(_because, care.dismiss), Body(Reason)),
    Deed("checkRegulation", "regulations/<uuid:pk>/check", Use.STEWARD, _("制度核对无需修订"),
         Thing("", library.one), _check, Body(Basis), once=True),
    Deed("borrowOriginal", "originals/<uuid:pk>/borrow", Use.PAPERS, _("申请借阅原件"),
         Thing("", originals.one), _borrow, Body(Borrow), once=True),
    Deed("withdrawLoan", "loans/<uuid:pk>/withdraw", Use.PAPERS, _("撤回借阅申请"), LOAN,
         partial(_plainly, lending.withdraw)),
]  # fmt: skip
