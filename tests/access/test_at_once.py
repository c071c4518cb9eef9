"""Tries at the same moment, each in a transaction of its own."""

from threading import Barrier, Thread

from django.db import connections
from django.test import Client

from tests import plant
from tests.access.door import knock
from yihu.access.rules import Role


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
