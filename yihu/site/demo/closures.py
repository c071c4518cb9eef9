"""Files whose contracts have all ended: some dormant, one closed, one that waits, one kept."""

from datetime import date, datetime, timedelta

from yihu.access.models import User
from yihu.desk.queries import GAPS
from yihu.dossiers.models import Dossier
from yihu.duties import closing
from yihu.site.demo.cadence import SUPERVISOR

RESTS = (  # unit, state, ground, reason, answer, note
    (
        "GD",
        "dormant",
        "ended",
        "合同到期后暂未续签，客户扩建完成后再谈",
        "consented",
        "续签后自动恢复",
    ),
    ("GD", "closed", "cancelled", "客户已办理工商注销，无未结款项", "consented", "资料照常保管"),
    ("FJ", "closed", "ended", "客户改用直供气，不再从本单位购气", "asked", ""),
    ("ZJ", "dormant", "ended", "合同到期，客户暂无用气计划", "refused", "仍在洽谈续签，暂不休眠"),
)


def rest_files(*, today: date, now: datetime) -> None:
    """One each; where a unit has no file that could, it asks for none."""
    supervisor = User.objects.get(username=SUPERVISOR)
    for place, (code, state, ground, reason, answer, note) in enumerate(RESTS):
        at = now - timedelta(hours=5 * (len(RESTS) - place))
        found = _first(code, state, today)
        if found is None:
            continue
        steward = User.objects.get(username=f"{code}0005")
        row = closing.ask(
            steward, found, state=state, ground=ground, reason=reason, at=at, today=today
        )
        if answer == "consented":
            closing.consent(supervisor, row, note=note, at=at, today=today)
        elif answer == "refused":
            closing.refuse(supervisor, row, note=note, at=at)


def _first(code: str, state: str, today: date) -> Dossier | None:
    rows = Dossier.objects.filter(unit__code=code).filter(GAPS["ended"](today)).order_by("number")
    return next((row for row in rows if not closing.in_the_way(row, state, today)), None)
