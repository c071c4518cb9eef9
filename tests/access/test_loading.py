"""An account as every request loads it."""

import pytest
from pytest_django import DjangoAssertNumQueries

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["of a unit", "nobody's"])
def test_what_is_loaded_is_what_the_orm_finds(
    who: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    account = plant.person(Role.FILLER, plant.unit("GD"))
    if who == "nobody's":
        account = User.objects.create(username="svc", name="机器")
    found = User.objects.filter(pk=account.pk).get()
    with django_assert_num_queries(1):
        loaded = User.objects.loaded(account.pk)
        assert loaded is not None
        for mine, other in (
            (loaded, found),
            (loaded.staff, found.staff),
            (loaded.staff and loaded.staff.unit, found.staff and found.staff.unit),
        ):
            assert (mine is None) == (other is None)
            if mine is not None and other is not None:
                assert mine == other
                assert [getattr(mine, field.attname) for field in mine._meta.concrete_fields] == [
                    getattr(other, field.attname) for field in other._meta.concrete_fields
                ]
                assert mine._state.db == other._state.db
                assert not mine._state.adding


def test_whoever_is_not_there_is_not_loaded() -> None:
    assert User.objects.loaded(0) is None
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=0)
