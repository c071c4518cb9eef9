"""Files on their way: a few submissions that wait for their reviewer, and one sent back."""

from datetime import date, datetime, timedelta
from typing import Any

from yihu.access.models import User
from yihu.dossiers.actions import mark_section, save_fields, send_back, submit
from yihu.dossiers.models import Dossier, Submission
from yihu.dossiers.problems import Refused
from yihu.dossiers.rules import Mark
from yihu.guide.rules import Definition

UNITS = ("GD", "FJ", "HI")
BASES = ("已与客户经理电话核实", "已对照营业执照和国家企业信用信息公示系统", "已与客户对账")
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"office_addr": "人民路 88 号燃气大厦 6 层"},
    {"legal_rep": "周明远", "business_scope": "管道燃气供应；燃气设施安装、维修；天然气销售。"},
    {"controller": "市国有资产监督管理委员会"},
)
REASON = "法定代表人与营业执照不一致，请核对后再提交。"


def hand_in(definition: Definition, *, today: date, now: datetime) -> list[Submission]:
    """What fillers of a few units handed in over the last days; the last of each is sent back.

    A file with gaps cannot be handed in, and the next one is taken.
    """
    made: list[Submission] = []
    for code in UNITS:
        filler = User.objects.get(username=f"{code}0001")
        reviewer = User.objects.get(username=f"{code}0002")
        files = iter(
            Dossier.objects.filter(unit__code=code, filler=filler.staff_id)
            .select_related("unit")
            .order_by("number")[:40]
        )
        mine: list[Submission] = []
        for place, values in enumerate(CHANGES):
            at = now - timedelta(days=len(CHANGES) - place, hours=place)
            done = next((s for s in (_one(filler, f, values, definition, today, at)
                                     for f in files) if s), None)  # fmt: skip
            mine += [done] if done is not None else []
        if mine:
            send_back(reviewer, mine[-1], reason=REASON, at=now - timedelta(hours=3))
        made += mine
    return made


def _one(
    filler: User,
    dossier: Dossier,
    values: dict[str, Any],
    definition: Definition,
    today: date,
    at: datetime,
) -> Submission | None:
    if values:
        save_fields(filler, dossier, values=values, seen={}, at=at, today=today)
    touched = {definition[code].section for code in values}
    for place, section in enumerate(definition.sections):
        if section.code not in touched:
            basis = BASES[place % len(BASES)]
            mark_section(
                filler, dossier, section.code, mark=Mark.UNCHANGED, basis=basis, at=at, today=today
            )
    try:
        return submit(filler, dossier, at=at, today=today)
    except Refused:
        return None
