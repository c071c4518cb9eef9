"""Ledgers → rows and problems, without the database."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.intake.samples import UNITS, content, expected
from tests.kit.test_sheet import workbook
from tests.kit.test_text import wide
from tests.plant import credit_code
from yihu.intake.kinds import KINDS
from yihu.intake.rules import RANK, TIERS
from yihu.intake.sheet import Checked, Ledger, open_ledger, value_of
from yihu.kit.sheet import Refused

CODE = credit_code(1)
USCC = "统一社会信用代码"
NEEDS_DATABASE = {*TIERS[5], "outside_contract_term", "duplicate_in_file"}

CUSTOMERS = ["客户名称", "统一社会信用代码", "客户类别", "省份", "城市", "用气类型"]
CONTRACTS = [
    "合同编号",
    "统一社会信用代码",
    "气源类型",
    "生效日期",
    "终止日期",
    "年合同量ACQ",
    "计量单位",
]
OFFTAKE = ["月份", "合同编号", "实际提气量", "计量单位", "结算单价"]
PERSONNEL = ["工号", "姓名", "变动类型", "生效日期"]
RATINGS = ["统一社会信用代码", "评级年度", "得分"]
HEADERS = {
    "customers": CUSTOMERS,
    "contracts": CONTRACTS,
    "offtake": OFFTAKE,
    "personnel": PERSONNEL,
    "ratings": RATINGS,
}
GOOD: dict[str, dict[str, object]] = {
    "customers": dict(
        zip(CUSTOMERS, ["广州甲公司", CODE, "一般", "广东", "广州", "工业"], strict=True)
    ),
    "contracts": dict(
        zip(
            CONTRACTS, ["H1", CODE, "管道气", "2026-01-01", "2026-12-31", 1200, "万方"], strict=True
        )
    ),
    "offtake": dict(zip(OFFTAKE, ["2026-10", "H1", 100, "万方", 3.1], strict=True)),
    "personnel": dict(zip(PERSONNEL, ["GD1", "甲", "退休", "2026-11-20"], strict=True)),
    "ratings": dict(zip(RATINGS, [CODE, 2026, 80], strict=True)),
}


def opened(kind: str, *rows: list[object], name: str = "台账.xlsx") -> Ledger:
    return open_ledger(workbook(*rows), name, KINDS[kind])


def checked(kind: str, **cells: object) -> Checked:
    """One good row with some cells replaced or added."""
    row = GOOD[kind] | cells
    (one,) = opened(kind, list(row), list(row.values())).rows()
    return one


def first(kind: str, **cells: object) -> tuple[str, str] | None:
    """(code, column) of the first problem of a good row so changed."""
    problems = checked(kind, **cells).problems
    return (problems[0].code, problems[0].column) if problems else None


def value(kind: str, field: str, **cells: object) -> Any:
    one = checked(kind, **cells)
    assert one.problems == ()
    return value_of(KINDS[kind], one, field)


# --- the samples ------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS)
def test_the_samples_answer_as_far_as_their_cells_go(unit: str) -> None:
    for name, answer in expected(unit).items():
        rows = list(open_ledger(content(unit, name), name, KINDS[answer["kind"]]).rows())
        wanted = [
            (one["row"], one["code"])
            for one in answer["rejected"]
            if one["code"] not in NEEDS_DATABASE
        ]
        assert [(row.row, row.problems[0].code) for row in rows if row.problems] == wanted
        assert len(rows) == answer["accepted"] + len(answer["rejected"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_row_is_good(kind: str) -> None:
    assert first(kind) is None


# --- codes ------------------------------------------------------------------------------------


@pytest.mark.clause("annex 2.4")
@pytest.mark.parametrize(
    ("kind", "cells", "code", "column"),
    [
        ("customers", {"客户名称": None}, "missing_name", "客户名称"),
        ("customers", {"客户名称": "#REF!"}, "missing_name", "客户名称"),
        ("customers", {"客户名称": "甲" * 201}, "invalid_number", "客户名称"),
        ("customers", {USCC: "无"}, "missing_credit_code", USCC),
        ("customers", {USCC: CODE[:17] + "I"}, "invalid_credit_code", USCC),
        ("customers", {"客户类别": "黄金"}, "unknown_customer_class", "客户类别"),
        ("customers", {"客户类别": ""}, "missing_value", "客户类别"),
        ("customers", {"用气类型": "炼钢"}, "unknown_gas_use", "用气类型"),
        ("customers", {"用气类型": "工业燃料、车船加注"}, "out_of_scope_retail", "用气类型"),
        ("customers", {"用气类型": "居民用气"}, "out_of_scope_retail", "用气类型"),
        ("customers", {"省份": "火星"}, "unknown_region", "省份"),
        ("customers", {"城市": "福州"}, "unknown_region", "城市"),
        ("customers", {"省份": None, "城市": None}, "missing_value", "省份"),
        ("customers", {"建档日期": "2024-02-30"}, "invalid_date", "建档日期"),
        ("customers", {"注册资本（万元）": "很多"}, "invalid_number", "注册资本（万元）"),
        ("customers", {"注册资本（万元）": -1}, "negative_quantity", "注册资本（万元）"),
        ("contracts", {"合同编号": None}, "missing_contract_number", "合同编号"),
        ("contracts", {"统一社会信用代码": None}, "missing_credit_code", "统一社会信用代码"),
        ("contracts", {"气源类型": "天然气"}, "unknown_source", "气源类型"),
        ("contracts", {"购销方向": "租"}, "unknown_source", "购销方向"),
        ("contracts", {"计量单位": "加仑"}, "unknown_quantity_unit", "计量单位"),
        ("contracts", {"计量单位": "吨"}, "unit_mismatch", "计量单位"),
        ("contracts", {"年合同量ACQ": -5}, "negative_quantity", "年合同量ACQ"),
        ("contracts", {"年合同量ACQ": "1e309"}, "invalid_number", "年合同量ACQ"),
        ("contracts", {"年合同量ACQ": 1e13}, "invalid_number", "年合同量ACQ"),
        ("contracts", {"终止日期": "2025-12-31"}, "end_before_start", "终止日期"),
        ("contracts", {"终止日期": "长期"}, "invalid_date", "终止日期"),
        ("contracts", {"照付不议比例": "185%"}, "percentage_out_of_range", "照付不议比例"),
        ("contracts", {"照付不议比例": 1.5}, "percentage_out_of_range", "照付不议比例"),
        ("contracts", {"照付不议比例": -0.1}, "percentage_out_of_range", "照付不议比例"),
        ("contracts", {"合同单价（元/吨）": 3.1}, "unit_mismatch", "合同单价（元/吨）"),
        ("offtake", {"月份": "13月"}, "invalid_month", "月份"),
        ("offtake", {"月份": None}, "missing_value", "月份"),
        ("offtake", {"合同编号": "—"}, "missing_contract_number", "合同编号"),
        ("offtake", {"实际提气量": None}, "missing_value", "实际提气量"),
        ("offtake", {"实际提气量": "约100"}, "invalid_number", "实际提气量"),
        ("offtake", {"实际提气量": "100吨"}, "unit_mismatch", "实际提气量"),
        ("offtake", {"结算单价": None}, "missing_value", "结算单价"),
        ("offtake", {"结算单价": -3}, "negative_quantity", "结算单价"),
        ("personnel", {"工号": None}, "missing_value", "工号"),
        ("personnel", {"变动类型": "晋升"}, "unknown_personnel_event", "变动类型"),
        ("personnel", {"生效日期": "明天"}, "invalid_date", "生效日期"),
        ("ratings", {"得分": 100.5}, "score_out_of_range", "得分"),
        ("ratings", {"评级年度": "二六年"}, "invalid_number", "评级年度"),
        ("ratings", {"客户类别": "白银"}, "unknown_customer_class", "客户类别"),
    ],
)  # fmt: skip
def test_each_problem_has_its_code_and_column(
    kind: str, cells: dict[str, object], code: str, column: str
) -> None:
    assert first(kind, **cells) == (code, column)


def test_every_code_has_a_place_in_the_order() -> None:
    assert len(RANK) == sum(map(len, TIERS))


def test_problems_stand_in_the_order_of_the_house() -> None:
    one = checked(
        "contracts", 合同编号=None, 终止日期="2025-01-01", 照付不议比例="185%", 气源类型="电"
    )
    assert [problem.code for problem in one.problems] == [
        "missing_contract_number", "unknown_source", "percentage_out_of_range", "end_before_start",
    ]  # fmt: skip


def test_messages_echo_the_value_and_say_the_way_out() -> None:
    (problem,) = checked("contracts", 照付不议比例="185%").problems
    assert problem.message == "比例“185%”应在 0% 至 100% 之间；请核对。"
    assert problem.as_dict() == {
        "row": 2, "column": "照付不议比例", "code": "percentage_out_of_range",
        "message": problem.message,
    }  # fmt: skip


# --- values -----------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["90%", 0.9, 90, "０.９", "90 %"])
def test_a_share_is_one_number(written: object) -> None:
    assert value("contracts", "take_or_pay_percent", 照付不议比例=written) == 90


@pytest.mark.parametrize(
    ("written", "klass"),
    [("战略客户", "strategic"), ("vip 客户", "vip"), ("重点客户", "vip"), (wide("VIP"), "vip"),
     ("内部", "internal"), ("普通客户", "general"), ("一般", "general")],
)  # fmt: skip
def test_a_class_has_many_names(written: str, klass: str) -> None:
    assert value("customers", "klass", 客户类别=written) == klass


@pytest.mark.parametrize(
    ("written", "codes"),
    [("工业燃料", ["02"]), ("LNG贸易/分销", ["05"]), ("化工,工业", ["02", "04"]),
     ("城燃、发电；分布式", ["01", "03", "06"]), ("01", ["01"])],
)  # fmt: skip
def test_gas_uses_may_be_several(written: str, codes: list[str]) -> None:
    assert value("customers", "gas_uses", 用气类型=written) == codes


@pytest.mark.parametrize(
    ("province", "city", "code"),
    [("广东省", "广州市", "440100"), ("广东", "佛山", "440600"), ("北京市", "北京市", "110000"),
     ("", "厦门", "350200"), ("海南省", None, "460000")],
)  # fmt: skip
def test_a_region_is_its_code(province: str, city: str | None, code: str) -> None:
    assert value("customers", "region_code", 省份=province, 城市=city) == code


@pytest.mark.parametrize(
    ("unit", "written", "stored"),
    [("万立方米", "1,200", "1200"), ("万m³", 1200, "1200"), ("万Nm³", 1200, "1200"),
     ("立方米", 12_000_000, "1200"), ("亿方", 0.12, "1200"), ("千方", 12000, "1200"),
     ("万方", "1200万方", "1200"), ("万方", "0.12亿方", "1200")],
)  # fmt: skip
def test_quantities_are_converted_exactly(unit: str, written: object, stored: str) -> None:
    assert value("contracts", "acq", 年合同量ACQ=written, 计量单位=unit) == Decimal(stored)


def test_tonnes_are_for_lng() -> None:
    one = checked("contracts", 气源类型="液化天然气", 计量单位="t", 年合同量ACQ="1万吨")
    assert one.problems == ()
    assert value_of(KINDS["contracts"], one, "acq") == 10_000
    assert value_of(KINDS["contracts"], one, "quantity_unit") == "t"


@pytest.mark.parametrize(
    ("header", "written", "stored"),
    [("注册资本（万元）", "12000万元", "12000"), ("注册资本（万元）", "1.2亿元", "12000"),
     ("注册资本（万元）", "5,000", "5000"), ("注册资本", 500, "500"),
     ("注册资本（元）", 5_000_000, "500"),
     ("注册资本(亿元)", 1.2, "12000"), ("注册资本（万元）", "5000000元", "500")],
)  # fmt: skip
def test_money_is_brought_to_one_unit(header: str, written: object, stored: str) -> None:
    assert value("customers", "reg_capital", **{header: written}) == Decimal(stored)


@pytest.mark.parametrize(
    ("header", "written"),
    [("结算金额（元）", 310), ("结算金额（万元）", 0.031), ("金额", "0.031万元")],
)
def test_amounts_are_yuan(header: str, written: object) -> None:
    assert value("offtake", "amount_yuan", **{header: written}) == Decimal("310.00")


def test_floats_leave_no_noise() -> None:
    assert value("offtake", "actual", 实际提气量=0.1 + 0.2) == Decimal("0.3000")
    assert value("offtake", "planned", 计划量=833.3333333333334) == Decimal("833.3333")


def test_a_price_is_needed_where_gas_was_taken() -> None:
    assert first("offtake", 结算单价=None, 实际提气量=0) is None


def test_a_mobile_number_loses_its_dashes() -> None:
    assert value("customers", "phone", 联系人="甲", 联系电话="135-4502-9884") == "13545029884"
    assert value("customers", "phone", 联系人="甲", 联系电话=13545029884) == "13545029884"
    assert value("customers", "phone", 联系人="甲", 联系电话="020-8123456") == "020-8123456"
    assert first("customers", 联系电话="020-8123456") == ("missing_value", "")


# --- headers ----------------------------------------------------------------------------------


def test_the_header_is_found_wherever_it_stands() -> None:
    good = GOOD["customers"]
    for above in ([], [["台账"]], [["台账"], [], ["填报单位：甲", None, "单位：万元"], []]):
        ledger = opened("customers", *above, list(good), list(good.values()))
        assert ledger.layout.header_row == len(above) + 1
        assert [row.row for row in ledger.rows()] == [len(above) + 2]


def test_headers_may_stand_in_any_order_and_dress() -> None:
    dressed = {
        "*客户全称": "广州甲公司", "用气\n性质": "工业", " 统一社会信用代码（必填）": CODE,
        "客户 分类：": "一般", "3.所在城市": "广州", "省份": "广东",
    }  # fmt: skip
    (row,) = opened("customers", list(dressed), list(dressed.values())).rows()
    assert row.problems == ()
    assert value_of(KINDS["customers"], row, "name_full") == "广州甲公司"


def test_a_header_of_two_rows_is_one() -> None:
    ledger = opened(
        "contracts",
        ["合同台账"],
        ["合同", None, "客户", None, "期限", None, "数量（万方）", None],
        ["合同编号", "气源", "客户名称", "信用代码", "生效日期", "终止日期", "年合同量", "MDQ"],
        ["H1", "管道气", "甲", CODE, "2026-01-01", "2026-12-31", 1200, 4],
    )
    (row,) = ledger.rows()
    assert (ledger.layout.header_row, ledger.layout.header_rows) == (2, 2)
    assert row.problems == ()
    assert value_of(KINDS["contracts"], row, "acq") == 1200
    assert value_of(KINDS["contracts"], row, "quantity_unit") == "wan_m3"


def test_the_unit_may_stand_in_the_header() -> None:
    headers = [*CONTRACTS[:5], "ACQ(万方)", "MDQ（万方/日）"]
    row = [*GOOD["contracts"].values()][:5]
    (one,) = opened("contracts", headers, [*row, 1200, 4]).rows()
    assert one.problems == ()
    assert value_of(KINDS["contracts"], one, "mdq") == 4


def test_the_month_may_stand_in_the_title_or_the_file_name() -> None:
    headers, row = OFFTAKE[1:], [*GOOD["offtake"].values()][1:]
    (one,) = opened(
        "offtake", ["2026年10月统计表"], ["填报日期：2026年11月5日"], headers, row
    ).rows()
    assert value_of(KINDS["offtake"], one, "month") == date(2026, 10, 1)
    (one,) = opened("offtake", headers, row, name="GD-2026年10月提气量价.xlsx").rows()
    assert value_of(KINDS["offtake"], one, "month") == date(2026, 10, 1)
    (one,) = opened("offtake", ["2026年统计表"], OFFTAKE, ["10月", *row]).rows()
    assert value_of(KINDS["offtake"], one, "month") == date(2026, 10, 1)


def test_a_unit_of_money_above_the_table_holds() -> None:
    headers, row = [*OFFTAKE, "结算金额"], [*GOOD["offtake"].values(), 310]
    (one,) = opened("offtake", ["月报", None, "单位：万元"], headers, row).rows()
    assert value_of(KINDS["offtake"], one, "amount_yuan") == 3_100_000


def test_a_column_that_no_field_claims_is_said() -> None:
    ledger = opened("customers", [*CUSTOMERS, "星座"], [*GOOD["customers"].values(), "狮子"])
    assert [(one.row, one.column, one.code) for one in ledger.warnings()] == [
        (1, "星座", "unknown_header")
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_required_column_that_is_nowhere_refuses_the_file(kind: str) -> None:
    for left_out in HEADERS[kind]:
        if left_out in {"省份", "城市", "月份", "姓名", "评级年度"}:
            continue
        row = {name: cell for name, cell in GOOD[kind].items() if name != left_out}
        with pytest.raises(Refused) as refused:
            opened(kind, list(row), list(row.values()))
        assert refused.value.code == "missing_header"
        assert "、".join(row) in refused.value.message


def test_another_kind_of_ledger_is_refused_with_what_was_seen() -> None:
    with pytest.raises(Refused) as refused:
        opened("ratings", PERSONNEL, [*GOOD["personnel"].values()])
    assert refused.value.code == "missing_header"
    assert "工号、姓名、变动类型、生效日期" in refused.value.message


def test_two_columns_for_one_field_are_refused() -> None:
    with pytest.raises(Refused) as refused:
        opened("offtake", [*OFFTAKE, "提气量"], [*GOOD["offtake"].values(), 7])
    assert "“实际提气量”和“提气量”" in refused.value.message


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_sheet_is_refused(kind: str) -> None:
    with pytest.raises(Refused) as refused:
        opened(kind)
    assert refused.value.code == "unreadable_file"
    assert "空的" in refused.value.message


def test_the_sheet_with_the_table_is_chosen() -> None:
    import io

    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["说明页"])  # type: ignore[union-attr]
    page = book.create_sheet("数据")
    page.append(CUSTOMERS)
    page.append(list(GOOD["customers"].values()))
    target = io.BytesIO()
    book.save(target)
    ledger = open_ledger(target.getvalue(), "台账.xlsx", KINDS["customers"])
    assert (ledger.layout.sheet.name, ledger.layout.other_sheets) == ("数据", ("Sheet",))


# --- rows that are none -----------------------------------------------------------------------


def test_blanks_totals_notes_and_repeated_headers_are_no_rows() -> None:
    good = list(GOOD["offtake"].values())
    ledger = opened(
        "offtake",
        ["序号", *OFFTAKE],
        [1, *good],
        [None, None],
        [2, None],
        ["小计", None, None, 100],
        ["序号", *OFFTAKE],
        [3, *good],
        ["合 计", None, None, "=SUM(D2:D7)"],
        ["总计（万方）", None, None, 200],
        ["注：本表由市场部更新。"],
        ["填报人：甲", None, None, "审核人：乙"],
        [None, None, "说明：无"],
    )
    assert [row.row for row in ledger.rows()] == [2, 7]


def test_a_claimed_formula_without_a_value_refuses_the_file() -> None:
    good = list(GOOD["offtake"].values())
    with pytest.raises(Refused) as refused:
        list(opened("offtake", OFFTAKE, [*good[:2], "=1+1", *good[3:]]).rows())
    assert refused.value.code == "unreadable_file"
    assert "C2" in refused.value.message
    assert "数值" in refused.value.message


def test_a_formula_in_a_column_that_is_left_out_does_not_matter() -> None:
    ledger = opened("offtake", ["序号", *OFFTAKE], ["=ROW()-1", *GOOD["offtake"].values()])
    assert [row.problems for row in ledger.rows()] == [()]


def test_an_error_value_is_a_problem_of_its_cell() -> None:
    assert first("offtake", 实际提气量="#DIV/0!") == ("invalid_number", "实际提气量")
    assert first("offtake", 月份="#N/A") == ("invalid_month", "月份")
    assert first("contracts", 生效日期="#REF!") == ("invalid_date", "生效日期")
