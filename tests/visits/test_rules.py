"""The numbers of visits: how far what is late goes up, and by when."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihu.access.rules import Role
from yihu.customers.rules import Klass
from yihu.visits.rules import ESCALATION, VISITS_A_YEAR, due_before, step_of

DUE = date(2026, 11, 5)


@pytest.mark.clause("6.2.1d")
@pytest.mark.parametrize(
    ("late", "step"), [(-3, 0), (0, 0), (1, 1), (5, 1), (6, 2), (15, 2), (16, 3), (400, 3)]
)
def test_what_is_late_goes_up_by_days(late: int, step: int) -> None:
    assert step_of(DUE, DUE + timedelta(days=late)) == step


def test_it_goes_to_the_reviewer_the_steward_the_supervisor() -> None:
    assert [step.role for step in ESCALATION] == [Role.REVIEWER, Role.STEWARD, Role.SUPERVISOR]


@given(st.integers(-30, 60))
def test_the_day_of_a_step_says_the_same_as_the_step(late: int) -> None:
    today = DUE + timedelta(days=late)
    reached = [step.number for step in ESCALATION if due_before(step, today) >= DUE]
    assert max(reached, default=0) == step_of(DUE, today)


def test_every_class_has_its_number_of_visits() -> None:
    assert set(VISITS_A_YEAR) == set(Klass)
