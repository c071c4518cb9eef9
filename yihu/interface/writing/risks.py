"""风险备注: raised, checked, corrected, lifted by two, told to the group (§6.2.2)."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import Unreachable, reach
from yihu.access.tokens.rules import Use
from yihu.contracts.queries import contracts_of
from yihu.dossiers.models import Dossier
from yihu.interface import parts
from yihu.interface.parts import Part
from yihu.interface.writing.bodies import Body, Given
from yihu.interface.writing.deeds import Call, Deed, Made
from yihu.interface.writing.forms import Reason, words
from yihu.interface.writing.things import Thing, plain
from yihu.risks import actions, queries
from yihu.risks.choices import Kind, Level, State
from yihu.risks.forms import CheckForm, RemarkForm, RuleForm
from yihu.risks.models import Remark
from yihu.risks.policy import knows, may_publish, may_write


def _file(user: User, pk: UUID) -> Dossier:
    """A file of whose risks the person may know. Raises: Unreachable, as for none; Denied."""
    found: Dossier = reach(Dossier.objects.select_related("unit"), user, pk=pk)
    if not knows(user, found.unit_id, found.region_code):
        raise Unreachable("risks.remark", {"dossier": pk})
    require(may_write(user, found.unit_id), gettext("登记风险备注的"))
    return found


REMARK = Thing(
    "readRisk",
    queries.one,
    {
        "id": Part(parts.KEY, lambda row: str(row.pk)),
        "dossier": Part(parts.KEY, lambda row: str(row.dossier_id)),
        "kind": Part({"enum": Kind.values}, lambda row: str(row.kind)),
        "level": Part({"enum": Level.values}, lambda row: int(row.level)),
        "state": Part({"enum": State.values}, lambda row: str(row.state)),
        "owner": Part(parts.KEY, lambda row: str(row.owner_id)),
        **plain(parts.TEXT, "number", "found_how", "facts", "verified_by", "measures",
                "lift_reason", "published_reason"),
        **plain(parts.DAY, "found_on"),
        **plain(parts.MAYBE_DAY, "happened_on", "next_check_on"),
        **plain(parts.FIGURE, "loss_yuan"),
        "lift_asked": Part(parts.TRUTH, lambda row: row.lift_asked_by_id is not None),
        "published": Part(parts.TRUTH, lambda row: row.published_at is not None),
        "contracts": Part(
            {"type": "array", "items": parts.KEY},
            lambda row: [str(one.pk) for one in queries.contracts_of(row)],
        ),
    },
    path="risks/<uuid:pk>",
    summary=_("一条风险备注（§6.2.2）"),
    verb="risk.read",
)  # fmt: skip
PROPOSAL = Thing("", queries.one_proposal)


class Sent(RemarkForm):
    """The page's form, with the proposal that the page was opened from."""

    proposal = forms.UUIDField(label=_("所依据的风险提示"), required=False)


class Consent(forms.Form):
    """同意或不同意解除."""

    consent = forms.BooleanField(label=_("同意解除"), required=False)
    note = words(_("意见"), 500, needed=False)


def _known(of: Dossier) -> dict[str, Any]:
    return {"owners": queries.owners(of.unit_id), "contracts": contracts_of(of)}


def _new(_form: type[forms.Form], given: Given, _user: User, row: Dossier) -> forms.Form:
    return Sent(given.data, **_known(row))


def _again(_form: type[forms.Form], given: Given, _user: User, row: Remark) -> forms.Form:
    return RemarkForm(given.data, **_known(row.dossier), correcting=True)


def _raise(call: Call) -> Made:
    key = call.data["proposal"]
    proposal = queries.one_proposal(call.user, key) if key else None
    if proposal is not None and proposal.dossier_id != call.row.pk:
        raise Unreachable("risks.proposal", {"pk": key})
    made = actions.raise_remark(
        call.user, call.row, content=call.form.content(), level=int(call.data["level"]),
        next_check_on=call.data["next_check_on"], at=call.at, today=call.today, proposal=proposal,
    )  # fmt: skip
    return Made(made.pk)


def _check(call: Call) -> Made:
    data = call.data
    on: date = data["next_check_on"]
    actions.check_remark(
        call.user, call.row, found=data["found"], level=int(data["level"]), state=data["state"],
        verified_by=data["verified_by"], next_check_on=on, at=call.at, today=call.today,
    )  # fmt: skip
    return Made(call.row.pk)


def _correct(call: Call) -> Made:
    actions.correct(
        call.user, call.row, content=call.form.content(), reason=call.data["reason"], at=call.at,
        today=call.today,
    )  # fmt: skip
    return Made(call.row.pk)


def _ask_lift(call: Call) -> Made:
    actions.ask_lift(call.user, call.row, reason=call.data["reason"], at=call.at)
    return Made(call.row.pk)


def _decide_lift(call: Call) -> Made:
    actions.decide_lift(
        call.user, call.row, consent=call.data["consent"], note=call.data["note"], at=call.at,
        today=call.today,
    )  # fmt: skip
    return Made(call.row.pk)


def _publish(call: Call) -> Made:
    actions.publish(call.user, call.row, reason=call.data["reason"], at=call.at)
    return Made(call.row.pk)


def _withdraw(call: Call) -> Made:
    actions.withdraw(call.user, call.row)
    return Made(call.row.pk)


def _dismiss(call: Call) -> Made:
    actions.dismiss(call.user, call.row, reason=call.data["reason"], at=call.at)
    return Made(call.row.pk)


def _rule(call: Call) -> Made:
    require(may_publish(call.user), gettext("设定风险规则的"))
    made = actions.set_rule(
        call.user, call.data["rule"], number=call.data["number"],
        effective_on=call.data["effective_on"], reason=call.data["reason"], at=call.at,
        today=call.today,
    )  # fmt: skip
    return Made(made.pk)


USE, ONE = Use.RISKS, "risks/<uuid:pk>"
DEEDS = [
    Deed("raiseRisk", "dossiers/<uuid:pk>/risks", USE, _("登记风险备注"), Thing("", _file), _raise,
         Body(Sent), REMARK, _new, once=True),
    Deed("checkRisk", f"{ONE}/check", USE, _("复核风险备注"), REMARK, _check, Body(CheckForm),
         tag=True),
    Deed("correctRisk", f"{ONE}/correct", USE, _("更正风险备注"), REMARK, _correct,
         Body(RemarkForm, but=("level", "next_check_on"),
              more={"reason": words(_("更正原因"), 200)}), form=_again, tag=True),
    Deed("askToLiftRisk", f"{ONE}/lift", USE, _("申请解除风险备注"), REMARK, _ask_lift,
         Body(Reason)),
    Deed("decideLift", f"{ONE}/lift/decide", USE, _("批准或退回解除"), REMARK, _decide_lift,
         Body(Consent)),
    Deed("publishRisk", f"{ONE}/publish", USE, _("作集团通报"), REMARK, _publish, Body(Reason)),
    Deed("withdrawRisk", f"{ONE}/withdraw", USE, _("撤回集团通报"), REMARK, _withdraw),
    Deed("dismissProposal", "proposals/<uuid:pk>/dismiss", USE, _("风险提示不予登记"), PROPOSAL,
         _dismiss, Body(Reason)),
    Deed("setRiskRule", "risk-rules", USE, _("设定风险规则的参数"), None, _rule, Body(RuleForm),
         once=True),
]  # fmt: skip
