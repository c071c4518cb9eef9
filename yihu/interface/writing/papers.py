"""档案资料: put into a file, given another title, taken off; the evidence of a risk (§4.3c)."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.scope import reach
from yihu.access.tokens.rules import Use
from yihu.disclosure.queries import tells_papers
from yihu.dossiers.models import Dossier
from yihu.interface import parts
from yihu.interface.parts import Part
from yihu.interface.writing.bodies import Body
from yihu.interface.writing.deeds import Call, Deed, Made
from yihu.interface.writing.forms import Reason, words
from yihu.interface.writing.risks import REMARK
from yihu.interface.writing.things import Seen, Thing, plain
from yihu.papers import actions, jobs, queries
from yihu.papers.choices import Kind, Sensitivity, TextState
from yihu.papers.lens import veil
from yihu.papers.models import Document
from yihu.risks import actions as risks

NAME = words(_("名称；不给则用文件名"), 200, needed=False)


def _file(user: User, pk: UUID) -> Dossier:
    found: Dossier = reach(Dossier.objects.select_related("unit"), user, pk=pk)
    return found


def _shown(user: User, document: Document, _today: date, at: datetime) -> Seen:
    fresh = queries.one(user, document.pk)  # its words may give way, in this object alone
    veil(user, [fresh], papers=tells_papers(user, fresh.dossier, at))
    return Seen(fresh)


DOCUMENT = Thing(
    "readDocument",
    queries.one,
    {
        "id": Part(parts.KEY, lambda row: str(row.pk)),
        "dossier": Part(parts.KEY, lambda row: str(row.dossier_id)),
        "kind": Part({"enum": Kind.values}, lambda row: str(row.kind)),
        "sensitivity": Part({"enum": Sensitivity.values}, lambda row: str(row.sensitivity)),
        **plain(parts.TEXT, "title", "file_name", "removed_reason"),
        "removed": Part(parts.TRUTH, lambda row: row.removed_at is not None),
    },
    path="documents/<uuid:pk>",
    summary=_("一份档案资料的登记（§4.3c）"),
    show=_shown,
)


class Upload(forms.Form):
    """One file, into a dossier."""

    file = forms.FileField(label=_("文件"), allow_empty_file=True)
    title = NAME
    kind = forms.ChoiceField(label=_("类别"), choices=Kind.choices, required=False)
    sensitivity = forms.ChoiceField(label=_("密级"), choices=Sensitivity.choices, required=False)


class Titled(forms.Form):
    """What a document is called from now on."""

    title = words(_("名称"), 200)
    kind = forms.ChoiceField(label=_("类别"), choices=Kind.choices)
    sensitivity = forms.ChoiceField(label=_("密级"), choices=Sensitivity.choices)


class Proof(forms.Form):
    """A file that shows it."""

    file = forms.FileField(label=_("文件"), allow_empty_file=True)
    title = NAME


def read_later(document: Document | None) -> None:
    """Its text is read by the worker."""
    if document is not None and document.text_state == TextState.WAITING:
        jobs.read.defer(document_id=str(document.pk))


def _upload(call: Call) -> Made:
    data: dict[str, Any] = dict(call.data)
    sent = data["file"]
    done = actions.upload(
        call.user, call.row, cast("Any", sent.file), name=sent.name or "", title=data["title"],
        kind=data["kind"] or Kind.OTHER, sensitivity=data["sensitivity"] or Sensitivity.ORDINARY,
        at=call.at,
    )  # fmt: skip
    if not done.again:
        read_later(done.document)
    return Made(done.document.pk, {"known": done.again})


def _retitle(call: Call) -> Made:
    actions.retitle(call.user, call.row, at=call.at, **call.data)
    return Made(call.row.pk)


def _take_off(call: Call) -> Made:
    actions.take_off(call.user, call.row, reason=call.data["reason"], at=call.at)
    return Made(call.row.pk)


def _evidence(call: Call) -> Made:
    sent = call.data["file"]
    document = risks.add_evidence(
        call.user, call.row, file=cast("Any", sent.file), name=sent.name or "",
        title=call.data["title"], at=call.at,
    )  # fmt: skip
    read_later(document)
    return Made(document.pk)


USE, ONE = Use.PAPERS, "documents/<uuid:pk>"
DEEDS = [
    Deed("uploadDocument", "dossiers/<uuid:pk>/documents", USE, _("上传档案资料"), Thing("", _file),
         _upload, Body(Upload), DOCUMENT, once=True, more={"known": parts.TRUTH},
         says=_("content 是文件的 base64。按内容检查类型和大小；"
                "档案里已有同一内容的，known 为 true，不重复存放。")),
    Deed("retitleDocument", f"{ONE}/title", USE, _("改资料的名称、类别、密级"), DOCUMENT, _retitle,
         Body(Titled), tag=True),
    Deed("takeOffDocument", f"{ONE}/take-off", USE, _("撤下资料"), DOCUMENT, _take_off,
         Body(Reason)),
    Deed("addEvidence", "risks/<uuid:pk>/evidence", Use.RISKS, _("添加风险备注的证据"), REMARK,
         _evidence, Body(Proof), DOCUMENT, once=True),
]  # fmt: skip
