"""Nothing of a scope outlives its transaction, whoever is next on the connection."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from yihu.kit.scoped import acting

pytestmark = pytest.mark.usefixtures("own_database")
FILES = "SELECT count(*) FROM dossiers_dossier"


def asked(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def test_a_scope_of_another_transaction_is_worth_nothing() -> None:
    with transaction.atomic():
        ((sealed,),) = asked("SELECT current_setting('yihu.scope')")
        assert asked(FILES) == [(0,)]
    with acting(None), transaction.atomic():
        asked("SELECT set_config('yihu.scope', %s, true)", sealed)
        with pytest.raises(DatabaseError, match="enter_scope"), transaction.atomic():
            asked("SELECT scope_everything()")


def test_nothing_is_left_for_the_next_on_the_connection() -> None:
    with transaction.atomic():
        assert asked("SELECT scope_everything()") == [(True,)]
    with acting(None):
        assert asked("SELECT coalesce(current_setting('yihu.scope', true), '')") == [("",)]
        assert asked("SELECT scope_everything()") == [(False,)]
