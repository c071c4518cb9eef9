"""注销凭证: one page that says what ended, what was handed over, and who confirmed it (§6.3.4)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused
from yihu.exports.rules import Stamp
from yihu.handover import queries
from yihu.handover.kinds import kind_of
from yihu.handover.models import Handover
from yihu.handover.policy import may_hand_over
from yihu.handover.rules import ENDED, Part
from yihu.kit.pdf import typeset
from yihu.org.models import Staff
from yihu.org.rules import ENDS

PAGE = Path(__file__).parent / "typst" / "certificate.typ"


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF and what it is called."""

    content: bytes
    name: str


def check(staff: Staff) -> None:
    """Raises: Refused while the person is here or still holds anything."""
    if staff.status not in queries.GONE:
        raise Refused(_("%(name)s仍在职，没有可打印的注销凭证。") % {"name": staff.name})
    if left := queries.held_counts([staff.pk])[staff.pk]:
        said = _("%(name)s名下还有 %(number)d 项未交接，交接完成后才能打印注销凭证。")
        raise Refused(said % {"name": staff.name, "number": left})


@transaction.atomic
@override("zh-hans")
def issue(by: User, staff: Staff, *, stamp: Stamp) -> Printed:
    """The certificate of somebody who has gone and has handed everything over.

    Raises: Denied, Refused while the person is here or still holds anything.
    """
    require(may_hand_over(by, staff.unit_id), _("打印注销凭证的"))
    check(staff)
    content = typeset(PAGE, _data(staff, stamp))
    data = {"trace": stamp.trace}
    audit.record(by, "handover.printed", staff, data=data)
    name = _("注销凭证-%(number)s-%(name)s.pdf") % {
        "number": staff.employee_no,
        "name": staff.name,
    }
    return Printed(content, name)


def _when(at: datetime) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M}"


def _data(staff: Staff, stamp: Stamp) -> dict[str, Any]:
    applied = [one for one in queries.events_of(staff) if one.applied_at and one.kind in ENDS]
    leaving = applied[0] if applied else None
    event = []
    if leaving is not None:
        event = [
            [_("变动"), str(leaving.get_kind_display())],
            [_("生效日期"), f"{leaving.effective_on:%Y-%m-%d}"],
            [_("登记"), f"{leaving.entered_by or _('导入')} {_when(leaving.entered_at)}"],
        ]
        if leaving.other_unit is not None:
            event.append([_("转入单位"), f"{leaving.other_unit.name} {leaving.other_post}".strip()])
    return {
        "title": _("客户档案查询权限注销凭证"),
        "clause": _("依据《客户档案管理细则》§6.3.4、§3d"),
        "mark": stamp.mark,
        "trace": stamp.foot,
        "secrecy": stamp.secrecy,
        "about": [
            [_("姓名"), staff.name],
            [_("工号"), staff.employee_no],
            [_("单位"), staff.unit.name],
            [_("岗位"), staff.post or "–"],
            *event,
        ],
        "ended": [
            [
                row.username,
                "、".join(
                    f"{ENDED.get(kind, kind)} {number}" for kind, number in row.ended.items()
                ),
                _when(row.at),
                _("系统（随人事变动）"),
            ]
            for row in queries.endings_of(staff)
        ],
        "handovers": [_handover(row) for row in queries.done_of(staff)],
    }


def _label(code: str) -> str:
    kind = kind_of(code)
    return str(kind.label) if kind is not None else code


def _handover(row: Handover) -> dict[str, Any]:
    lines = queries.lines_of(row)
    counted = Counter(line.kind for line in lines)
    return {
        "counts": [
            [
                _label(code),
                f"{number:,}",
                f"{sum(line.kind == code and line.moved_at is not None for line in lines):,}",
            ]
            for code, number in counted.items()
        ],
        "about": _("%(day)s 完成，共 %(number)d 项，清单摘要 %(digest)s")
        % {
            "day": _when(row.done_at) if row.done_at else "",
            "number": len(lines),
            "digest": row.digest,
        },
        "lines": [
            [
                _label(line.kind),
                line.title,
                line.successor.name if line.successor is not None else line.follows,
                _when(line.moved_at) if line.moved_at else "–",
            ]
            for line in lines
        ],
        "signatures": [
            [
                str(Part(one.part).label),
                one.staff.name,
                _("%(by)s代为确认") % {"by": one.by.name} if one.in_place else _("本人确认"),
                _when(one.at),
            ]
            for one in queries.signatures_of(row)
        ],
    }
