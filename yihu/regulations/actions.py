"""Regulations are issued, follow one another, end; a unit's rule is checked (§4.3a, 7.2, 7.3)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.kit import text
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.papers.actions import store
from yihu.papers.choices import TextState
from yihu.papers.reading import read_text
from yihu.papers.storage import read_blob
from yihu.regulations.models import Checked, Regulation
from yihu.regulations.policy import may_issue
from yihu.regulations.queries import work_of

SUMMARY_MOST = 1000


@dataclass(frozen=True, slots=True)
class Content:
    """What an edition says of itself, as a door hands it in; `file`: bytes and name."""

    number: str
    title: str
    edition: str
    effective_on: date
    summary: str = ""
    supersedes: Regulation | None = None
    carries_out: Regulation | None = None
    file: tuple[BinaryIO, str] | None = None


@transaction.atomic
def issue(by: User, unit: OrgUnit, *, content: Content, at: datetime) -> Regulation:
    """Put an edition into the library; the one that it supersedes ends on the day it begins.

    Raises: Denied, Refused (two in force at once), Unfit (names the field), and what a file
    that cannot be stored raises.
    """
    require(may_issue(by, unit), _("制定、修订制度的"))
    of_group = unit.kind == UnitKind.GROUP
    former = _former(unit, content)
    carried = _carried(content, of_group=of_group)
    made = Regulation(
        unit=unit,
        of_group=of_group,
        number=_line(content.number, _("制度编号"), 60),
        title=_line(content.title, _("名称"), 200),
        edition=_line(content.edition, _("版次"), 30),
        effective_on=content.effective_on,
        chain=former.chain if former is not None else uuid4(),
        supersedes=former,
        carries_out=carried,
        summary=_summary(content.summary),
        entered_by=by,
        entered_at=at,
    )
    if content.file is not None:
        _put(made, content.file)
    if former is not None and former.ended_on is None:
        former.ended_on = content.effective_on
        former.save(update_fields=["ended_on"])
    _save(made)
    audit.record(
        by,
        "regulation.issued",
        made,
        data={
            "number": made.number,
            "edition": made.edition,
            "effective_on": made.effective_on,
            "supersedes": former.pk if former is not None else None,
            "carries_out": carried.pk if carried is not None else None,
            "sha256": made.blob_id,
        },
    )
    return made


@transaction.atomic
def amend(
    by: User,
    regulation: Regulation,
    *,
    title: str,
    summary: str,
    file: tuple[BinaryIO, str] | None,
    reason: str,
) -> Regulation:
    """更正: another title, summary or file; what they were stays in the log, the old file stored.

    Number, edition and dates never change: an edition put in by mistake is repealed on the day
    of its beginning, so that it was never in force. Raises: Denied, Unfit, what a file raises.
    """
    require(may_issue(by, regulation.unit), _("制定、修订制度的"))
    held: Regulation = Regulation.objects.select_for_update(of=("self",)).get(pk=regulation.pk)
    why = _line(reason, _("更正原因"), 200)
    before = {"title": held.title, "summary": held.summary, "sha256": held.blob_id}
    held.title, held.summary = _line(title, _("名称"), 200), _summary(summary)
    if file is not None:
        _put(held, file)
    after = {"title": held.title, "summary": held.summary, "sha256": held.blob_id}
    changed = {name: value for name, value in after.items() if value != before[name]}
    if not changed:
        raise Unfit(_("没有改动任何内容，无需更正。"))
    held.save(update_fields=["title", "summary", *(FILE if "sha256" in changed else ())])
    audit.record(
        by,
        "regulation.amended",
        held,
        before={name: before[name] for name in changed},
        data={"number": held.number, "edition": held.edition, "reason": why, **changed},
    )
    return held


FILE = ("blob", "file_name", "media_type", "pages", "locked", "text", "text_state")
"""The columns that the file of an edition fills."""


def _put(row: Regulation, file: tuple[BinaryIO, str]) -> None:
    """Its file into the store; the text is read afterwards. Raises: what a bad file raises."""
    stored = store(*file)
    row.blob, row.file_name = stored.blob, stored.name
    row.media_type, row.pages = stored.found.media_type, stored.found.pages
    row.locked, row.text_state, row.text = stored.found.locked, stored.text_state, ""


@transaction.atomic
def repeal(by: User, regulation: Regulation, *, on: date, reason: str) -> Regulation:
    """废止: it ends on that day without another in its place. Raises: Denied, Refused, Unfit."""
    require(may_issue(by, regulation.unit), _("制定、修订制度的"))
    held: Regulation = Regulation.objects.select_for_update(of=("self",)).get(pk=regulation.pk)
    if held.ended_on is not None:
        raise Refused(_("这一版已失效，无需再废止。"))
    if on < held.effective_on:
        message = _("废止日期 %(on)s 早于施行日期 %(since)s，请核对。")
        raise Unfit(message % {"on": on, "since": held.effective_on})
    held.ended_reason = _line(reason, _("废止原因"), 200)
    held.ended_on = on
    held.save(update_fields=["ended_on", "ended_reason"])
    data = {"number": held.number, "edition": held.edition, "on": on, "reason": held.ended_reason}
    audit.record(by, "regulation.repealed", held, data=data)
    return held


@transaction.atomic
def check_unchanged(by: User, regulation: Regulation, *, basis: str, at: datetime) -> Checked:
    """核对无需修订: the unit's rule stands beside the group's newest edition, and why.

    Raises: Denied, Refused (nothing waits), Unfit (no basis).
    """
    require(may_issue(by, regulation.unit), _("制定、修订制度的"))
    why = _line(basis, _("核对依据"), 200)
    Regulation.objects.select_for_update(of=("self",)).get(pk=regulation.pk)
    waiting = work_of(by, regulation.pk)
    if not waiting:
        raise Refused(_("本单位这项细则没有待核对的集团新版，无需操作。"))
    against = waiting[0].newest
    made = Checked.objects.create(
        unit_id=regulation.unit_id, regulation=regulation, against=against, basis=why, by=by, at=at
    )
    audit.record(
        by,
        "regulation.checked",
        regulation,
        data={"number": regulation.number, "against": against.pk, "basis": why},
    )
    return made


@transaction.atomic
def hand_out(by: User, regulation: Regulation) -> None:
    """Write down that a regulation's file was taken; whoever reached it may have it (§5.5)."""
    audit.record(
        by,
        "regulation.downloaded",
        regulation,
        data={"number": regulation.number, "sha256": regulation.blob_id},
    )


def read(key: UUID) -> None:
    """Read the text of a file for the search; the slow part stands in no transaction."""
    row = Regulation.objects.filter(pk=key).first()
    if row is None or row.blob_id is None:
        return
    if row.text_state not in (TextState.WAITING, TextState.ABSENT):
        return
    found = read_text(read_blob(row.blob_id), row.media_type, row.pages)
    Regulation.objects.filter(pk=key).update(text=found.text, text_state=found.state)


def give_up_reading(key: UUID) -> None:
    """Its text cannot be read; it is found by number, title and summary."""
    Regulation.objects.filter(pk=key).update(text_state=TextState.FAILED)


# Checks ------------------------------------------------------------------------------------------


def _former(unit: OrgUnit, content: Content) -> Regulation | None:
    """The edition that is superseded, locked. Raises: Refused, Unfit."""
    if content.supersedes is None:
        return None
    rows = Regulation.objects.select_for_update(of=("self",)).filter(unit=unit)
    former: Regulation | None = rows.filter(pk=content.supersedes.pk).first()
    if former is None:
        raise Unfit(_("所替代的制度应是同一单位的，请重新选择。"))
    if Regulation.objects.filter(supersedes=former).exists():
        raise Refused(_("所替代的一版已有新版，请选择最新的一版。"))
    over = former.ended_on is not None and former.ended_on <= content.effective_on
    if content.effective_on <= former.effective_on and not over:
        message = _("施行日期 %(on)s 应晚于所替代版次的施行日期 %(first)s，请核对。")
        raise Unfit(message % {"on": content.effective_on, "first": former.effective_on})
    return former


def _carried(content: Content, *, of_group: bool) -> Regulation | None:
    carried = content.carries_out
    if carried is None:
        return None
    if of_group:
        raise Unfit(_("集团制度不填“执行的集团制度”，请留空。"))
    if not carried.of_group:
        raise Unfit(_("执行的应是一项集团制度，请重新选择。"))
    return carried


def _line(given: str, label: str, most: int) -> str:
    found = text.line(given)
    if not found:
        raise Unfit(_("请填写%(label)s。") % {"label": label})
    if len(found) > most:
        message = _("%(label)s有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"label": label, "now": len(found), "most": most})
    return found


def _summary(given: str) -> str:
    found = given.strip().replace("\0", "")
    if len(found) > SUMMARY_MOST:
        message = _("内容摘要有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"now": len(found), "most": SUMMARY_MOST})
    return found


def _save(row: Regulation) -> None:
    """Insert; what the constraints refuse is said in a sentence. Raises: Refused."""
    refusals = {
        "regulation_one_in_force": _(
            "制度 %(number)s 在 %(on)s 起的期间已有一版有效，请在“替代的版次”中选择那一版。"
        ),
        "regulation_edition_once": _("制度 %(number)s 的 %(edition)s 版已在库中。"),
    }
    said = {"number": row.number, "edition": row.edition, "on": row.effective_on}
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as why:
        for name, message in refusals.items():
            if name in str(why):
                raise Refused(message % said) from why
        raise
    row.refresh_from_db()
