"""Roles of the demo group: given, waiting for ITC, waiting for the second supervisor, refused."""

from datetime import datetime, timedelta

from yihu.access.models import User
from yihu.access.roles.actions import agree, ask, open_, refuse
from yihu.access.rules import Role
from yihu.directory import actions as directory
from yihu.kit.clock import today
from yihu.org.actions import employ
from yihu.org.models import OrgUnit

WISHES = (  # asker, unit, number, name, role, why, how far it got
    ("GD0005", "GD", "GD0031", "梁嘉禾", Role.FILLER, "粤气人〔2026〕18 号岗位调整", "opened"),
    ("GD0005", "GD", "GD0032", "何晓岚", Role.READER, "粤气人〔2026〕21 号，参与长协谈判", "asked"),
    ("GD0005", "GD", "GD0033", "邓启航", Role.CUSTODIAN, "接替休假的档案保管员", "refused"),
    ("FJ0005", "FJ", "FJ0031", "林书瑶", Role.REVIEWER, "闽气人〔2026〕9 号岗位调整", "asked"),
    (
        "RM0001",
        "RM",
        "RM0003",
        "许文韬",
        Role.SUPERVISOR,
        "资市〔2026〕41 号，监督考核轮岗",
        "asked",
    ),
    ("RM0001", "HQ", "HQ0002", "孟昭宁", Role.AUDITOR, "审计部〔2026〕7 号委派", "agreed"),
)


def give_roles(*, now: datetime) -> int:
    """Asks, agrees, opens and refuses as these people would. Returns how many requests."""
    itc = User.objects.get(username="ITC0001")
    second = User.objects.get(username="RM0002")
    for place, (asker, code, number, name, role, why, far) in enumerate(WISHES):
        at = now - timedelta(hours=len(WISHES) - place)
        unit = OrgUnit.objects.get(code=code)
        staff, _ = employ(unit, employee_no=number, name=name, post="市场专员")
        by = User.objects.get(username=asker)
        row = ask(by, staff, role, reason=why, at=at, today=today())
        if far == "agreed":
            agree(second, row, at=at + timedelta(minutes=25))
        elif far == "opened":
            open_(itc, row, at=at + timedelta(minutes=40), today=today())
        elif far == "refused":
            refuse(itc, row, reason="没有附人事部门的通知", at=at + timedelta(minutes=30))
    _groups(itc, at=now)
    return len(WISHES)


def _groups(itc: User, *, at: datetime) -> None:
    """Two groups of the directory: Guangdong agreed to its one, Fujian has not yet."""
    for code, group in (("GD", "粤-客户档案查询"), ("FJ", "闽-客户档案查询")):
        made = directory.map_group(
            itc,
            group=group,
            role=Role.READER,
            unit=OrgUnit.objects.get(code=code),
            reason="统一身份平台上线通知，随岗位组授予查询员",
            at=at,
        )
        if code == "GD":
            directory.agree(User.objects.get(username="GD0005"), made, at=at)
