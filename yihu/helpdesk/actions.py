"""Report, answer, add, close: one event each, and never a word of it in the log."""

import io
from datetime import datetime
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.helpdesk import policy
from yihu.helpdesk.choices import State
from yihu.helpdesk.models import Message, Picture, Report
from yihu.helpdesk.rules import number_of, page_of
from yihu.kit.text import line
from yihu.papers.content import IMAGES, check
from yihu.papers.pictures import draw

MOST_BYTES = 8 * 1024 * 1024
TEXT_MOST = 2000
OPEN_MOST = 20
"""Reports of one person that wait at once."""


@transaction.atomic
def report(
    by: User,
    *,
    text: str,
    page: str,
    number: str,
    picture: BinaryIO | None = None,
    name: str = "",
    at: datetime,
) -> Report:
    """A problem, from where it happened. Raises: Unfit (the words, the picture), Refused."""
    if Report.objects.filter(reporter=by, state=State.OPEN).count() >= OPEN_MOST:
        said = _("您有 %(most)d 个问题还没有答复，请先看已报告的，或电话联系信息技术中心。")
        raise Refused(said % {"most": OPEN_MOST})
    content = _drawn(picture, name) if picture is not None else None
    made = Report.objects.create(
        reporter=by, at=at, path=page_of(page), number=number_of(number), text=_words(text)
    )
    made.refresh_from_db()
    if content is not None:
        Picture.objects.create(report=made, reporter=by, content=content)
    audit.record(by, "help.reported", made, unit_id=_unit_of(by))
    return made


@transaction.atomic
def answer(by: User, report: Report, *, text: str, closes: bool, at: datetime) -> Message:
    """ITC answers, and closes it where that is all. Raises: Denied, Refused, Unfit."""
    require(policy.may_answer(by), _("答复问题的"))
    held = _locked(report)
    made = _said(by, held, text, at)
    held.state = State.CLOSED if closes else State.ANSWERED
    held.closed_at = at if closes else None
    held.save(update_fields=["state", "closed_at"])
    audit.record(by, "help.answered", held, unit_id=_unit_of(held.reporter))
    return made


@transaction.atomic
def add(by: User, report: Report, *, text: str, at: datetime) -> Message:
    """The person says more, and it waits for ITC again. Raises: Denied, Refused, Unfit."""
    require(report.reporter_id == by.pk, _("补充这个问题的"))
    held = _locked(report)
    made = _said(by, held, text, at)
    held.state = State.OPEN
    held.save(update_fields=["state"])
    audit.record(by, "help.added", held, unit_id=_unit_of(by))
    return made


@transaction.atomic
def close(by: User, report: Report, *, at: datetime) -> Report:
    """It is done with. Raises: Denied, Refused."""
    require(policy.may_write(by, report), _("办结这个问题的"))
    held = _locked(report)
    held.state, held.closed_at = State.CLOSED, at
    held.save(update_fields=["state", "closed_at"])
    audit.record(by, "help.closed", held, unit_id=_unit_of(held.reporter))
    return held


def _said(by: User, held: Report, text: str, at: datetime) -> Message:
    return Message.objects.create(
        report=held, reporter_id=held.reporter_id, by=by, at=at, text=_words(text)
    )


def _locked(report: Report) -> Report:
    held = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if held.state == State.CLOSED:
        raise Refused(_("这个问题已办结；如又出现，请重新报告。"))
    return held


def _words(said: str) -> str:
    words = "\n".join(line(one) for one in said.splitlines()).strip()
    if not words:
        raise Unfit(_("请写明内容。"))
    if len(words) > TEXT_MOST:
        raise Unfit(_("内容请缩短到 %(most)d 字以内。") % {"most": TEXT_MOST})
    return words


def _drawn(picture: BinaryIO, name: str) -> bytes:
    """The picture drawn anew: what was hidden in the file stays behind. Raises: Unfit and kin."""
    size = picture.seek(0, io.SEEK_END)
    picture.seek(0)
    if size > MOST_BYTES:
        said = _("截图有 %(now).1f MB，最多 %(most)d MB，请截取一部分再传。")
        raise Unfit(said % {"now": size / 2**20, "most": MOST_BYTES // 2**20})
    found = check(picture, name, size)
    if found.media_type not in IMAGES:
        raise Unfit(_("截图应是图片（PNG、JPEG、WebP 或 TIFF）。"))
    picture.seek(0)
    out = io.BytesIO()
    draw(picture.read(), found.media_type, 1).save(out, "WEBP", quality=80, method=2)
    return out.getvalue()


def _unit_of(user: User) -> int | None:
    return user.staff.unit_id if user.staff is not None else None
