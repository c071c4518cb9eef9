"""填报: a file's draft read, filled, confirmed, submitted (§4.3b, 6.2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach, reach_all
from yihu.access.tokens.rules import Use
from yihu.desk.filling.parts import said_of
from yihu.desk.filling.queries import attestations_of, comments_of, values_of_last
from yihu.desk.gaps import queries as gaps
from yihu.disclosure.queries import view_of
from yihu.dossiers import actions, appointing
from yihu.dossiers.content import facts_with, fillable
from yihu.dossiers.models import Dossier, Draft
from yihu.dossiers.policy import may_fill
from yihu.dossiers.queries import last_submission, pending_draft
from yihu.dossiers.rules import PENDING, DraftState, Mark
from yihu.interface import parts
from yihu.interface.parts import Part
from yihu.interface.writing.bodies import Body
from yihu.interface.writing.deeds import Call, Deed, Made, Nothing
from yihu.interface.writing.forms import Keys, words
from yihu.interface.writing.things import Seen, Thing
from yihu.org.models import Staff

MOST_AT_ONCE = 200
VALUES = {"type": "object", "minProperties": 1, "description": _("栏目代码 → 值，写法同档案答复")}
PROBLEMS = {
    "type": "array",
    "items": {"type": "object", "properties": {"field": parts.TEXT, "message": parts.TEXT}},
}


@dataclass(frozen=True, slots=True)
class Filled:
    """A file as its filler has it before them: `values` with the draft's over the file's."""

    dossier: Dossier
    draft: Draft | None
    edition: int
    values: Mapping[str, Any]
    digest: str


def _file(user: User, pk: UUID) -> Dossier:
    """A file that the person fills. Raises: Unreachable, Denied."""
    found: Dossier = reach(
        Dossier.objects.select_related("unit", "filler", "reviewer"), user, pk=pk
    )
    require(may_fill(user, found), gettext("填报客户档案的"))
    return found


def _filled(user: User, dossier: Dossier, today: date, at: datetime) -> Seen:
    edition, definition = actions.in_force(today)
    draft = pending_draft(dossier)
    changes = draft.changes if draft is not None else {}
    facts = view_of(user, dossier, at).facts(facts_with(definition, dossier, changes))
    values = {one.code: facts.get(one.code) for one in definition if fillable(one)}
    waiting = last_submission(draft) if draft and draft.state == DraftState.SUBMITTED else None
    return Seen(Filled(dossier, draft, edition.number, values, waiting.digest if waiting else ""))


def _lock(dossier: Dossier) -> None:
    """The file, then its draft: in the order in which filling and approving lock them."""
    Dossier.objects.select_for_update(of=("self",)).filter(pk=dossier.pk).first()
    drafts = Draft.objects.filter(unit=dossier.unit_id, dossier=dossier.pk, state__in=PENDING)
    drafts.select_for_update(of=("self",)).first()


FILE = Thing("", _file)
DRAFT = Thing(
    "readDraft",
    _file,
    {
        "id": Part(parts.KEY, lambda seen: str(seen.dossier.pk)),
        "state": Part(
            {"enum": ["none", *PENDING]},
            lambda seen: str(seen.draft.state if seen.draft else "none"),
        ),
        "edition": Part(parts.COUNT, lambda seen: seen.edition),
        "values": Part({"type": "object"}, lambda seen: dict(seen.values)),
        "changed": Part(
            {"type": "array", "items": parts.TEXT},
            lambda seen: sorted(seen.draft.changes) if seen.draft else [],
        ),
        "sections": Part(
            {"type": "array", "items": {"type": "object"}},
            lambda seen: [
                {"section": one.section, "mark": str(one.mark), "basis": one.basis}
                for one in sorted(attestations_of(seen.draft), key=lambda one: one.section)
            ],
        ),
        "remarks": Part(
            {"type": "array", "items": {"type": "object"}},
            lambda seen: [
                {"id": str(one.pk), "code": one.code, "text": one.text}
                for one in comments_of(seen.draft)
            ],
        ),
        "digest": Part(parts.TEXT, lambda seen: seen.digest),
    },
    path="dossiers/<uuid:pk>/draft",
    summary=_("一份档案的草稿（§4.3b）"),
    verb="draft.read",
    file=lambda dossier: dossier.pk,
    show=_filled,
    lock=_lock,
)  # fmt: skip


class Unchanged(forms.Form):
    """核对无变化 of a section."""

    section = words(_("部分"), 40)
    basis = words(_("核对依据"), 200)


class Choice(forms.Form):
    """The file moved under a changed field: which value holds."""

    code = words(_("栏目代码"), 60)
    keep = forms.ChoiceField(
        label=_("保留"), choices=[("file", _("档案的")), ("mine", _("草稿的"))]
    )


class Section(forms.Form):
    """One section."""

    section = words(_("部分"), 40)


class Many(forms.Form):
    """核对无变化 of many files."""

    dossiers = Keys(label=_("客户档案的标识"), most=MOST_AT_ONCE)
    basis = words(_("核对依据"), 200)


class Appointed(forms.Form):
    """Who keeps the file from now on."""

    filler = forms.UUIDField(label=_("填报人的标识"))


def _save(call: Call) -> Made:
    saved = actions.save_fields(
        call.user, call.row, values=call.values["values"], seen={}, at=call.at, today=call.today
    )
    return Made(call.row.pk, {"problems": [
        {"field": one.field, "message": said_of(one)}
        for one in saved.problems if one.code != "missing_value"
    ]})  # fmt: skip


def _mark(call: Call) -> Made:
    actions.mark_section(
        call.user, call.row, call.data["section"], mark=Mark.UNCHANGED, basis=call.data["basis"],
        at=call.at, today=call.today,
    )  # fmt: skip
    return Made(call.row.pk)


def _choose(call: Call) -> Made:
    keep = {"file": actions.keep_file_value, "mine": actions.keep_own_value}[call.data["keep"]]
    keep(call.user, call.row, call.data["code"], at=call.at, today=call.today)
    return Made(call.row.pk)


def _take_last(call: Call) -> Made:
    values = values_of_last(call.user, call.row, call.data["section"], at=call.at, today=call.today)
    actions.save_fields(call.user, call.row, values=values, seen={}, at=call.at, today=call.today)
    return Made(call.row.pk)


def _submit(call: Call) -> Made:
    made = actions.submit(call.user, call.row, at=call.at, today=call.today)
    return Made(call.row.pk, {"submission": str(made.pk), "digest": made.digest})


def _withdraw(call: Call) -> Made:
    actions.withdraw(call.user, call.row, at=call.at)
    return Made(call.row.pk)


def _discard(call: Call) -> Made:
    actions.discard_draft(call.user, call.row, at=call.at)
    return Made(call.row.pk)


def _confirm(call: Call) -> Made:
    keys = [UUID(one) for one in call.data["dossiers"]]
    rows = list(reach_all(Dossier.objects.all(), call.user, keys))
    done = actions.confirm_unchanged(
        call.user, rows, basis=call.data["basis"], at=call.at, today=call.today
    )
    return Made("", {
        "submissions": [str(one.pk) for one in done.submissions],
        "left_out": [{"dossier": str(row.pk), "why": str(why)} for row, why in done.left_out],
    })  # fmt: skip


def _appoint(call: Call) -> Made:
    staff = Staff.objects.filter(pk=call.data["filler"]).first()
    appointing.appoint(call.user, call.row, staff, today=call.today)
    return Made(call.row.pk)


TEXTS = {"type": "array", "items": parts.TEXT}
DEEDS = [
    Deed("saveDraft", "dossiers/<uuid:pk>/draft", Use.FILL, _("填写草稿的栏目"), DRAFT, _save,
         Body(Nothing, free={"values": VALUES}), tag=True, method="patch",
         more={"problems": PROBLEMS},
         says=_("写入给出的栏目，其余不变；没有草稿就新开一份。"
                "不合格的值照样保存，在 problems 里说明，提交前须改好。")),
    Deed("markUnchanged", "dossiers/<uuid:pk>/draft/unchanged", Use.FILL, _("一部分核对无变化"),
         DRAFT, _mark, Body(Unchanged)),
    Deed("chooseValue", "dossiers/<uuid:pk>/draft/choose", Use.FILL,
         _("档案已变的栏目，选定保留哪个值"), DRAFT, _choose, Body(Choice)),
    Deed("takeLastVersion", "dossiers/<uuid:pk>/draft/take-last", Use.FILL, _("取回上一版的内容"),
         DRAFT, _take_last, Body(Section), tag=True),
    Deed("submitDraft", "dossiers/<uuid:pk>/draft/submit", Use.FILL, _("提交审核"), DRAFT, _submit,
         more={"submission": parts.KEY, "digest": parts.TEXT},
         says=_("缺什么就答 422，逐项说明；审核由另一人办理（§5.2）。")),
    Deed("withdrawDraft", "dossiers/<uuid:pk>/draft/withdraw", Use.FILL, _("撤回提交"), DRAFT,
         _withdraw),
    Deed("discardDraft", "dossiers/<uuid:pk>/draft/discard", Use.FILL, _("放弃草稿"), DRAFT,
         _discard),
    Deed("confirmUnchanged", "confirmations", Use.FILL, _("几份档案一并核对无变化"), None, _confirm,
         Body(Many), once=True, more={"submissions": TEXTS, "left_out": {"type": "array"}},
         says=_("每份各自记录、各自提交审核；不能一并确认的在 left_out 里说明原因。最多 200 份。")),
    Deed("appointFiller", "dossiers/<uuid:pk>/filler", Use.STEWARD, _("指定填报人"),
         Thing("", gaps.one_file), _appoint, Body(Appointed)),
]  # fmt: skip
