"""A page is offered on the map just where it opens (§5.5, 6.3.1)."""

import pytest
from django.test import Client

from tests import plant
from yihu.access.rules import UNIT_ROLES, Role
from yihu.clauses.places import PLACES, open_to
from yihu.duties.actions import load_first_policy

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.1c")]


@pytest.mark.parametrize("role", list(Role))
def test_the_map_links_what_the_person_may_open_and_nothing_else(role: Role) -> None:
    load_first_policy()
    user = plant.person(role, plant.unit("GD") if role in UNIT_ROLES else None)
    client = Client()
    client.force_login(user)
    pages = {place.name: key for key, place in PLACES.items()}  # each once, whatever its query
    offered = {name for name, key in pages.items() if open_to(user, [key])}
    opens = {name for name, key in pages.items() if client.get(PLACES[key].url).status_code == 200}
    assert (offered - opens, opens - offered) == (set(), set())
