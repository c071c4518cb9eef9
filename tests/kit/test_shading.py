"""What a map is drawn by is what the table beside it says."""

from decimal import Decimal

import pytest
from django.template.loader import render_to_string

from yihu.kit.shading import ChinaMap, Shade

SHADES = (
    Shade("44", "广东省", 1200, "?province=44", ("8",)),
    Shade("81", "香港特别行政区", Decimal("3.1000")),
    Shade("", "未填区域", 2, "", ("0",)),
)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (1200, "1,200"), (Decimal("1200.50"), "1,200.5"), (Decimal("100"), "100")],
)
def test_a_figure_reads_plainly(value: int | Decimal, said: str) -> None:
    assert Shade("44", "广东省", value).text == said


def test_what_has_no_province_stands_in_the_table_alone() -> None:
    figure = ChinaMap("m", "客户分布", "客户", "户", SHADES, ("已达到",))
    assert figure.data == {
        "measure": "客户", "unit": "户",
        "shades": [
            {"code": "44", "name": "广东省", "value": 1200.0, "text": "1,200",
             "url": "?province=44"},
            {"code": "81", "name": "香港特别行政区", "value": 3.1, "text": "3.1", "url": ""},
        ],
    }  # fmt: skip
    page = render_to_string("_china_map.html", {"figure": figure})
    assert page.count("<tr>") == 4
    assert page.count("<a ") == 1
    assert 'data-map-code="44">广东省</a>' in page
    assert "<style" not in page
