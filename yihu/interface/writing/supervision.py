"""监督考核: findings answered and verified, objections made and decided (§4.3b, 6.4.2)."""

from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.tokens.rules import Use
from yihu.assessment import actions as assessment
from yihu.assessment import queries as assessed
from yihu.assessment.choices import Verdict
from yihu.assessment.models import Line, Objection
from yihu.assessment.policy import may_read
from yihu.inspections import queries, rectifying
from yihu.inspections.choices import FindingState, Judgement, Root
from yihu.inspections.takeouts import number_of
from yihu.interface import parts
from yihu.interface.parts import Part
from yihu.interface.writing.bodies import Body
from yihu.interface.writing.deeds import Call, Deed, Made
from yihu.interface.writing.forms import Reason, day, words
from yihu.interface.writing.things import Thing, plain

FINDING = Thing(
    "readFinding",
    queries.one_finding,
    {
        "id": Part(parts.KEY, lambda row: str(row.pk)),
        "number": Part(parts.TEXT, number_of),
        "dossier": Part(parts.KEY, lambda row: str(row.dossier_id)),
        "state": Part({"enum": FindingState.values}, lambda row: str(row.state)),
        "severity": Part(parts.COUNT, lambda row: int(row.severity)),
        **plain(parts.TEXT, "clause", "cause", "place_label", "text", "evidence", "withdrawn_why"),
        **plain(parts.MAYBE_DAY, "due_on"),
        "replies": Part(
            {"type": "array", "items": {"type": "object"}},
            lambda row: [
                {"id": str(one.pk), "text": one.text, "root": str(one.root),
                 "judgement": str(one.judgement), "note": one.note}
                for one in queries.replies_of(row)
            ],
        ),
    },
    path="findings/<uuid:pk>",
    summary=_("一个检查问题（§6.4.2）"),
    verb="finding.read",
    counted=True,
)  # fmt: skip


def _line(user: User, pk: UUID) -> Line:
    require(may_read(user), gettext("查阅单位考核的"))
    return assessed.one_line(user, pk)


def _objection(user: User, pk: UUID) -> Objection:
    require(may_read(user), gettext("查阅单位考核的"))
    return assessed.one_objection(user, pk)


LINE = Thing("", _line)
OBJECTION = Thing(
    "readObjection",
    _objection,
    {
        "id": Part(parts.KEY, lambda row: str(row.pk)),
        "line": Part(parts.KEY, lambda row: str(row.line_id)),
        "verdict": Part({"enum": Verdict.values}, lambda row: str(row.verdict)),
        **plain(parts.TEXT, "text", "reason"),
        **plain(parts.FIGURE, "by_how_much"),
    },
    path="objections/<uuid:pk>",
    summary=_("一项考核申诉（§6.4.2）"),
)


class Reply(forms.Form):
    """How it was put right, and why it came to it."""

    text = words(_("整改情况"))
    root = forms.ChoiceField(label=_("问题的原因"), choices=Root.choices)
    file = forms.FileField(label=_("证据"), required=False, allow_empty_file=True)


class Judged(forms.Form):
    """Closed, or sent back with a reason and a day."""

    judgement = forms.ChoiceField(
        label=_("结论"), choices=[pair for pair in Judgement.choices if pair[0]]
    )
    note = words(_("意见；退回时写明理由"), 500, needed=False)
    due_on = day(_("退回后的整改期限"))


class Words(forms.Form):
    """What the unit says."""

    words = words(_("申诉理由"))


class Ruling(forms.Form):
    """裁定."""

    granted = forms.BooleanField(label=_("申诉成立"), required=False)
    reason = words(_("裁定理由"), 300)
    by_how_much = forms.DecimalField(
        label=_("调整多少"), required=False, max_digits=9, decimal_places=2
    )


def _reply(call: Call) -> Made:
    data = call.data
    sent = data["file"]
    rectifying.reply(
        call.user, call.row, text=data["text"], root=data["root"],
        files=[(sent.file, sent.name or "")] if sent else [], at=call.at,
    )  # fmt: skip
    return Made(call.row.pk)


def _verify(call: Call) -> Made:
    data = call.data
    rectifying.verify(
        call.user, call.row, judgement=data["judgement"], note=data["note"],
        due_on=data["due_on"], at=call.at, today=call.today,
    )  # fmt: skip
    return Made(call.row.pk)


def _withdraw_finding(call: Call) -> Made:
    rectifying.withdraw(call.user, call.row, reason=call.data["reason"])
    return Made(call.row.pk)


def _object(call: Call) -> Made:
    made = assessment.object_to(
        call.user, call.row, words=call.data["words"], at=call.at, today=call.today
    )
    return Made(made.pk)


def _withdraw(call: Call) -> Made:
    assessment.withdraw(call.user, call.row)
    return Made(call.row.pk)


def _decide(call: Call) -> Made:
    data = call.data
    assessment.decide(
        call.user, call.row, grant=data["granted"], reason=data["reason"],
        by_how_much=data["by_how_much"], at=call.at,
    )  # fmt: skip
    return Made(call.row.pk)


USE = Use.SUPERVISION
FOUND, OBJECTED = "findings/<uuid:pk>", "objections/<uuid:pk>"
DEEDS = [
    Deed("replyFinding", f"{FOUND}/reply", USE, _("回复整改"), FINDING, _reply, Body(Reply),
         once=True),
    Deed("verifyFinding", f"{FOUND}/verify", USE, _("复核整改，销号或退回"), FINDING, _verify,
         Body(Judged), tag=True),
    Deed("withdrawFinding", f"{FOUND}/withdraw", USE, _("撤销问题"), FINDING, _withdraw_finding,
         Body(Reason)),
    Deed("objectToLine", "assessment-lines/<uuid:pk>/objections", USE, _("对考核申诉"), LINE,
         _object, Body(Words), OBJECTION, once=True),
    Deed("withdrawObjection", f"{OBJECTED}/withdraw", USE, _("撤回申诉"), OBJECTION, _withdraw),
    Deed("decideObjection", f"{OBJECTED}/decide", USE, _("裁定申诉"), OBJECTION, _decide,
         Body(Ruling), tag=True),
]  # fmt: skip
