"""The page before a visit is one sheet where it can be (§3b, 6.2.1d)."""

import pytest

from yihu.care.export import paired

pytestmark = [pytest.mark.clause("3b"), pytest.mark.clause("6.2.1d")]


@pytest.mark.parametrize(
    ("weights", "lines"),
    [
        ([], []),
        ([55, 22, 70, 70, 24], [[55, 22], [70], [70, 24]]),
        ([112, 40, 40, 40], [[112], [40, 40], [40]]),
        ([56, 56, 57, 56], [[56, 56], [57], [56]]),
    ],
)
def test_parts_of_the_sheet_stand_beside_each_other_where_a_line_holds_both(
    weights: list[int], lines: list[list[int]]
) -> None:
    found = paired([{"weight": weight} for weight in weights])
    assert [[part["weight"] for part in line] for line in found] == lines
