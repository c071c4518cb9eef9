"""The group, its units and its people, from a TOML file, into an empty installation."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction

from yihu.access.actions import open_account
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.org.actions import UnitSpec, employ, plant_units
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind

DEFAULT = Path(__file__).parent / "data" / "group.toml"
DEMO_PEOPLE = (
    ("0001", "演示填报员", Role.FILLER),
    ("0002", "演示审核员", Role.REVIEWER),
    ("0003", "演示查询员", Role.READER),
    ("0004", "演示保管员", Role.CUSTODIAN),
    ("0005", "演示单位管理员", Role.STEWARD),
)


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """What a TOML of the group says."""

    units: list[UnitSpec]
    live_from: date | None


def read_group(path: Path) -> GroupSpec:
    """Units in the order of the file, and the month of going live, if named.

    Raises: ValueError with a Chinese sentence that names the unit and what is wrong.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as reason:
        raise ValueError(f"读不懂组织文件 {path}：{reason}") from None
    units: list[UnitSpec] = []
    for place, entry in enumerate(content.get("unit", []), start=1):
        try:
            units.append(
                UnitSpec(
                    code=entry["code"],
                    name=entry["name"],
                    short_name=entry.get("short_name", entry["name"]),
                    kind=UnitKind(entry["kind"]),
                    parent=entry.get("parent"),
                    regions=tuple(entry.get("regions", ())),
                )
            )
        except KeyError as missing:
            raise ValueError(f"组织文件第 {place} 个单位缺少 {missing}。") from None
        except ValueError:
            kinds = "、".join(UnitKind.values)
            raise ValueError(
                f"组织文件第 {place} 个单位的 kind 是 {entry['kind']}，应为 {kinds} 之一。"
            ) from None
    known: set[str] = set()
    for unit in units:
        if unit.parent is not None and unit.parent not in known:
            raise ValueError(f"单位 {unit.code} 的上级 {unit.parent} 不在它前面。")
        known.add(unit.code)
    return GroupSpec(units, content.get("live_from"))


def plant(spec: GroupSpec, *, today: date) -> int:
    """Plant the units; new ones go live with the month before today. Returns how many."""
    first = today.replace(day=1)
    before = first.replace(year=first.year - (first.month == 1), month=(first.month - 2) % 12 + 1)
    return plant_units(None, spec.units, live_from=spec.live_from or before)


@transaction.atomic
def open_first_administrator(*, password: str, today: date) -> User | None:
    """The ITC account that opens all others, unless there is one. Returns the new account."""
    if User.objects.filter(assignments__role=Role.ITC).exists():
        return None
    return open_account(
        None,
        None,
        username="admin",
        name="系统管理员",
        password_hash=make_password(password),
        roles=[(Role.ITC, None)],
        since=today,
        one_time=True,
    )


@transaction.atomic
def add_demo_people(*, password: str, today: date) -> list[str]:
    """Five people with accounts in each subsidiary, XX0001 to XX0005. Returns the new numbers."""
    known = set(User.objects.values_list("username", flat=True))
    password_hash = make_password(password)  # once: it costs a tenth of a second by design
    opened: list[str] = []
    for unit in OrgUnit.objects.filter(kind=UnitKind.SUBSIDIARY):
        for tail, name, role in DEMO_PEOPLE:
            number = f"{unit.code}{tail}"
            staff, _ = employ(unit, employee_no=number, name=name, post=str(role.label))
            if number not in known:
                open_account(
                    None,
                    staff,
                    username=number,
                    name=name,
                    password_hash=password_hash,
                    roles=[(role, unit)],
                    since=today,
                )
                opened.append(number)
    return opened
