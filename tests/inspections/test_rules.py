"""The draw: anybody can repeat it; shares, minima, weights, periods (§6.4.1)."""

import hashlib
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihu.inspections.choices import Kind
from yihu.inspections.rules import PLAN, draw, lot, period_of, quota

pytestmark = pytest.mark.clause("6.4.1")
A, B, C = (f"00000000-0000-4000-8000-00000000000{n}" for n in "123")


def test_a_draw_by_hand() -> None:
    """The tickets as any other program reckons them; by `sha256sum` they begin so."""
    tickets = {key: hashlib.sha256(f"一户:{key}:1".encode()).hexdigest() for key in (A, B, C)}
    assert {key: found[:8] for key, found in tickets.items()} == {
        A: "f7f72b8c", B: "fbe2f4cb", C: "5f86caaa",
    }  # fmt: skip
    assert [lot("一户", key) for key in (A, B, C)] == list(tickets.values())
    found = draw("一户", {"GD": [(A, 1), (B, 1), (C, 1)]}, method="number", amount=2, minimum=0)
    assert found == {"GD": [C, A]}


def test_a_heavier_file_has_more_tickets() -> None:
    tickets = [hashlib.sha256(f"s:{A}:{n}".encode()).hexdigest() for n in (1, 2, 3)]
    assert lot("s", UUID(A), 3) == min(tickets)


@pytest.mark.parametrize(
    ("population", "method", "amount", "minimum", "drawn"),
    [
        (0, "share", 10, 2, 0),
        (1, "share", 10, 2, 1),
        (15, "share", 10, 2, 2),
        (21, "share", 10, 2, 3),
        (200, "share", 10, 2, 20),
        (8, "all", 1, 0, 8),
        (8, "number", 3, 5, 5),
        (4, "number", 9, 0, 4),
    ],
)
def test_how_many(population: int, method: str, amount: int, minimum: int, drawn: int) -> None:
    assert quota(population, method, amount, minimum) == drawn


@given(
    st.lists(st.tuples(st.uuids(), st.integers(1, 4)), max_size=40, unique_by=lambda row: row[0]),
    st.integers(1, 100),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_population_changes_nothing(
    files: list[tuple[UUID, int]], share: int, chance: object
) -> None:
    mixed = files.copy()
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis' Random
    once = draw("s", {"GD": files}, method="share", amount=share, minimum=1)
    again = draw("s", {"GD": mixed}, method="share", amount=share, minimum=1)
    assert once == again
    assert len(once["GD"]) == quota(len(files), "share", share, 1)


@given(st.lists(st.uuids(), min_size=3, max_size=30, unique=True))
def test_units_do_not_touch_each_other(keys: list[UUID]) -> None:
    """Stratified: what one unit holds changes nothing for another."""
    alone = draw("s", {"GD": [(keys[0], 1), (keys[1], 1)]}, method="number", amount=1, minimum=0)
    both = draw(
        "s",
        {"GD": [(keys[0], 1), (keys[1], 1)], "FJ": [(key, 1) for key in keys[2:]]},
        method="number",
        amount=1,
        minimum=0,
    )
    assert both["GD"] == alone["GD"]


@pytest.mark.parametrize(
    ("kind", "today", "start", "end"),
    [
        (Kind.MONTHLY, date(2026, 11, 5), date(2026, 10, 1), date(2026, 10, 31)),
        (Kind.MONTHLY, date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 31)),
        (Kind.QUARTERLY, date(2026, 11, 5), date(2026, 7, 1), date(2026, 9, 30)),
        (Kind.YEARLY, date(2026, 11, 5), date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_a_plan_looks_at_the_last_whole_period(
    kind: Kind, today: date, start: date, end: date
) -> None:
    found = period_of(kind, today)
    assert (found.start, found.end) == (start, end)


def test_the_three_plans_of_the_clause() -> None:
    said = {
        kind: ([str(klass) for klass in plan.klasses], plan.offtake) for kind, plan in PLAN.items()
    }
    assert said == {
        Kind.MONTHLY: (["strategic"], True),
        Kind.QUARTERLY: (["vip"], False),
        Kind.YEARLY: ([], True),
    }
