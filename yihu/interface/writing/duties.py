"""任务豁免, 休眠 and 关闭: asked for by the unit, decided by headquarters (§6.1.2, 6.2.1)."""

from django.utils.translation import gettext_lazy as _

from yihu.access.tokens.rules import Use
from yihu.duties import closing, queries, waiving
from yihu.duties.choices import Verdict
from yihu.duties.forms import ClosureForm, ReopenForm, WaiverForm
from yihu.interface import parts
from yihu.interface.parts import Part
from yihu.interface.writing.bodies import Body
from yihu.interface.writing.deeds import Call, Deed, Made
from yihu.interface.writing.forms import Note
from yihu.interface.writing.things import Thing, plain

DUTY = Thing("", queries.one_duty)
WAIVER = Thing(
    "readWaiver",
    queries.one_waiver,
    {
        "id": Part(parts.KEY, lambda row: str(row.pk)),
        "duty": Part(parts.KEY, lambda row: str(row.duty_id)),
        "dossier": Part(parts.KEY, lambda row: str(row.dossier_id)),
        "verdict": Part({"enum": Verdict.values}, lambda row: str(row.verdict)),
        **plain(parts.TEXT, "reason", "note"),
    },
    path="waivers/<uuid:pk>",
    summary=_("一项豁免申请（§6.2.1）"),
)


FILE = Thing("", queries.one_file)
CLOSURE = Thing(
    "readClosure",
    queries.one_closure,
    {
        "id": Part(parts.KEY, lambda row: str(row.pk)),
        "dossier": Part(parts.KEY, lambda row: str(row.dossier_id)),
        "verdict": Part({"enum": Verdict.values}, lambda row: str(row.verdict)),
        **plain(parts.TEXT, "state", "ground", "reason", "note", "ended_why"),
        **plain(parts.DAY, "since"),
        "until": Part(parts.DAY, lambda row: str(row.until) if row.ended_at else None),
    },
    path="closures/<uuid:pk>",
    summary=_("一项休眠或关闭申请（§6.1.2）"),
)


def _ask(call: Call) -> Made:
    return Made(waiving.ask(call.user, call.row, reason=call.data["reason"], at=call.at).pk)


def _consent(call: Call) -> Made:
    waiving.consent(call.user, call.row, note=call.data["note"], at=call.at, today=call.today)
    return Made(call.row.pk)


def _refuse(call: Call) -> Made:
    waiving.refuse(call.user, call.row, note=call.data["note"], at=call.at)
    return Made(call.row.pk)


def _withdraw(call: Call) -> Made:
    waiving.withdraw(call.user, call.row, at=call.at)
    return Made(call.row.pk)


def _ask_rest(call: Call) -> Made:
    made = closing.ask(call.user, call.row, **call.data, at=call.at, today=call.today)
    return Made(made.pk)


def _consent_rest(call: Call) -> Made:
    closing.consent(call.user, call.row, note=call.data["note"], at=call.at, today=call.today)
    return Made(call.row.pk)


def _refuse_rest(call: Call) -> Made:
    closing.refuse(call.user, call.row, note=call.data["note"], at=call.at)
    return Made(call.row.pk)


def _withdraw_rest(call: Call) -> Made:
    closing.withdraw(call.user, call.row, at=call.at)
    return Made(call.row.pk)


def _reopen(call: Call) -> Made:
    closing.reopen(call.user, call.row, reason=call.data["reason"], at=call.at, today=call.today)
    return Made(call.row.pk)


USE, ONE, REST = Use.WAIVERS, "waivers/<uuid:pk>", "closures/<uuid:pk>"
DEEDS = [
    Deed("askWaiver", "duties/<uuid:pk>/waive", USE, _("申请豁免一项任务"), DUTY, _ask,
         Body(WaiverForm), WAIVER),
    Deed("consentWaiver", f"{ONE}/consent", USE, _("同意豁免"), WAIVER, _consent, Body(Note)),
    Deed("refuseWaiver", f"{ONE}/refuse", USE, _("不同意豁免"), WAIVER, _refuse, Body(Note)),
    Deed("withdrawWaiver", f"{ONE}/withdraw", USE, _("撤回豁免申请"), WAIVER, _withdraw),
    Deed("askClosure", "dossiers/<uuid:pk>/closure", USE, _("申请档案休眠或关闭"), FILE, _ask_rest,
         Body(ClosureForm), CLOSURE),
    Deed("consentClosure", f"{REST}/consent", USE, _("同意休眠或关闭"), CLOSURE, _consent_rest,
         Body(Note)),
    Deed("refuseClosure", f"{REST}/refuse", USE, _("不同意休眠或关闭"), CLOSURE, _refuse_rest,
         Body(Note)),
    Deed("withdrawClosure", f"{REST}/withdraw", USE, _("撤回休眠或关闭申请"), CLOSURE,
         _withdraw_rest),
    Deed("reopenDossier", "dossiers/<uuid:pk>/reopen", USE, _("恢复档案在用"), FILE, _reopen,
         Body(ReopenForm)),
]  # fmt: skip
