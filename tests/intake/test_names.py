"""Names that are nearly the same."""

import time

import pytest

from yihu.intake.names import alike, core


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("广州凯能陶瓷有限公司", "广州凯能陶瓷股份有限公司", True),
        ("广东省凯能燃气有限公司", "广东凯能燃气公司", True),
        ("广州凯能陶瓷有限公司", "广州凯能陶磁有限公司", True),
        ("广州凯能陶瓷有限公司", "广州凯能新陶瓷有限公司", True),
        ("中海油(广东)燃气有限公司", "中海油广东燃气有限公司", True),
        ("广州燃气有限公司", "深圳燃气有限公司", False),
        ("广州凯能陶瓷有限公司", "广州恒源陶瓷有限公司", False),
        ("泉州南华化工有限公司", "漳州南华化工有限公司", False),
        ("泉州南华化工有限公司", "泉州南方化工有限公司", True),
        ("甲气公司", "乙气公司", False),
    ],
)
def test_near_is_one_character_apart_at_the_core(one: str, other: str, near: bool) -> None:
    found = list(alike([(4, "A", one), (5, "B", other)]))
    assert found == ([(4, one, "B", other), (5, other, "A", one)] if near else [])


def test_the_same_code_is_the_same_customer_and_row_0_asks_nothing() -> None:
    assert list(alike([(4, "A", "广州凯能公司"), (5, "A", "广州凯能集团")])) == []
    assert list(alike([(0, "A", "广州凯能公司"), (5, "B", "广州凯能集团")])) == [
        (5, "广州凯能集团", "A", "广州凯能公司")
    ]


def test_four_times_as_many_names_are_not_compared_each_with_each() -> None:
    """Which would take sixteen times as long; less of the processor's time, whatever else runs."""

    def cost(most: int) -> float:
        rows = [(n, str(n), f"广州{n * 7919 % 99991:05d}号燃气有限公司") for n in range(most)]
        started = time.process_time()
        list(alike(rows))
        return time.process_time() - started

    assert min(cost(20_000) for _ in range(2)) < 10 * min(cost(5_000) for _ in range(2))


def test_the_core_is_never_empty() -> None:
    assert core("有限公司") == "有限公司"
