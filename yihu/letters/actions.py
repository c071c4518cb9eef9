"""Letters are registered, corrected, voided, answered by the deed (§4.3c, 6.3.3)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require, staff_of
from yihu.audit import actions as audit
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.rules import State
from yihu.kit import text
from yihu.kit.turns import take_turn
from yihu.letters.choices import OTHER_WAY, Direction
from yihu.letters.models import Correction, Letter
from yihu.letters.policy import may_take_out, may_write
from yihu.letters.queries import last_serial
from yihu.papers.actions import upload
from yihu.papers.choices import Kind, Sensitivity
from yihu.papers.models import Document

REASON_MOST = 200
CORRECTED = (
    "number", "dated_on", "counterpart", "subject", "sensitivity", "reply_due_on", "answers_id",
    "document_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in a line of the register, as a door hands it in.

    `file`: the scan as bytes and its name, None where there is none (yet).
    """

    dated_on: date
    counterpart: str
    subject: str
    number: str = ""
    sensitivity: str = Sensitivity.ORDINARY
    reply_due_on: date | None = None
    answers: Letter | None = None
    file: tuple[BinaryIO, str] | None = None


@transaction.atomic
def register(
    by: User, dossier: Dossier, *, direction: str, content: Content, at: datetime, today: date
) -> Letter:
    """A letter comes into the register under the unit's next number of the year.

    With `answers`, that letter is answered by this one. Raises: Denied, Refused (closed file),
    Unfit (names the field), and what an upload raises.
    """
    require(may_write(by, dossier.unit_id), _("登记往来函件的"))
    _open(dossier)
    if direction not in Direction.values:
        raise Unfit(_("请选择来函或去函。"))
    values = _checked(dossier, direction, content, today=today)
    document = _stored(by, dossier, content, at=at)
    # one at a time: the running number has no gap and no twin
    take_turn("letters", dossier.unit_id)
    made = Letter.objects.create(
        unit_id=dossier.unit_id,
        dossier=dossier,
        direction=direction,
        year=today.year,
        serial=last_serial(dossier.unit_id, direction, today.year) + 1,
        document=document,
        entered_by=staff_of(by),
        entered_at=at,
        **values,
    )
    made.refresh_from_db()
    audit.record(
        by,
        "letter.registered",
        made,
        dossier_id=dossier.pk,
        data={
            "register_number": made.register_number,
            "direction": direction,
            "document": made.document_id,
        },
    )
    return made


@transaction.atomic
def correct(
    by: User, letter: Letter, *, content: Content, reason: str, at: datetime, today: date
) -> Letter:
    """Other values with a reason; the old ones are kept. Without a file the old one stays.

    Direction, file and running number never change: whoever took the wrong ones voids the line.
    Raises: Denied, Refused (voided, closed, answered otherwise), Unfit (names the field).
    """
    held = _held(by, letter)
    why = _reason(reason, _("请写明更正的原因，例如“日期录错”。"))
    values = _checked(held.dossier, held.direction, content, today=today, but=held)
    before = _said(held)
    document = _stored(by, held.dossier, content, at=at)
    for column, value in values.items():
        setattr(held, column, value)
    if document is not None:
        held.document = document
    after = _said(held)
    changed = {column: value for column, value in after.items() if value != before[column]}
    if not changed:
        raise Unfit(_("没有改动任何内容，无需更正。"))
    held.save(update_fields=list(CORRECTED))
    Correction.objects.create(
        unit_id=held.unit_id,
        dossier_id=held.dossier_id,
        letter=held,
        was={column: before[column] for column in changed},
        became=changed,
        reason=why,
        by=staff_of(by),
        at=at,
    )
    audit.record(
        by,
        "letter.corrected",
        held,
        dossier_id=held.dossier_id,
        data={"register_number": held.register_number, "reason": why, "fields": sorted(changed)},
    )
    return held


@transaction.atomic
def waive(by: User, letter: Letter, *, reason: str, at: datetime) -> Letter:
    """无需回复: no answer is needed, and why. Raises: Denied, Refused, Unfit (no reason)."""
    held = _held(by, letter)
    if held.waived_at is not None:
        raise Refused(_("这封函件已注明无需回复。"))
    if Letter.objects.filter(unit=held.unit_id, answers=held, voided_at=None).exists():
        raise Refused(_("这封函件已有回函，不必再注明无需回复。"))
    held.waived_reason = _reason(reason, _("请写明无需回复的理由，例如“仅供知悉”。"))
    held.waived_by, held.waived_at = staff_of(by), at
    held.save(update_fields=["waived_by", "waived_at", "waived_reason"])
    audit.record(
        by,
        "letter.waived",
        held,
        dossier_id=held.dossier_id,
        data={"register_number": held.register_number, "reason": held.waived_reason},
    )
    return held


@transaction.atomic
def void(by: User, letter: Letter, *, reason: str, at: datetime) -> Letter:
    """作废: the line stays with its number and reason; what it answered is open again.

    Raises: Denied, Refused (voided before), Unfit (no reason).
    """
    held = _held(by, letter)
    held.voided_reason = _reason(reason, _("请写明作废的原因，例如“重复登记”。"))
    held.voided_by, held.voided_at = staff_of(by), at
    held.save(update_fields=["voided_by", "voided_at", "voided_reason"])
    audit.record(
        by,
        "letter.voided",
        held,
        dossier_id=held.dossier_id,
        data={"register_number": held.register_number, "reason": held.voided_reason},
    )
    return held


@transaction.atomic
def hand_out(by: User, verb: str, *, rows: int, conditions: dict[str, str], trace: str) -> None:
    """Write down that the register leaves the house (§5.5): `letters.exported` or `.printed`.

    Raises: Denied.
    """
    require(may_take_out(by), _("导出函件登记簿的"))
    data = {"rows": rows, "conditions": conditions, "trace": trace}
    audit.record(by, verb, "letters.letter", data=data)


# Checks ------------------------------------------------------------------------------------------


def _held(by: User, letter: Letter) -> Letter:
    """The row itself, locked. Raises: Denied, Refused."""
    require(may_write(by, letter.unit_id), _("登记往来函件的"))
    held: Letter = (
        Letter.objects.select_for_update(of=("self",))
        .select_related("dossier")
        .get(unit=letter.unit_id, pk=letter.pk)
    )
    _open(held.dossier)
    if held.voided_at is not None:
        message = _("%(number)s 已作废，不能再改；如需登记，请另登一号。")
        raise Refused(message % {"number": held.register_number})
    return held


def _open(dossier: Dossier) -> None:
    if dossier.state == State.CLOSED:
        raise Refused(_("档案已关闭，函件只能查阅；如需补充，请先由单位管理员恢复档案。"))


def _checked(
    dossier: Dossier,
    direction: str,
    content: Content,
    *,
    today: date,
    but: Letter | None = None,
) -> dict[str, Any]:
    """The values as they are stored. Raises: Unfit."""
    if content.dated_on > today:
        message = _("函件日期 %(on)s 在今天之后，请核对。")
        raise Unfit(message % {"on": content.dated_on})
    if content.reply_due_on is not None and content.reply_due_on < content.dated_on:
        message = _("回复期限 %(due)s 早于函件日期 %(on)s，请核对。")
        raise Unfit(message % {"due": content.reply_due_on, "on": content.dated_on})
    if content.sensitivity not in Sensitivity.values:
        message = _("密级没有“%(given)s”这一项，请从列表中选择。")
        raise Unfit(message % {"given": text.shown(content.sensitivity)})
    answers = content.answers
    if answers is not None:
        fits = (
            (answers.unit_id, answers.dossier_id) == (dossier.unit_id, dossier.pk)
            and answers.direction == OTHER_WAY[Direction(direction)]
            and answers.voided_at is None
            and (but is None or answers.pk != but.pk)
        )
        if not fits:
            raise Unfit(_("所回复的函件应是同一客户、方向相反且未作废的一封，请重新选择。"))
        if content.dated_on < answers.dated_on:
            message = _("回函日期 %(on)s 早于所回复函件的日期 %(first)s，请核对。")
            raise Unfit(message % {"on": content.dated_on, "first": answers.dated_on})
    return {
        "number": _line(content.number, _("文号"), 60),
        "dated_on": content.dated_on,
        "counterpart": _line(content.counterpart, _("对方单位"), 120, needed=True),
        "subject": _line(content.subject, _("主题"), 200, needed=True),
        "sensitivity": content.sensitivity,
        "reply_due_on": content.reply_due_on,
        "answers": answers,
    }


def _line(given: str, label: str, most: int, *, needed: bool = False) -> str:
    found = text.line(given)
    if needed and not found:
        raise Unfit(_("请填写%(label)s。") % {"label": label})
    if len(found) > most:
        message = _("%(label)s有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"label": label, "now": len(found), "most": most})
    return found


def _reason(given: str, asked: str) -> str:
    why = text.line(given)
    if not why:
        raise Unfit(asked)
    if len(why) > REASON_MOST:
        message = _("原因有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"now": len(why), "most": REASON_MOST})
    return why


def _stored(by: User, dossier: Dossier, content: Content, *, at: datetime) -> Document | None:
    """The scan as a document of the file; one that lies there already is taken as it is."""
    if content.file is None:
        return None
    file, name = content.file
    return upload(
        by,
        dossier,
        file,
        name=name,
        title=text.line(content.subject),
        kind=Kind.LETTER,
        sensitivity=content.sensitivity,
        at=at,
    ).document


def _said(letter: Letter) -> dict[str, Any]:
    """What a correction keeps of a line: plain values."""
    return {
        column: value if value is None or isinstance(value, str) else str(value)
        for column in CORRECTED
        for value in [getattr(letter, column)]
    }
