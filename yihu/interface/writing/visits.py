"""访谈: visits planned, held, written up, corrected; what came of them (§6.2.1d)."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yihu.access.lens import lens_of
from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import Unreachable, reach
from yihu.access.tokens.rules import Use
from yihu.dossiers.models import Dossier
from yihu.interface import parts
from yihu.interface.parts import Part
from yihu.interface.writing.bodies import Body, Given
from yihu.interface.writing.deeds import Call, Deed, Made
from yihu.interface.writing.forms import Reason, Text, day, words
from yihu.interface.writing.papers import read_later
from yihu.interface.writing.things import Seen, Thing, plain
from yihu.org.models import Staff
from yihu.visits import actions, following, queries
from yihu.visits.actions import Promise, Wish
from yihu.visits.choices import FollowupState, NeedKind, NeedState, Priority, Side, State
from yihu.visits.forms import (
    CORRECT,
    ONLY_WRITTEN,
    PLAN,
    WRITE,
    GuestForm,
    PromiseForm,
    Rows,
    VisitForm,
    WishForm,
)
from yihu.visits.models import Visit
from yihu.visits.policy import may_write, reads_minutes, reads_people

PEOPLE = {"type": "array", "items": {"type": "object"}}
REASON = words(_("更正原因"), 200)


def _file(user: User, pk: UUID) -> Dossier:
    found: Dossier = reach(Dossier.objects.select_related("unit"), user, pk=pk)
    require(may_write(user, found.unit_id), gettext("登记客户访谈的"))
    return found


def _open(find: Callable[[User, UUID], Any]) -> Callable[[User, UUID], Any]:
    """What came of a visit, where its minutes are open to the person. Raises: Unreachable."""

    def found(user: User, pk: UUID) -> Any:
        row = find(user, pk)
        if not reads_minutes(lens_of(user, row.unit_id, row.dossier.region_code)):
            raise Unreachable(row._meta.label_lower, {"pk": pk})
        return row

    return found


def _shown(user: User, visit: Visit, _today: date, _at: datetime) -> Seen:
    people = reads_people(lens_of(user, visit.unit_id, visit.dossier.region_code))
    return Seen(visit, () if people else ("ours", "theirs"))


FILE = Thing("", _file)
VISIT = Thing(
    "readVisit",
    _open(queries.one),
    {
        "id": Part(parts.KEY, lambda row: str(row.pk)),
        "dossier": Part(parts.KEY, lambda row: str(row.dossier_id)),
        "state": Part({"enum": State.values}, lambda row: str(row.state)),
        **plain(parts.TEXT, "number", "kind", "level", "place", "purpose", "summary",
                "conclusions", "market_intel", "competitor_intel", "risk_note"),
        **plain(parts.MAYBE_DAY, "planned_on", "held_on"),
        "moment": Part(parts.MAYBE, lambda row: f"{row.moment:%H:%M}" if row.moment else None),
        **plain(parts.COUNT, "minutes", "revision"),
        **plain(parts.TRUTH, "risk_signal"),
        "lead": Part(parts.KEY, lambda row: str(row.lead_id)),
        "topics": Part({"type": "array", "items": parts.TEXT}, lambda row: list(row.topics)),
        "ours": Part(
            {"type": "array", "items": parts.KEY},
            lambda row: [str(one.staff_id) for one in queries.sides_of(row)["ours"]],
        ),
        "theirs": Part(
            PEOPLE,
            lambda row: [
                {"name": one.name, "post": one.post} for one in queries.sides_of(row)["theirs"]
            ],
        ),
    },
    path="visits/<uuid:pk>",
    summary=_("一次访谈（§6.2.1d）"),
    verb="visit.read",
    show=_shown,
)  # fmt: skip
FOLLOWUP = Thing(
    "readFollowup",
    _open(queries.one_followup),
    {
        "id": Part(parts.KEY, lambda row: str(row.pk)),
        "visit": Part(parts.KEY, lambda row: str(row.visit_id)),
        "dossier": Part(parts.KEY, lambda row: str(row.dossier_id)),
        "owner": Part(parts.KEY, lambda row: str(row.owner_id)),
        "side": Part({"enum": Side.values}, lambda row: str(row.side)),
        "state": Part({"enum": FollowupState.values}, lambda row: str(row.state)),
        **plain(parts.TEXT, "text", "result"),
        **plain(parts.DAY, "due_on"),
        **plain(parts.TRUTH, "confirmed"),
    },
    path="followups/<uuid:pk>",
    summary=_("一个跟进事项（§6.2.1d）"),
)
NEED = Thing(
    "readNeed",
    _open(queries.one_need),
    {
        "id": Part(parts.KEY, lambda row: str(row.pk)),
        "visit": Part(parts.KEY, lambda row: str(row.visit_id)),
        "dossier": Part(parts.KEY, lambda row: str(row.dossier_id)),
        "owner": Part(parts.KEY, lambda row: str(row.owner_id)),
        "category": Part({"enum": NeedKind.values}, lambda row: str(row.category)),
        "priority": Part({"enum": Priority.values}, lambda row: str(row.priority)),
        "state": Part({"enum": NeedState.values}, lambda row: str(row.state)),
        **plain(parts.TEXT, "text", "answer", "outcome"),
        **plain(parts.DAY, "heard_on"),
    },
    path="needs/<uuid:pk>",
    summary=_("一条客户诉求（§6.2.1d）"),
)


class VisitSent(VisitForm):
    """The page's form, with the rows that stand beside it on the page."""

    def __init__(self, given: Given, *, of: Dossier, mode: str, visit: Visit | None) -> None:
        super().__init__(given.data, given.files, dossier=of, mode=mode, visit=visit)
        self.beside = Rows(given.data, of, mode)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.beside.is_valid():
            for said in self.beside.problems():
                self.add_error(None, said)
        return data


def _form(mode: str) -> Callable[..., VisitSent]:
    def made(_form: type[forms.Form], given: Given, _user: User, row: Any) -> VisitSent:
        visit = row if isinstance(row, Visit) else None
        return VisitSent(given, of=visit.dossier if visit else row, mode=mode, visit=visit)

    return made


GUESTS = {"guests": GuestForm}
PLANNED = Body(VisitForm, GUESTS, but=(*ONLY_WRITTEN, "reason"))
WRITTEN = Body(
    VisitForm,
    {**GUESTS, "promises": PromiseForm, "wishes": WishForm},
    but=("planned_on", "minutes", "reason"),
)
CORRECTED = Body(VisitForm, GUESTS, but=("planned_on", "minutes"), more={"reason": REASON})


class On(forms.Form):
    """On which day; today where none is named."""

    on = day(_("日期"))


class Close(forms.Form):
    """办结."""

    text = words(_("内容"), needed=False)
    confirmed = forms.BooleanField(label=_("客户已确认"), required=False)


class Moved(forms.Form):
    """Another day, and why."""

    text = words(_("理由"))
    on = day(_("新的期限"), needed=True)


class PromiseSent(forms.Form):
    """One more thing to follow up."""

    side = forms.ChoiceField(label=_("谁的承诺"), choices=Side.choices)
    text = words(_("事项"), 300)
    owner = forms.UUIDField(label=_("责任人的标识"), required=False)
    on = day(_("期限"))


class WishSent(forms.Form):
    """One more thing that the customer asked for."""

    category = forms.ChoiceField(label=_("类别"), choices=NeedKind.choices)
    text = words(_("诉求与反馈"), 500)
    priority = forms.ChoiceField(label=_("优先级"), choices=Priority.choices, required=False)


def _content(call: Call) -> Any:
    return call.form.content(call.form.beside)


def _plan(call: Call) -> Made:
    return Made(actions.plan(
        call.user, call.row, content=_content(call), at=call.at, today=call.today
    ).pk)  # fmt: skip


def _write_new(call: Call) -> Made:
    made = actions.write(
        call.user, call.row, None, content=_content(call), seen=0, at=call.at, today=call.today
    )
    read_later(made.document)
    return Made(made.pk)


def _replan(call: Call) -> Made:
    row = call.row
    actions.replan(call.user, row, content=_content(call), seen=row.revision, at=call.at)
    return Made(row.pk)


def _write(call: Call) -> Made:
    row = call.row
    done = actions.write(
        call.user, row.dossier, row, content=_content(call), seen=row.revision, at=call.at,
        today=call.today,
    )  # fmt: skip
    read_later(done.document)
    return Made(row.pk)


def _correct(call: Call) -> Made:
    row = call.row
    done = actions.correct(
        call.user, row, content=_content(call), reason=call.data["reason"], seen=row.revision,
        at=call.at, today=call.today,
    )  # fmt: skip
    read_later(done.document)
    return Made(row.pk)


def _hold(call: Call) -> Made:
    held_on = call.data["on"] or call.today
    actions.hold(call.user, call.row, held_on=held_on, at=call.at, today=call.today)
    return Made(call.row.pk)


def _cancel(call: Call) -> Made:
    actions.cancel(call.user, call.row, reason=call.data["reason"], at=call.at)
    return Made(call.row.pk)


def _follow(call: Call) -> Made:
    data = call.data
    owner = Staff.objects.filter(pk=data["owner"]).first() if data["owner"] else None
    promise = Promise(data["side"], data["text"], owner, data["on"])
    return Made(following.add_followup(call.user, call.row, promise, at=call.at).pk)


def _need(call: Call) -> Made:
    data = call.data
    wish = Wish(data["category"], data["text"], data["priority"] or Priority.NORMAL)
    return Made(following.add_need(call.user, call.row, wish).pk)


def _move(act: Callable[..., Any], call: Call) -> Made:
    act(call.user, call.row, text=call.data["text"], at=call.at)
    return Made(call.row.pk)


def _close(call: Call) -> Made:
    data = call.data
    following.close(call.user, call.row, text=data["text"], confirmed=data["confirmed"], at=call.at)
    return Made(call.row.pk)


def _shift(act: Callable[..., Any], call: Call) -> Made:
    data = call.data
    act(call.user, call.row, text=data["text"], due_on=data["on"], at=call.at, today=call.today)
    return Made(call.row.pk)


def _hear(act: Callable[..., Any], call: Call) -> Made:
    act(call.user, call.row, text=call.data["text"], on=call.today)
    return Made(call.row.pk)


USE = Use.VISITS
VISITED, FOLLOWED, NEEDED = "visits/<uuid:pk>", "followups/<uuid:pk>", "needs/<uuid:pk>"
DEEDS = [
    Deed("planVisit", "dossiers/<uuid:pk>/visits/planned", USE, _("登记访谈计划"), FILE, _plan,
         PLANNED, VISIT, _form(PLAN), once=True),
    Deed("writeNewVisit", "dossiers/<uuid:pk>/visits/written", USE, _("写计划外访谈的纪要"), FILE,
         _write_new, WRITTEN, VISIT, _form(WRITE), once=True),
    Deed("replanVisit", f"{VISITED}/replan", USE, _("修改访谈计划"), VISIT, _replan, PLANNED,
         form=_form(PLAN), tag=True),
    Deed("writeVisit", f"{VISITED}/write", USE, _("写访谈纪要"), VISIT, _write, WRITTEN,
         form=_form(WRITE), tag=True),
    Deed("correctVisit", f"{VISITED}/correct", USE, _("更正访谈纪要"), VISIT, _correct, CORRECTED,
         form=_form(CORRECT), tag=True),
    Deed("holdVisit", f"{VISITED}/hold", USE, _("登记访谈已进行"), VISIT, _hold, Body(On)),
    Deed("cancelVisit", f"{VISITED}/cancel", USE, _("取消访谈"), VISIT, _cancel, Body(Reason)),
    Deed("addFollowup", f"{VISITED}/followups", USE, _("登记跟进事项"), VISIT, _follow,
         Body(PromiseSent), FOLLOWUP, once=True),
    Deed("addNeed", f"{VISITED}/needs", USE, _("登记客户诉求"), VISIT, _need, Body(WishSent), NEED,
         once=True),
    Deed("progressFollowup", f"{FOLLOWED}/progress", USE, _("登记跟进进展"), FOLLOWUP,
         partial(_move, following.progress), Body(Text), once=True),
    Deed("resultFollowup", f"{FOLLOWED}/result", USE, _("登记跟进结果"), FOLLOWUP,
         partial(_move, following.result), Body(Text), once=True),
    Deed("closeFollowup", f"{FOLLOWED}/close", USE, _("办结跟进事项"), FOLLOWUP, _close,
         Body(Close)),
    Deed("reopenFollowup", f"{FOLLOWED}/reopen", USE, _("重新打开跟进事项"), FOLLOWUP,
         partial(_shift, following.reopen), Body(Moved)),
    Deed("postponeFollowup", f"{FOLLOWED}/postpone", USE, _("调整跟进期限"), FOLLOWUP,
         partial(_shift, following.postpone), Body(Moved), tag=True),
    Deed("answerNeed", f"{NEEDED}/answer", USE, _("答复客户诉求"), NEED,
         partial(_hear, following.answer), Body(Text)),
    Deed("finishNeed", f"{NEEDED}/finish", USE, _("客户诉求已落实"), NEED,
         partial(_hear, following.finish), Body(Text)),
]  # fmt: skip
