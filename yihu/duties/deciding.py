"""What a steward asks for and a supervisor answers: once, by another person, in words (§6.4.2)."""

from datetime import datetime
from typing import TypeVar

from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.dossiers.problems import Refused, Unfit
from yihu.duties.choices import Verdict
from yihu.duties.models import Asked
from yihu.kit import text

Request = TypeVar("Request", bound=Asked)
REASON_MOST = 200


def undecided(request: Request) -> Request:
    """The request under lock. Raises: Refused where it is decided."""
    rows = type(request).objects.select_for_update()
    held: Request = rows.get(unit=request.unit_id, pk=request.pk)
    if held.verdict != Verdict.ASKED:
        raise Refused(
            _("这项申请已经有了结论：%(verdict)s。") % {"verdict": held.get_verdict_display()}
        )
    return held


def decide(held: Asked, verdict: Verdict, by: User, *, note: str, at: datetime) -> None:
    """Answer it, or take it back. Raises: Refused where who asked would answer."""
    if verdict != Verdict.WITHDRAWN and held.asked_by_id == by.pk:
        raise Refused(_("申请人不能审批自己的申请，请由另一位集团监督员审批。"))
    held.verdict, held.decided_by, held.decided_at, held.note = verdict, by, at, note
    held.save()


def note_of(given: str) -> str:
    """A line of words, none needed. Raises: Unfit where it is too long."""
    found = text.line(given)
    if len(found) > REASON_MOST:
        message = _("意见最多 %(most)d 字，现有 %(now)d 字。")
        raise Unfit(message % {"most": REASON_MOST, "now": len(found)})
    return found


def sentence_of(given: str, missing: str) -> str:
    """A line of words. Raises: Unfit, with `missing` where there are none."""
    found = note_of(given)
    if not found:
        raise Unfit(missing)
    return found
