"""The guide as data: parsing, checking, counting, showing."""

import json
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yihu.guide.actions import read_edition
from yihu.guide.rules import (
    BrokenGuide,
    Cell,
    Definition,
    Field,
    FieldType,
    Required,
    as_number,
    as_text,
    completeness,
    display,
    display_rows,
    facts_of,
    is_empty,
    parse,
    validate,
)
from yihu.org.regions import REGIONS

TODAY = date(2026, 11, 5)
EDITION = parse(read_edition())


def field(**given: Any) -> dict[str, Any]:
    return {"code": "x", "label": "某项", **given}


def guide(*fields: dict[str, Any], **lists: dict[str, str]) -> Definition:
    section = {"code": "basic", "letter": "A", "label": "基本", "fields": list(fields)}
    return parse({"lists": lists, "sections": [section]})


def problems(definition: Definition, **facts: Any) -> list[tuple[str, str, int, str]]:
    found = validate(facts, definition, "general", ["02"], TODAY)
    return [(p.field, p.code, p.row, p.column) for p in found]


@pytest.mark.clause("6.1.1")
def test_first_edition_has_the_four_sections() -> None:
    assert [(s.letter, s.label) for s in EDITION.sections] == [
        ("A", "客户基本信息"),
        ("B", "与海油合作情况"),
        ("C", "合同执行情况"),
        ("D", "客户访谈情况"),
    ]


@pytest.mark.parametrize(
    ("code", "attributes"),
    [
        ("reg_capital", (FieldType.NUMBER, "万元", 2, Required.ALWAYS, 1, False)),
        ("legal_rep", (FieldType.TEXT, "", 0, Required.ALWAYS, 1, True)),
        ("contacts", (FieldType.TABLE, "", 0, Required.ALWAYS, 4, True)),
        ("gross_profit", (FieldType.TABLE, "", 0, Required.WHEN, 3, False)),
        ("switch_price", (FieldType.NUMBER, "元/立方米", 4, Required.OPTIONAL, 2, False)),
        ("annual_demand", (FieldType.NUMBER, "万立方米", 4, Required.ALWAYS, 2, False)),
        ("alt_fuel", (FieldType.CHOICES, "", 0, Required.OPTIONAL, 2, False)),
    ],
)
def test_first_edition_fields(code: str, attributes: tuple[Any, ...]) -> None:
    found = EDITION[code]
    assert (
        found.type,
        found.unit,
        found.digits,
        found.required,
        found.sensitivity,
        found.personal,
    ) == attributes


@pytest.mark.parametrize(
    ("broken", "culprit"),
    [
        (field(type="tabel"), "x"),
        (field(colour="red"), "x"),
        ({"code": "x", "type": "text"}, "x"),
        (field(type="choice", choices="nowhere"), "x"),
        (field(choices="grade"), "x"),
        (field(type="number", min="much"), "x"),
        (field(type="table"), "x"),
        (field(required="when"), "x"),
        (field(required="sometimes"), "x"),
        (field(sensitivity=5), "x"),
        (field(pattern="["), "x"),
        (field(type="date", not_before="y"), "x"),
        (field(required="when", when={"field": "y", "any_of": ["a"]}), "x"),
        (field(type="table", columns=[field(code="a", type="numbre")]), "x.a"),
        (
            field(
                type="table",
                columns=[field(code="a")],
                sum_max={"column": "b", "max": "100"},
            ),
            "x",
        ),
    ],
)
def test_broken_definition_names_the_field(broken: dict[str, Any], culprit: str) -> None:
    with pytest.raises(BrokenGuide) as raised:
        guide(broken)
    assert raised.value.field == culprit


def test_field_twice_is_broken() -> None:
    with pytest.raises(BrokenGuide, match="编码重复"):
        guide(field(), field())


def test_definition_survives_json() -> None:
    content = read_edition()
    content.pop("effective_on")
    assert parse(json.loads(json.dumps(content))) == EDITION


@pytest.mark.parametrize(
    ("given_field", "value", "expected"),
    [
        (field(max_length=3), "四个汉字", [("x", "too_long", 0, "")]),
        (field(), 3, [("x", "wrong_type", 0, "")]),
        (field(pattern="[A-Z]{2}"), "A1", [("x", "bad_pattern", 0, "")]),
        (field(type="number", digits=2), "50000.00", []),
        (field(type="number", digits=2), 50000, [("x", "invalid_number", 0, "")]),
        (field(type="number", digits=2), "5e4", [("x", "invalid_number", 0, "")]),
        (field(type="number", digits=2), "1.234", [("x", "too_many_digits", 0, "")]),
        (field(type="number", min="0"), "-1", [("x", "out_of_range", 0, "")]),
        (field(type="number", max="100"), "101", [("x", "out_of_range", 0, "")]),
        (field(type="choice", choices="grade"), "AAA", []),
        (field(type="choice", choices="grade"), "Z", [("x", "unknown_code", 0, "")]),
        (field(type="choices", choices="grade"), ["AAA", "Z"], [("x", "unknown_code", 0, "")]),
        (field(type="choices", choices="grade"), "AAA", [("x", "wrong_type", 0, "")]),
        (field(type="choice", choices="gbt2260"), "440605", []),
        (field(type="choice", choices="gbt2260"), "440199x", [("x", "unknown_code", 0, "")]),
        (field(type="date"), "2024-02-30", [("x", "invalid_date", 0, "")]),
        (field(type="date"), "20240229", [("x", "invalid_date", 0, "")]),
        (field(type="date", not_after="today"), "2026-11-06", [("x", "date_order", 0, "")]),
        (field(type="date", not_after="today"), "2026-11-05", []),
        (field(type="month"), "2026-13", [("x", "invalid_month", 0, "")]),
        (field(type="time"), "08:00", []),
        (field(type="time"), "25:00", [("x", "invalid_date", 0, "")]),
        (field(type="bool"), "是", [("x", "wrong_type", 0, "")]),
        (field(type="bool", expected="true"), False, [("x", "unexpected", 0, "")]),
        (field(type="file"), {"name": "批复.pdf"}, []),
        (field(type="file"), "批复.pdf", [("x", "wrong_type", 0, "")]),
        (
            field(type="table", columns=[field(code="a", needed=True), field(code="b")]),
            [{"a": "一"}, {"b": "二", "c": "三"}],
            [("x", "unknown_field", 2, "c"), ("x", "missing_value", 2, "a")],
        ),
    ],
)
def test_validate_one_value(
    given_field: dict[str, Any], value: Any, expected: list[tuple[str, str, int, str]]
) -> None:
    assert problems(guide(given_field, grade={"AAA": "AAA"}), x=value) == expected


def test_shares_add_up_to_a_hundred_at_most() -> None:
    percent = {"code": "percent", "label": "比例", "type": "number", "digits": 2}
    shares = guide(
        field(type="table", columns=[percent], sum_max={"column": "percent", "max": "100"})
    )
    assert problems(shares, x=[{"percent": "60"}, {"percent": "40.00"}]) == []
    assert problems(shares, x=[{"percent": "60"}, {"percent": "40.01"}]) == [
        ("x", "sum_over", 0, "percent")
    ]


def test_months_add_up_to_the_year_within_a_percent() -> None:
    facts = {"annual_demand": "1200", "demand_12m": [{"month": "1", "volume": "1188"}]}
    only = [p for p in validate(facts, EDITION, "general", [], TODAY) if p.field == "demand_12m"]
    assert only == []
    facts["demand_12m"] = [{"month": "1", "volume": "1187.99"}]
    only = [p for p in validate(facts, EDITION, "general", [], TODAY) if p.field == "demand_12m"]
    assert [p.code for p in only] == ["sum_mismatch"]


def test_dates_in_order_and_codes_the_same() -> None:
    facts = {
        "uscc": "91440101MA5D8BN67X",
        "established_on": "2020-05-01",
        "term_to": "2019-01-01",
        "invoice_info": [{"tax_no": "91440101MA5D8BN67Y"}],
    }
    found = {p.field: p.code for p in validate(facts, EDITION, "general", [], TODAY)}
    assert (found["term_to"], found["invoice_info"]) == ("date_order", "not_same")


def test_unknown_field_and_missing_field_are_said_in_chinese() -> None:
    found = validate({"y": "1"}, guide(field(required="always")), "general", [], TODAY)
    assert [(p.code, p.message) for p in found] == [
        ("missing_value", "“某项”必填。"),
        ("unknown_field", "填报指南里没有“y”这一项。"),
    ]


@pytest.mark.parametrize(
    ("code", "klass", "gas_uses", "facts", "wanted"),
    [
        ("shareholders", "strategic", [], {}, True),
        ("shareholders", "vip", [], {}, True),
        ("shareholders", "general", [], {}, False),
        ("internal_kind", "internal", [], {}, True),
        ("gas_licence", "general", ["01"], {}, True),
        ("gas_licence", "general", ["05"], {}, True),
        ("gas_licence", "general", ["02"], {}, False),
        ("power_licence", "general", ["03"], {}, True),
        ("uscc", "general", [], {}, True),
        ("uscc", "general", [], {"entity_type": "overseas"}, False),
        ("foreign_reg_no", "general", [], {}, False),
        ("foreign_reg_no", "general", [], {"entity_type": "overseas"}, True),
        ("lng_facility", "general", [], {"supply_form": ["lng_truck"]}, True),
        ("intake", "general", [], {"supply_form": ["lng_truck"]}, False),
        ("price_policy", "strategic", ["01"], {}, False),
        ("customer_no", "strategic", ["01"], {}, False),
        ("rating_grade", "strategic", ["01"], {}, False),
    ],
)
def test_required_by_class_and_gas_use(
    code: str, klass: str, gas_uses: list[str], facts: dict[str, Any], wanted: bool
) -> None:
    found = completeness(facts, [EDITION[code]], klass, gas_uses)
    assert (found.required, found.filled, [f.code for f in found.missing]) == (
        (1, 0, [code]) if wanted else (0, 0, [])
    )


def test_facts_take_the_columns_of_the_row() -> None:
    record = SimpleNamespace(**{f.column: None for f in EDITION if f.stored == "dossiers"})
    record.name_full, record.klass_from, record.gas_uses = "广州燃气", date(2026, 1, 5), ["01"]
    facts = facts_of(EDITION, {"legal_rep": "陈伟"}, record)
    filled = {code: value for code, value in facts.items() if not is_empty(value)}
    assert filled == {
        "legal_rep": "陈伟",
        "name_full": "广州燃气",
        "class_from": "2026-01-05",
        "gas_use": ["01"],
    }


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("reg_capital", "50000.00", "50,000.00 万元"),
        ("switch_price", "3.6926", "3.6926 元/立方米"),
        ("established_on", "2020-05-01", "2020-05-01"),
        ("term_to", "9999-12-31", "长期"),
        ("cust_class", "vip", "VIP"),
        ("gas_use", ["01", "05"], "城镇燃气、LNG贸易/分销"),
        ("region_code", "440100", "广东省广州市"),
        ("admin_code", "440605", "广东省佛山市南海区"),
        ("scope_check", True, "是"),
        ("scope_check", False, "否"),
        ("name_former", ["旧名一", "旧名二"], "旧名一、旧名二"),
        ("class_basis", {"name": "批复.pdf"}, "批复.pdf"),
        ("contacts", [{"name": "陈伟"}, {"name": "张伟"}], "2 条"),
        ("legal_rep", "  ", ""),
        ("ownership", "retired_code", "retired_code"),
    ],
)
def test_display(code: str, value: Any, shown: str) -> None:
    assert display(EDITION[code], value) == shown


def test_display_rows_leave_units_to_the_heading() -> None:
    rows = [{"year": "2025", "revenue": "1234567.8", "audited": True}]
    assert [column.heading for column in EDITION["finance"].columns] == [
        "年",
        "营收（万元）",
        "净利（万元）",
        "总资产（万元）",
        "负债率（%）",
        "经营现金流（万元）",
        "是否审计",
    ]
    assert display_rows(EDITION["finance"], rows) == [["2025", "1,234,567.8", "", "", "", "", "是"]]


# Whatever the guide allows passes its own checks


def _texts(cell: Cell) -> st.SearchStrategy[str]:
    if cell.pattern:
        return st.from_regex(cell.pattern, fullmatch=True).filter(lambda text: text.strip())
    longest = min(cell.max_length or 60, 60)
    return st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=longest)


def _numbers(cell: Cell) -> st.SearchStrategy[str]:
    low = Decimal("-999999") if cell.min is None else cell.min
    high = Decimal("999999") if cell.max is None else cell.max
    return st.decimals(low, high, places=cell.digits).map(as_text)


def _values(cell: Cell) -> st.SearchStrategy[Any]:
    codes = list(cell.choices or REGIONS)
    by_type: dict[FieldType, Any] = {
        FieldType.TEXT: lambda: _texts(cell),
        FieldType.REF: lambda: _texts(cell),
        FieldType.TEXTS: lambda: st.lists(_texts(cell), min_size=1, max_size=3),
        FieldType.CHOICE: lambda: st.sampled_from(codes),
        FieldType.CHOICES: lambda: st.lists(st.sampled_from(codes), min_size=1, max_size=3),
        FieldType.NUMBER: lambda: _numbers(cell),
        FieldType.BOOL: st.booleans,
        FieldType.DATE: lambda: st.dates(date(1990, 1, 1), TODAY).map(str),
        FieldType.FILE: lambda: st.fixed_dictionaries({"name": _texts(cell)}),
    }
    if cell.type == FieldType.TABLE:
        assert isinstance(cell, Field)
        row = st.fixed_dictionaries({column.code: _values(column) for column in cell.columns})
        return st.lists(row, min_size=max(cell.rows_min, 1), max_size=2)
    if cell.expected:
        return st.just(True if cell.type == FieldType.BOOL else cell.expected)
    strategy: st.SearchStrategy[Any] = by_type[cell.type]()
    return strategy


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_the_guide_allows_has_no_problem(data: st.DataObject) -> None:
    """One value of its own type breaks no rule but those between fields."""
    one = data.draw(st.sampled_from([f for f in EDITION if f.in_document]))
    value = data.draw(_values(one))
    found = validate({one.code: value}, EDITION, "general", [], TODAY)
    own = [p for p in found if p.field == one.code and p.code != "sum_over"]
    assert own == []
    assert display(one, value) != ""


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([f.code for f in EDITION]), ANY_JSON, max_size=4))
def test_no_document_breaks_the_checks_or_the_page(facts: dict[str, Any]) -> None:
    validate(facts, EDITION, "vip", ["01"], TODAY)
    for code, value in facts.items():
        assert isinstance(display(EDITION[code], value), str)
        display_rows(EDITION[code], value)


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.sampled_from([f.code for f in EDITION if f.in_document])),
    st.sampled_from(["strategic", "vip", "internal", "general", ""]),
    st.sets(st.sampled_from(["01", "03", "05"])),
)
def test_filling_what_is_missing_completes(codes: set[str], klass: str, uses: set[str]) -> None:
    facts: dict[str, Any] = dict.fromkeys(codes - {"entity_type", "supply_form"}, "填")
    before = completeness(facts, EDITION, klass, sorted(uses))
    assert before.filled + len(before.missing) == before.required
    after = deepcopy(facts) | {missing.code: "填" for missing in before.missing}
    # entity type and supply form decide what else is required
    full = completeness(after, [f for f in EDITION if f.when is None], klass, sorted(uses))
    assert (full.missing, full.percent) == ((), 100)


@given(st.decimals(-(10**12), 10**12, places=4))
def test_numbers_keep_every_digit(number: Decimal) -> None:
    assert as_number(as_text(number)) == number


def test_today_is_an_argument() -> None:
    facts = {"admitted_on": TODAY.isoformat()}
    late = [
        [p.code for p in validate(facts, EDITION, "general", [], day) if p.field == "admitted_on"]
        for day in (TODAY, TODAY - timedelta(days=1))
    ]
    assert late == [[], ["date_order"]]
