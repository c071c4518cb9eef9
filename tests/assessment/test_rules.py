"""The arithmetic of an assessment: by hand, and for whatever facts there are (§6.4.2)."""

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yihu.assessment import rules
from yihu.assessment.rules import BadPeriod, Definition, Fact, Measure, assess, parse, stored
from yihu.assessment.schemes import FIRST
from yihu.assessment.sources import SOURCE, SOURCES, WEIGHED, ways
from yihu.ratings.rules import ZERO

pytestmark = pytest.mark.clause("6.4.2")


def first() -> Definition:
    return parse(tomllib.loads(Path(FIRST).read_text("utf-8")))


def share(code: str, top: int, bottom: int, adjusted: int = 0) -> Fact:
    return Fact(code, Measure.SHARE, top, bottom, adjusted=Decimal(adjusted))


BY_HAND = [
    share("timeliness", 87, 100),  # 80 → 60, 95 → 90: 60 + 7 × 30 / 15 = 74
    share("completeness", 9, 10),  # 60 + 10 × 40 / 20 = 80
    share("accuracy", 0, 0),  # nothing inspected: does not count
    share("rectification", 1, 3),  # 33.3333: below the first step, 0
    share("selfcheck", 1, 1),
    Fact("confidentiality", Measure.DEDUCTION, bottom=1, amount=Decimal("7.5")),  # 92.5
    share("unchanged", 1, 5),  # 20 of 30: 53.33
    Fact("bonus", Measure.BONUS, 1, 1, amount=Decimal(7)),  # no more than 5
]


def test_a_score_worked_out_by_hand() -> None:
    found = assess(first(), BY_HAND)
    points = {code: told.points for code, told in found.lines.items()}
    assert points == {
        "timeliness": Decimal("74.00"), "completeness": Decimal("80.00"), "accuracy": None,
        "rectification": Decimal("0.00"), "selfcheck": Decimal("100.00"),
        "confidentiality": Decimal("92.50"), "unchanged": Decimal("53.33"), "originals": None,
        "leavers": None, "bonus": None,
    }  # fmt: skip
    # (25 × 74 + 20 × 80 + 10 × 0 + 5 × 100 + 10 × 92.5 + 5 × 53.33) / 75 = 68.5553…
    assert (found.base, found.bonus, found.score) == (
        Decimal("68.56"), Decimal("5.00"), Decimal("73.56"),
    )  # fmt: skip
    assert found.lines["timeliness"].gives == Decimal("24.67")


def test_what_an_objection_gave_back_counts_and_no_more_than_there_is() -> None:
    assert rules.value_of(share("timeliness", 8, 10, adjusted=1)) == Decimal("90.0000")
    assert rules.value_of(share("timeliness", 8, 10, adjusted=9)) == Decimal("100.0000")
    breach = Fact("confidentiality", Measure.DEDUCTION, bottom=1, amount=Decimal(5))
    assert rules.value_of(replace(breach, adjusted=Decimal(2))) == Decimal(3)
    assert rules.value_of(replace(breach, adjusted=Decimal(9))) == ZERO


counts = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(lambda pair: (pair[0], sum(pair)))
units = st.fixed_dictionaries(
    {code: counts for code, source in WEIGHED.items() if source.kind == Measure.SHARE}
)
amounts = st.decimals(0, 150, places=2)


def facts_of(shares: dict[str, tuple[int, int]], breach: Decimal, bonus: Decimal) -> list[Fact]:
    return [
        *(share(code, top, bottom) for code, (top, bottom) in shares.items()),
        Fact("confidentiality", Measure.DEDUCTION, amount=breach),
        Fact("bonus", Measure.BONUS, amount=bonus),
    ]


@settings(max_examples=25, deadline=None)
@given(units, amounts, amounts, st.randoms())
def test_the_same_facts_in_any_order_give_the_same_to_the_last_digit(
    shares: dict[str, tuple[int, int]], breach: Decimal, bonus: Decimal, chance: Random
) -> None:
    facts = facts_of(shares, breach, bonus)
    once = assess(first(), facts)
    chance.shuffle(facts)
    again = assess(parse(stored(first())), facts)
    assert again == once
    assert str(again.score) == str(once.score)
    assert ZERO <= once.base <= 100
    assert once.score == once.base + once.bonus


@settings(max_examples=25, deadline=None)
@given(units, amounts, st.sampled_from(sorted(WEIGHED)), st.integers(1, 5))
def test_one_more_fact_against_a_unit_never_raises_its_score(
    shares: dict[str, tuple[int, int]], breach: Decimal, code: str, more: int
) -> None:
    before = assess(first(), facts_of(shares, breach, ZERO)).score
    if SOURCE[code].kind == Measure.DEDUCTION:
        breach += more
    else:
        top, bottom = shares[code]
        shares = {**shares, code: (top, bottom + more)}
    assert assess(first(), facts_of(shares, breach, ZERO)).score <= before


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.integers(0, 99), amounts, min_size=1, max_size=12), st.randoms())
def test_places_depend_on_scores_alone(scores: dict[int, Decimal], chance: Random) -> None:
    places = rules.ranks(scores)
    order = list(scores)
    chance.shuffle(order)
    assert rules.ranks({key: scores[key] for key in order}) == places
    best = sorted(scores, key=lambda key: -scores[key])
    assert places[best[0]] == 1
    for above, below in pairwise(best):
        assert (places[above] == places[below]) is (scores[above] == scores[below])


def test_the_first_scheme_is_whole_and_a_scheme_that_is_not_says_why() -> None:
    scheme = first()
    assert rules.problems(scheme, ways()) == []
    assert {line.code for line in scheme.indicators} == set(WEIGHED)
    assert len({source.code for source in SOURCES}) == len(SOURCES)
    light = replace(scheme.indicators[0], weight=Decimal(24))
    (said,) = rules.problems(replace(scheme, indicators=(light, *scheme.indicators[1:])), ways())
    assert said == "权重合计应为 100，现为 99；请调整各指标的权重。"
    kind = replace(
        scheme.indicators[0], steps=((Decimal(0), Decimal(50)), (Decimal(100), Decimal(100)))
    )
    (said,) = rules.problems(replace(scheme, indicators=(kind, *scheme.indicators[1:])), ways())
    assert "最低分就应为 0" in said
    wrong = rules.problems(replace(scheme, bonus_most=Decimal(30), objection_days=0), ways())
    assert len(wrong) == 2


@pytest.mark.parametrize(
    ("year", "code", "start", "end", "before", "said"),
    [
        (2026, "M1", date(2026, 1, 1), date(2026, 1, 31), (2025, "M12"), "2026 年 1 月"),
        (2024, "M2", date(2024, 2, 1), date(2024, 2, 29), (2024, "M1"), "2024 年 2 月"),
        (2026, "Q1", date(2026, 1, 1), date(2026, 3, 31), (2025, "Q4"), "2026 年第 1 季度"),
        (2026, "Q4", date(2026, 10, 1), date(2026, 12, 31), (2026, "Q3"), "2026 年第 4 季度"),
        (2026, "Y", date(2026, 1, 1), date(2026, 12, 31), (2025, "Y"), "2026 年度"),
    ],
)
def test_periods(
    year: int, code: str, start: date, end: date, before: tuple[int, str], said: str
) -> None:
    found = rules.span(year, code)
    assert (found.start, found.end) == (start, end)
    assert rules.before(year, code) == before
    assert rules.coded(rules.kind_of(code), end) == (year, code)
    assert rules.label(year, code) == said


@pytest.mark.parametrize("code", ["", "M0", "M13", "M01", "Q5", "Q", "M", "Y1", "X1", "M1a", "M²"])
def test_no_other_period_is_read(code: str) -> None:
    with pytest.raises(BadPeriod):
        rules.span(2026, code)


def test_every_code_is_a_period() -> None:
    assert len({rules.span(2026, code) for code in rules.codes()}) == 17
