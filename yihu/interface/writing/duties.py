"""任务豁免: asked for by the unit, decided by headquarters (§6.2.1)."""

from django.utils.translation import gettext_lazy as _

from yihu.access.tokens.rules import Use
from yihu.duties import queries, waiving
from yihu.duties.choices import Verdict
from yihu.duties.forms import WaiverForm
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


USE, ONE = Use.WAIVERS, "waivers/<uuid:pk>"
DEEDS = [
    Deed("askWaiver", "duties/<uuid:pk>/waive", USE, _("申请豁免一项任务"), DUTY, _ask,
         Body(WaiverForm), WAIVER),
    Deed("consentWaiver", f"{ONE}/consent", USE, _("同意豁免"), WAIVER, _consent, Body(Note)),
    Deed("refuseWaiver", f"{ONE}/refuse", USE, _("不同意豁免"), WAIVER, _refuse, Body(Note)),
    Deed("withdrawWaiver", f"{ONE}/withdraw", USE, _("撤回豁免申请"), WAIVER, _withdraw),
]  # fmt: skip
