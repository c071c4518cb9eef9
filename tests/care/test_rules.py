"""Conditions are checked and said in words; the year's share of visits (§3b)."""

from typing import Any

import pytest

from tests.care.asked import when
from yihu.care import rules
from yihu.care.choices import OPS
from yihu.care.facts import FACT, FACTS
from yihu.dossiers.problems import Unfit

pytestmark = pytest.mark.clause("3b")


def test_every_fact_has_a_code_of_its_own_a_source_file_and_an_operator() -> None:
    from yihu.care.queries import SQL

    assert len(FACT) == len(FACTS) > 25
    for fact in FACTS:
        assert OPS[fact.type], fact.code
        for source in fact.sources:
            assert (SQL / f"{source}.sql").exists(), (fact.code, source)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (when("ends_in", "le", "90.0"), "合同距到期不高于 90 天"),
        (when("volume_wan_m3", "ge", "1，200"), "近 12 个月提气量（管道气）不低于 1200 万立方米"),
        (when("klass", "in", "strategic", "vip"), "客户分类属于 战略客户、VIP客户"),
        (when("growth", "none", "5"), "提气量同比：无数据"),
        (when("price_policy", "yes"), "享有优惠、差异化价格政策：是"),
    ],
)
def test_a_condition_is_read_and_said(given: dict[str, Any], words: str) -> None:
    assert rules.read(given).words() == words


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (when("", "ge", "1"), "第 2 个条件：请从列表中选择事实。"),
        (when("klass", "ge", "1"), "第 2 个条件：“客户分类”不能这样比较，请重选。"),
        (when("ends_in", "le"), "第 2 个条件：请写明“合同距到期”的值。"),
        (when("ends_in", "le", "很快"), "第 2 个条件：“合同距到期（天）”应为数字，例如 90。"),
        (when("ends_in", "le", "NaN"), "第 2 个条件：“合同距到期（天）”应为数字，例如 90。"),
        (when("ends_in", "le", "1e99"), "第 2 个条件：“合同距到期（天）”应为数字，例如 90。"),
        (when("klass", "in", "gold"), "第 2 个条件：“客户分类”没有“gold”这个选项。"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(given: dict[str, Any], says: str) -> None:
    with pytest.raises(Unfit) as why:
        rules.read(given, 2)
    assert str(why.value) == says


def test_a_segment_asks_something_and_not_too_much() -> None:
    with pytest.raises(Unfit):
        rules.read_all([])
    with pytest.raises(Unfit):
        rules.read_all([when("contracts", "ge", "1")] * 11)


@pytest.mark.parametrize(
    ("due", "day", "by_now"), [(4, 309, 3), (4, 365, 4), (2, 182, 0), (2, 183, 1), (0, 300, 0)]
)
def test_the_years_share_is_rounded_down(due: int, day: int, by_now: int) -> None:
    assert rules.due_by_now(due, day=day, days=365) == by_now
