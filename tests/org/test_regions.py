"""GB/T 2260 as it stands today."""

import pytest

from yihu.org.regions import REGIONS, Region, find, name_of, province_of


@pytest.mark.parametrize(
    ("name", "within", "code"),
    [
        ("广东", "", "440000"),
        ("广东省", "", "440000"),
        ("广西", "", "450000"),
        ("佛山", "", "440600"),
        ("佛山市", "440000", "440600"),
        ("佛山", "350000", None),
        ("吉林", "", "220000"),
        ("吉林", "220000", "220200"),
        ("海南", "", "460000"),
        ("上海市", "", "310000"),
        ("上海市", "310000", "310100"),
        ("浦东新区", "310000", "310115"),
        ("浦东新区", "", None),
        ("朝阳", "", "211300"),
        ("延边", "220000", "222400"),
        ("陵水", "460000", "469028"),
        ("随州", "", "421300"),
        ("广东", "440000", "440000"),
        ("襄樊市", "", None),
    ],
)
def test_find(name: str, within: str, code: str | None) -> None:
    found = find(name, within)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("440000", "广东省"),
        ("440600", "广东省佛山市"),
        ("440605", "广东省佛山市南海区"),
        ("310000", "上海市"),
        ("310100", "上海市"),
        ("310115", "上海市浦东新区"),
        ("469001", "海南省五指山市"),
        ("999999", "999999"),
    ],
)
def test_name_of(code: str, name: str) -> None:
    assert name_of(code) == name


def test_provinces_and_prefectures_are_those_of_today() -> None:
    provinces = [region for region in REGIONS.values() if not region.parent]
    prefectures = [r for r in REGIONS.values() if r.parent and r.code.endswith("00")]
    assert (len(provinces), len(prefectures)) == (34, 337)
    assert province_of("440605") == Region("440000", "广东省", "")
