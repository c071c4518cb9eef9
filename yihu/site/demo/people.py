"""Who works in the demo group, and how they sign in."""

import random
from datetime import date

from django.contrib.auth.hashers import make_password

from yihu.access.actions import open_account
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.signing.actions import start_reset
from yihu.kit.clock import now
from yihu.org.actions import employ
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import EmploymentStatus, UnitKind
from yihu.site.demo.names import person_name
from yihu.site.group import add_demo_people

PASSWORD = "Yihu-demo-2026"  # printed at every start, for a group that never was
FILLERS_MORE = 2
HEADQUARTERS = (
    ("RM", "RM0001", "沈立群", Role.SUPERVISOR),
    ("RM", "RM0002", "顾清源", Role.SUPERVISOR),
    ("ITC", "ITC0001", "罗建平", Role.ITC),
    ("HQ", "HQ0001", "韩明远", Role.AUDITOR),
)


def employ_everybody(rng: random.Random, *, today: date, since: date) -> dict[str, list[Staff]]:
    """Staff and accounts of headquarters and units. Returns each unit's fillers, by code."""
    add_demo_people(password=PASSWORD, today=since)
    password_hash = make_password(PASSWORD)
    for code, number, name, role in HEADQUARTERS:
        unit = OrgUnit.objects.get(code=code)
        staff, _ = employ(unit, employee_no=number, name=name, post=str(role.label))
        open_account(
            None,
            staff,
            username=number,
            name=name,
            password_hash=password_hash,
            roles=[(role, None)],
            since=since,
        )
    fillers: dict[str, list[Staff]] = {}
    for unit in OrgUnit.objects.filter(kind=UnitKind.SUBSIDIARY):
        mine = [Staff.objects.get(unit=unit, employee_no=f"{unit.code}0001")]
        for place in range(FILLERS_MORE):
            number = f"{unit.code}{place + 11:04d}"
            name = person_name(rng)
            staff, _ = employ(unit, employee_no=number, name=name, post=str(Role.FILLER.label))
            open_account(
                None,
                staff,
                username=number,
                name=name,
                password_hash=password_hash,
                roles=[(Role.FILLER, unit)],
                since=since,
            )
            mine.append(staff)
        fillers[unit.code] = mine
    _one_has_left(fillers["HI"][-1])
    for code in ("GD", "FJ"):  # not of those who leave: a reset ends with them
        _one_forgot(fillers[code][-2])
    return fillers


def _one_has_left(staff: Staff) -> None:
    """A gap to be seen (§5.2): the files of somebody in Hainan who left without a successor."""
    staff.status = EmploymentStatus.LEFT
    staff.save(update_fields=["status"])
    User.objects.filter(staff=staff).update(is_active=False)


def _one_forgot(staff: Staff) -> None:
    """A reset that ITC began, whose other half waits for the unit's steward (§6.3.2)."""
    itc = User.objects.get(username="ITC0001")
    user = User.objects.get(staff=staff)
    start_reset(itc, user, why=f"忘记密码，{staff.unit.code}-2026-031 号申请", at=now())


def sign_ins() -> str:
    """What is printed at every start."""
    return "\n".join(
        (
            f"演示账号（密码均为 {PASSWORD}）：",
            "  填报员 GD0001   审核员 GD0002   查询员 GD0003   保管员 GD0004   单位管理员 GD0005",
            "  其他单位把 GD 换成 FJ ZJ HI GX JS SH SD TJ HE LN BJ",
            "  集团监督员 RM0001、RM0002   信息技术中心 ITC0001   审计员 HQ0001",
        )
    )
