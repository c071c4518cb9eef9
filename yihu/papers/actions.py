"""Documents come to a file, get another title, are taken off, go out (§4.3c, 5.2, 5.5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require, staff_of
from yihu.audit import actions as audit
from yihu.disclosure.policy import keeps
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.rules import State
from yihu.kit import text
from yihu.papers.choices import RANK, Kind, Sensitivity, TextState, level_of
from yihu.papers.content import IMAGES, PDF, Checked, check, name_of
from yihu.papers.lens import told
from yihu.papers.models import Blob, Document
from yihu.papers.policy import may_keep, may_upload
from yihu.papers.queries import read_before, same_content
from yihu.papers.reading import Read, read_text
from yihu.papers.storage import digest_of, keep, read_blob

TITLE_MOST = 200
REASON_MOST = 200


def most_megabytes() -> int:
    """How large a file may be."""
    return int(settings.PAPERS_MOST_BYTES) // 2**20


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The document; `again` where the file held this content before and nothing was done."""

    document: Document
    again: bool


@transaction.atomic
def upload(
    by: User,
    dossier: Dossier,
    file: BinaryIO,
    *,
    name: str,
    title: str = "",
    kind: str = Kind.OTHER,
    sensitivity: str = Sensitivity.ORDINARY,
    at: datetime,
) -> Uploaded:
    """Check a file by its content, store it once, add it to the dossier.

    `name`: as the browser gives it; without a title the document is called by it. Raises:
    Denied, Refused (closed file), TooLarge, WrongType, Damaged, Dangerous, Unfit (names the
    field).
    """
    require(may_upload(by, dossier), _("上传档案资料的"))
    dossier = Dossier.objects.select_for_update().get(unit=dossier.unit_id, pk=dossier.pk)
    _open(dossier)
    known = _choice(kind, Kind, _("类别"))
    secret = _choice(sensitivity, Sensitivity, _("密级"))
    file_name = name_of(name)
    called = _title(title or file_name.rpartition(".")[0] or file_name)
    sha256, size = digest_of(file)
    here = same_content(dossier, sha256)
    if here is not None:
        return Uploaded(here, again=True)
    stored = store(file, file_name)
    found = stored.found
    made = Document.objects.create(
        unit_id=dossier.unit_id,
        dossier=dossier,
        title=called,
        kind=known,
        blob=stored.blob,
        size=size,
        media_type=found.media_type,
        file_name=file_name,
        pages=found.pages,
        locked=found.locked,
        sensitivity=secret,
        text_state=stored.text_state,
        uploaded_by=staff_of(by),
        uploaded_at=at,
    )
    made.refresh_from_db()
    audit.record(
        by,
        "document.uploaded",
        made,
        dossier_id=dossier.pk,
        data={"kind": known, "sha256": sha256, "size": size},
    )
    return Uploaded(made, again=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """A content in the store: what it is, and whether its text is to be read."""

    blob: Blob
    name: str
    found: Checked
    text_state: TextState


def store(file: BinaryIO, name: str) -> Stored:
    """Check a file by its content and store it once; whoever holds a row on it shows it.

    A slice whose files hang on no dossier keeps its own rows on the content, with its own rule
    of who may see them. Raises: TooLarge, WrongType, Damaged, Dangerous.
    """
    file_name = name_of(name)
    sha256, size = digest_of(file)
    found = check(file, file_name, size)
    keep(file, sha256, size)
    blob, _new = Blob.objects.get_or_create(sha256=sha256, defaults={"size": size})
    state = _first_state(found.media_type, locked=found.locked)
    return Stored(blob, file_name, found, state)


def _first_state(media_type: str, *, locked: bool) -> TextState:
    if locked:
        return TextState.LOCKED
    readable = media_type == PDF or media_type in IMAGES or media_type.startswith("text/")
    return TextState.WAITING if readable else TextState.NONE


def read(key: UUID) -> None:
    """Read the text of a document for the search; the slow part stands in no transaction.

    Derived from the content and no act of anybody, so the log does not speak of it.
    """
    document = Document.objects.filter(pk=key).first()
    if document is None or document.text_state not in (TextState.WAITING, TextState.ABSENT):
        return
    known = read_before(document)
    found = (
        Read(known.text, TextState(known.text_state))
        if known is not None
        else read_text(read_blob(document.blob_id), document.media_type, document.pages)
    )
    Document.objects.filter(pk=key).update(text=found.text, text_state=found.state)


def give_up_reading(key: UUID) -> None:
    """Its text cannot be read; the document itself is as good as before."""
    Document.objects.filter(pk=key).update(text_state=TextState.FAILED)


@transaction.atomic
def retitle(
    by: User, document: Document, *, title: str, kind: str, sensitivity: str, at: datetime
) -> Document:
    """Another title, kind or secrecy; who may not read it now cannot, and only who keeps the
    unit's files makes it less secret. Raises: Denied, Refused (taken off), Unfit.
    """
    document = _held(by, document)
    require(told(by, document, at), _("查阅核心商密、个人信息资料的"))
    before = {
        "title": document.title,
        "kind": document.kind,
        "sensitivity": document.sensitivity,
    }
    after = {
        "title": _title(title),
        "kind": _choice(kind, Kind, _("类别")),
        "sensitivity": _choice(sensitivity, Sensitivity, _("密级")),
    }
    if before == after:
        return document
    was, core_file = document.level, document.dossier.mark.core
    now = level_of(after["kind"], after["sensitivity"], core_file=core_file)
    if RANK[now] < RANK[was]:
        require(keeps(by, document.unit_id), _("降低资料密级的"))
    for column, value in after.items():
        setattr(document, column, value)
    document.save(update_fields=list(after))
    audit.record(
        by,
        "document.retitled",
        document,
        dossier_id=document.dossier_id,
        before={name: before[name] for name in ("kind", "sensitivity")},
        data={
            "changed": [name for name, value in after.items() if value != before[name]],
            "kind": after["kind"],
            "sensitivity": after["sensitivity"],
        },
    )
    return document


@transaction.atomic
def take_off(by: User, document: Document, *, reason: str, at: datetime) -> Document:
    """Off the file's list, never out of the store: versions that name it keep it.

    Raises: Denied, Refused (taken off already), Unfit (no reason).
    """
    document = _held(by, document)
    why = text.line(reason)
    if not why:
        raise Unfit(_("请写明撤下的原因，例如“传错了档案”。"))
    if len(why) > REASON_MOST:
        message = _("原因有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"now": len(why), "most": REASON_MOST})
    document.removed_by, document.removed_at, document.removed_reason = staff_of(by), at, why
    document.save(update_fields=["removed_by", "removed_at", "removed_reason"])
    audit.record(
        by,
        "document.removed",
        document,
        dossier_id=document.dossier_id,
        data={"reason": why, "sha256": document.blob_id},
    )
    return document


@transaction.atomic
def hand_out(by: User, document: Document) -> None:
    """Write down that a document leaves the house (§5.5); whoever reached it may have it."""
    audit.record(
        by,
        "document.downloaded",
        document,
        dossier_id=document.dossier_id,
        data={"sha256": document.blob_id, "size": document.size},
    )


def _held(by: User, document: Document) -> Document:
    """The row itself, locked. Raises: Denied, Refused."""
    require(may_keep(by, document.unit_id), _("整理档案资料的"))
    held: Document = (
        Document.objects.select_for_update(of=("self",))
        .select_related("dossier")
        .get(unit=document.unit_id, pk=document.pk)
    )
    _open(held.dossier)
    if held.removed_at is not None:
        raise Refused(_("《%(title)s》已撤下，不能再改。") % {"title": held.title})
    return held


def _open(dossier: Dossier) -> None:
    if dossier.state == State.CLOSED:
        raise Refused(_("档案已关闭，资料只能查阅；如需补充，请先由单位管理员恢复档案。"))


def _title(given: str) -> str:
    title = text.line(given)
    if not title:
        raise Unfit(_("请填写资料标题。"))
    if len(title) > TITLE_MOST:
        message = _("资料标题有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"now": len(title), "most": TITLE_MOST})
    return title


def _choice(given: str, choices: type[Kind | Sensitivity], label: str) -> str:
    if given not in choices.values:
        message = _("%(label)s没有“%(given)s”这一项，请从列表中选择。")
        raise Unfit(message % {"label": label, "given": text.shown(given)})
    return given
