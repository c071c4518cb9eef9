"""The group from a TOML, its first administrator, and people to try it with."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from yihu.access.models import RoleAssignment, User
from yihu.access.rules import Role
from yihu.org.models import OrgUnit, Staff, UnitRegion
from yihu.site.group import (
    DEFAULT,
    add_demo_people,
    open_first_administrator,
    plant,
    read_group,
)

TODAY = date(2026, 11, 5)
UNITS = {
    "GD": ("广东销售分公司", "440000"),
    "FJ": ("福建销售分公司", "350000"),
    "ZJ": ("浙江销售分公司", "330000"),
    "HI": ("海南销售分公司", "460000"),
    "GX": ("广西销售分公司", "450000"),
    "JS": ("江苏销售分公司", "320000"),
    "SH": ("上海销售分公司", "310000"),
    "SD": ("山东销售分公司", "370000"),
    "TJ": ("天津销售分公司", "120000"),
    "HE": ("河北销售分公司", "130000"),
    "LN": ("辽宁销售分公司", "210000"),
    "BJ": ("北京销售分公司", "110000"),
}


def test_the_default_group_has_twelve_units_and_their_provinces() -> None:
    spec = read_group(DEFAULT)
    assert [unit.code for unit in spec.units] == ["HQ", "RM", "ITC", *UNITS]
    assert {
        unit.code: (unit.name, *unit.regions) for unit in spec.units if unit.kind == "subsidiary"
    } == UNITS
    assert [(u.code, u.name, str(u.kind), u.parent) for u in spec.units[:3]] == [
        ("HQ", "气电集团", "group", None),
        ("RM", "资源与市场部", "department", "HQ"),
        ("ITC", "信息技术中心", "department", "HQ"),
    ]


@pytest.mark.django_db
def test_planting_twice_is_planting_once() -> None:
    spec = read_group(DEFAULT)
    assert (plant(spec, today=TODAY), plant(spec, today=TODAY)) == (15, 0)
    assert OrgUnit.objects.count() == 15
    assert dict(UnitRegion.objects.values_list("unit__code", "region_code")) == {
        code: region for code, (_name, region) in UNITS.items()
    }
    live = set(OrgUnit.objects.filter(kind="subsidiary").values_list("live_from", flat=True))
    assert live == {date(2026, 10, 1)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("today", "first"),
    [(date(2026, 1, 31), date(2025, 12, 1)), (date(2026, 12, 1), date(2026, 11, 1))],
)
def test_units_go_live_with_the_month_before(today: date, first: date) -> None:
    plant(read_group(DEFAULT), today=today)
    assert OrgUnit.objects.get(code="GD").live_from == first


@pytest.mark.django_db
def test_the_file_may_name_the_month_of_going_live(tmp_path: Path) -> None:
    path = tmp_path / "group.toml"
    path.write_text("live_from = 2026-03-01\n" + DEFAULT.read_text("utf-8"), "utf-8")
    plant(read_group(path), today=TODAY)
    assert OrgUnit.objects.get(code="GD").live_from == date(2026, 3, 1)


@pytest.mark.django_db
def test_demo_people_are_five_a_unit_with_one_role_each() -> None:
    plant(read_group(DEFAULT), today=TODAY)
    opened = add_demo_people(password="Yihu-测试-2026", today=TODAY)
    assert len(opened) == 60
    assert add_demo_people(password="another", today=TODAY) == []
    assert Staff.objects.count() == User.objects.count() == 60
    rows = RoleAssignment.objects.filter(unit__code="GD").order_by("user__username")
    assert list(rows.values_list("user__username", "user__name", "role", "user__staff__name")) == [
        ("GD0001", "演示填报员", Role.FILLER, "演示填报员"),
        ("GD0002", "演示审核员", Role.REVIEWER, "演示审核员"),
        ("GD0003", "演示查询员", Role.READER, "演示查询员"),
        ("GD0004", "演示保管员", Role.CUSTODIAN, "演示保管员"),
        ("GD0005", "演示单位管理员", Role.STEWARD, "演示单位管理员"),
    ]
    assert User.objects.get(username="BJ0005").check_password("Yihu-测试-2026")


@pytest.mark.django_db
def test_there_is_one_first_administrator() -> None:
    admin = open_first_administrator(password="Yihu-测试-2026", today=TODAY)
    assert admin is not None
    assert list(admin.assignments.values_list("role", "unit")) == [(Role.ITC, None)]
    assert open_first_administrator(password="another", today=TODAY) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[unit", "读不懂组织文件"),
        ('[[unit]]\ncode = "X"\nkind = "group"', "第 1 个单位缺少 'name'"),
        ('[[unit]]\ncode = "X"\nname = "某"\nkind = "club"', "第 1 个单位的 kind 是 club"),
        (
            '[[unit]]\ncode = "X"\nname = "某"\nkind = "subsidiary"\nparent = "Y"',
            "单位 X 的上级 Y 不在它前面",
        ),
    ],
)
def test_a_file_that_is_wrong_is_told_where(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "group.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=sentence):
        read_group(path)


def test_the_default_file_is_plain_toml() -> None:
    assert set(tomllib.loads(DEFAULT.read_text("utf-8"))) == {"unit"}
