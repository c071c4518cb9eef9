"""Points, scores, grades and proposals: exact decimals, whatever a scheme says."""

import tomllib
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yihu.customers.rules import Klass
from yihu.ratings import rules
from yihu.ratings.indicators import ALL, ways
from yihu.ratings.rules import Band, Definition, Indicator, Judge, Missing, Shape
from yihu.ratings.schemes import FIRST

INPUTS = st.decimals(-10_000, 100_000, places=4)
POINTS = st.decimals(0, 100, places=2)


def first() -> Definition:
    return rules.parse(tomllib.loads(FIRST.read_text("utf-8")))


@st.composite
def tables(draw: st.DrawFn) -> Indicator:
    """An indicator whose points rise with the input."""
    inputs = sorted(draw(st.sets(INPUTS, min_size=2, max_size=8)))
    points = sorted(draw(st.lists(POINTS, min_size=len(inputs), max_size=len(inputs))))
    shape = draw(st.sampled_from(Shape.values))
    steps = tuple(zip(inputs, points, strict=True))
    return Indicator("i", "指标", Decimal(10), source="volume", shape=shape, steps=steps)


@pytest.mark.clause("6.1.3")
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), INPUTS, INPUTS)
def test_points_never_fall_as_the_input_rises(line: Indicator, a: Decimal, b: Decimal) -> None:
    low, high = (rules.points(line, value) for value in sorted((a, b)))
    assert low is not None
    assert high is not None
    assert line.steps[0][1] <= low <= high <= line.steps[-1][1]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_a_step_gives_its_own_points(line: Indicator) -> None:
    assert [rules.points(line, x) for x, _p in line.steps] == [p for _x, p in line.steps]


@settings(deadline=None)
@given(st.lists(st.tuples(st.decimals("0.01", 100, places=2), st.none() | POINTS), max_size=9))
def test_a_score_lies_between_the_points_it_is_made_of(
    parts: list[tuple[Decimal, Decimal | None]],
) -> None:
    found = rules.score(parts)
    counted = [p for _weight, p in parts if p is not None]
    assert rules.score(parts[::-1]) == found
    assert min(counted, default=0) <= found <= max(counted, default=0)


@settings(deadline=None)
@given(POINTS)
def test_every_score_has_one_grade(value: Decimal) -> None:
    bands = first().bands
    grade = rules.grade(bands, value)
    at = [band.grade for band in bands].index(grade)
    assert bands[at].least <= value
    assert at == 0 or value < bands[at - 1].least


def test_the_ends_of_a_line_are_rounded_half_up() -> None:
    steps = ((Decimal(0), Decimal(0)), (Decimal(400), Decimal(1)))
    line = Indicator("i", "指标", Decimal(10), source="volume", shape=Shape.LINE, steps=steps)
    found = {x: rules.points(line, Decimal(x)) for x in (1, 2, 3, 6, -5, 999)}
    assert found == {
        1: Decimal("0.00"), 2: Decimal("0.01"), 3: Decimal("0.01"), 6: Decimal("0.02"),
        -5: Decimal(0), 999: Decimal(1),
    }  # fmt: skip


def test_missing_data_count_as_the_scheme_says() -> None:
    line = Indicator("i", "指标", Decimal(10), missing_points=Decimal(30))
    assert rules.points(line, None) is None
    assert rules.points(replace(line, missing=Missing.POINTS), None) == Decimal(30)
    parts = [(Decimal(20), Decimal(90)), (Decimal(80), None)]
    assert rules.score(parts) == Decimal(90)
    assert rules.score([(Decimal(10), None)]) == Decimal(0)


@pytest.mark.clause("annex 2.5")
@pytest.mark.clause("annex 2.6")
@pytest.mark.clause("annex 2.7")
@pytest.mark.clause("annex 2.8")
@pytest.mark.parametrize(
    ("value", "internal", "strategic", "now", "klass"),
    [
        ("99", True, "100", Klass.STRATEGIC, Klass.INTERNAL),
        ("75", False, "60", Klass.VIP, Klass.STRATEGIC),
        ("74.99", False, "100", Klass.STRATEGIC, Klass.GENERAL),
        ("99", False, "59.99", Klass.STRATEGIC, Klass.VIP),
        ("99", False, None, Klass.VIP, Klass.VIP),
        ("10", False, None, Klass.STRATEGIC, Klass.STRATEGIC),
        ("85", False, None, Klass.GENERAL, Klass.VIP),
        ("84.99", False, None, Klass.VIP, Klass.GENERAL),
    ],
)
def test_the_class_that_a_score_proposes(
    value: str, internal: bool, strategic: str | None, now: Klass, klass: Klass
) -> None:
    found = rules.propose(
        first(),
        value=Decimal(value),
        internal=internal,
        strategic_value=None if strategic is None else Decimal(strategic),
        now=now,
    )
    assert found == klass


def test_the_first_scheme_is_whole_and_reads_back_as_it_is_stored() -> None:
    assert rules.problems(first(), ways()) == []
    assert rules.parse(rules.stored(first())) == first()


def test_what_cannot_be_read_says_so() -> None:
    with pytest.raises(rules.Unreadable):
        rules.parse({"indicators": [{"code": "a", "name": "a", "weight": "zehn"}]})


def changed(**of_volume: object) -> Definition:
    scheme = first()
    line = scheme.indicators[0]
    return replace(scheme, indicators=(replace(line, **of_volume), *scheme.indicators[1:]))  # type: ignore[arg-type]  # the test names the field


A, B = (Decimal(0), Decimal(0)), (Decimal(9), Decimal(9))


@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        (changed(weight=Decimal("19.5")), "权重合计应为 100，现为 99.5"),
        (changed(weight=Decimal(0)), "权重应大于 0"),
        (changed(source="weather"), "数据来源在本系统中没有"),
        (changed(steps=(A,)), "应有 2 至"),
        (changed(steps=(A, A, B)), "从小到大"),
        (changed(steps=(A, B, (Decimal(10), Decimal(8)))), "分值应随之而升"),
        (changed(steps=(A, (Decimal(9), Decimal(101)))), "分值应在 0 至 100"),
        (changed(name=""), "没有名称"),
        (changed(missing_points=Decimal(101)), "固定分应在"),
        (replace(first(), bands=first().bands[:-1]), "从 0 分起"),
        (replace(first(), bands=first().bands[::-1]), "从高到低"),
        (replace(first(), bands=(Band("A", Decimal(5)), Band("A", Decimal(0)))), "不同的名称"),
        (replace(first(), vip_from="Z"), "VIP 客户的起点等级"),
        (replace(first(), strategic_code="volume"), "集团评的战略价值"),
        (replace(first(), lng_wan_m3_per_t=Decimal(0)), "LNG 折算系数"),
    ],
)
def test_what_a_scheme_lacks_is_said_with_the_way_out(scheme: Definition, said: str) -> None:
    assert any(said in problem for problem in rules.problems(scheme, ways())), said


def test_judged_points_count_as_they_are() -> None:
    line = Indicator("j", "战略价值", Decimal(10), judge=Judge.GROUP)
    assert rules.points(line, Decimal("66.5")) == Decimal("66.50")


def test_every_source_says_what_it_is() -> None:
    assert len({source.code for source in ALL}) == len(ALL)
    for source in ALL:
        assert all((source.name, source.measure, source.says, source.evidence, source.clause))
