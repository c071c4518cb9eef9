"""Tries at the same moment, each in a transaction of its own."""

from threading import Barrier, Thread

import pytest
from django.db import connections
from django.test import Client

from tests import plant
from tests.access.door import knock
from tests.access.test_roles import agreed, asked, opened
from yihu.access.models import RoleAssignment, RoleRequest, User
from yihu.access.roles.actions import Lapsed
from yihu.access.rules import Asked, Role


def test_tries_at_once_are_all_counted(own_database: None) -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    gate, statuses = Barrier(8), []

    def guess(n: int) -> None:
        gate.wait()
        statuses.append(knock(Client(), user.username, "guess").status_code)
        connections.close_all()

    threads = [Thread(target=guess, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 5 + [429] * 3


@pytest.mark.clause("6.3.2")
@pytest.mark.parametrize("same", [True, False])
def test_two_openings_at_once_open_once(own_database: None, same: bool) -> None:
    """The same request twice; and two roles of two sides for one person without an account."""
    unit = plant.unit("GD")
    steward, heads = (
        plant.person(Role.STEWARD, unit),
        [plant.person(Role.SUPERVISOR) for _n in "ab"],
    )
    staff = plant.staff(unit)
    rows = [asked(steward, staff)]
    rows.append(rows[0] if same else agreed(heads[1], asked(heads[0], staff, Role.AUDITOR)))
    gate, said = Barrier(2), []

    def try_it(by: User, row: RoleRequest) -> None:
        gate.wait()
        try:
            opened(by, row)
            said.append("")
        except Lapsed as why:
            said.append(str(why))
        connections.close_all()

    threads = [Thread(target=try_it, args=[plant.person(Role.ITC), row]) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, said)) == [False, True]
    assert ("已开通" if same else "三员分立") in max(said)
    assert RoleAssignment.objects.filter(user__staff=staff).count() == 1
    assert RoleRequest.objects.filter(state=Asked.OPENED).count() == 1
