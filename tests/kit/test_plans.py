"""Statements that a connection plans once, and that nobody else puts there."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from yihu.access.entering import for_group
from yihu.kit.plans import by_kept_plans, statement

pytestmark = pytest.mark.django_db
SUM = "SELECT %(a)s::int + %(b)s::int + %(a)s::int"


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
        yield
        cursor.execute("DEALLOCATE ALL")


def plans() -> list[tuple[int, int]]:
    """Of each statement that is kept: how often it ran by one plan, and by one of its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = %s",
            [statement(SUM).name],
        )
        found: list[tuple[int, int]] = cursor.fetchall()
    return found


def mode() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        found: str = cursor.fetchone()[0]
    return found


def summed(*given: int) -> list[int]:
    """Twice each and 5 more, by one statement in one turn."""
    asked = [(SUM, {"a": a, "b": 5}) for a in given]
    return [outcome.rows[0][0] for outcome in by_kept_plans([SUM])(asked)]


def test_it_is_planned_once_and_answers_by_what_it_is_given() -> None:
    assert summed(1, 20, 1) == [7, 45, 7]
    assert summed(3) == [11]
    assert plans() == [(4, 0)]
    assert mode() == "auto"


def test_statements_answer_in_their_order_with_what_they_wrote() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE written (n int) ON COMMIT DROP")
    insert = "INSERT INTO written SELECT generate_series(1, %(most)s::int)"
    change = "UPDATE written SET n = 0 WHERE n <= %(most)s::int"
    run = by_kept_plans([insert, change, SUM])
    found = run([(insert, {"most": 5}), (change, {"most": 3}), (SUM, {"a": 1, "b": 2})])
    assert [(outcome.rows, outcome.number) for outcome in found] == [([], 5), ([], 3), ([(4,)], 1)]


def test_what_a_transaction_that_failed_planned_is_there_for_the_next() -> None:
    def fail() -> None:
        with transaction.atomic():
            summed(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert mode() == "auto"
    assert summed(2) == [9]
    assert plans() == [(2, 0)]


@pytest.mark.parametrize(
    "planted",
    [
        f"PREPARE {statement(SUM).name} (int, int) AS SELECT 666",
        statement(SUM).prepare + " ",
        statement(SUM).prepare + "; SELECT 1",
    ],
)
def test_what_somebody_else_left_under_the_name_is_never_run(planted: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(planted)
    with for_group():
        assert summed(1, 2) == [7, 9]
    assert plans() == [(2, 0)]


def test_a_table_of_the_connection_s_own_does_not_take_the_place_of_ours() -> None:
    """As SQL in somebody's transaction might: our text to the letter, over tables of its own."""
    text = "SELECT count(*) FROM customers_customer WHERE name >= %(first)s::text"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE customers_customer (name) AS SELECT 'B'")
        cursor.execute("SET LOCAL search_path = pg_temp, public")
        cursor.execute(statement(text).prepare)
        cursor.execute(statement(text).execute, ["A"])
        assert cursor.fetchone() == (1,)
    with for_group():
        assert by_kept_plans([text])([(text, {"first": "A"})])[0].rows == [(0,)]


def test_per_cent_signs_stay_single() -> None:
    text = "SELECT 7 %% %(by)s::int"
    assert by_kept_plans([text])([(text, {"by": 4})])[0].rows == [(3,)]
