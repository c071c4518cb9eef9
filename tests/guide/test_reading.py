"""What was typed becomes what is stored, or stays as it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihu.guide.reading import Unstorable, read_value
from yihu.guide.rules import Cell, Field, FieldType

MONEY = Cell("reg_capital", "注册资本", FieldType.NUMBER, unit="万元", digits=2)
VOLUME = Cell("volume", "量", FieldType.NUMBER, unit="万立方米", digits=4)
DAY = Cell("on", "日期", FieldType.DATE)
MARK = Cell("use", "用气类型", FieldType.CHOICES, choices={"01": "城镇燃气", "02": "工业燃料"})
ONE = Cell("kind", "性质", FieldType.CHOICE, choices={"private": "民营"})
NOTE = Field("note", "备注", FieldType.TEXT, long=True)
LINE = Cell("name", "名称", FieldType.TEXT)
YES = Cell("ok", "确认", FieldType.BOOL)


@pytest.mark.parametrize(
    ("cell", "typed", "stored"),
    [
        (MONEY, "3,600", "3600.00"),
        (MONEY, "3600万", "3600.00"),
        (MONEY, "0.36亿元", "3600.00"),
        (MONEY, "36,000,000 元", "3600.00"),
        (MONEY, "1.005", "1.005"),
        (MONEY, "三千六百", "三千六百"),
        (MONEY, "3600 吨", "3600 吨"),
        (VOLUME, "12万方", "12.0000"),
        (VOLUME, "-", "-"),
        (DAY, "2025年3月6日", "2025-03-06"),
        (DAY, "20250306", "2025-03-06"),
        (DAY, "长期", "9999-12-31"),
        (DAY, "2024-02-30", "2024-02-30"),
        (MARK, ["01", "", "01"], ["01"]),
        (MARK, "01、02", ["01", "02"]),
        (ONE, "民营", "private"),
        (ONE, "火星", "火星"),
        (YES, "是", True),
        (YES, "false", False),
        (YES, "大概", "大概"),
        (LINE, "  李\u200b 明 ", "李 明"),
        (NOTE, "一\r\n二\n", "一\n二"),
        (LINE, "", None),
        (LINE, None, None),
    ],
)
def test_reads(cell: Cell, typed: object, stored: object) -> None:
    assert read_value(cell, typed) == stored


@pytest.mark.parametrize("bad", ["\x00", "甲\u202e乙", "\ud800", "x" * 20_001])
def test_refuses_what_no_field_takes(bad: str) -> None:
    with pytest.raises(Unstorable, match="“名称”"):
        read_value(LINE, bad)


@given(st.text(max_size=60), st.sampled_from([MONEY, VOLUME, DAY, ONE, LINE]))
def test_reading_twice_changes_nothing(typed: str, cell: Cell) -> None:
    try:
        once = read_value(cell, typed)
    except Unstorable:
        return
    assert read_value(cell, once) == once
