"""Deliveries to a real receiver: nothing lost, in order per file, whatever is killed (§5.1)."""

import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests import plant
from tests.conftest import ROOT
from tests.outbox.scene import (
    Receiver,
    eventually,
    happen,
    open_endpoint,
    receiver,
    verified,
)
from yihu.access.ending import end_all
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.kit.clock import now
from yihu.outbox import actions, queries
from yihu.outbox.choices import Sent, State, Why
from yihu.outbox.jobs import NotDelivered, deliver_lane
from yihu.outbox.models import Delivery, Endpoint
from yihu.outbox.rules import TRIES, jittered, wait

pytestmark = pytest.mark.clause("5.1")


@pytest.fixture
def taker(tmp_path: Path, settings: Any) -> Iterator[Receiver]:
    settings.OUTBOUND_HOSTS = ["localhost"]
    settings.WEBHOOK_FIRST_SECONDS = 0.0
    with receiver(tmp_path) as found:
        yield found


def go(endpoint: Endpoint, *files: Any) -> list[str]:
    """Publish, and run each file's job once; how each ended."""
    actions.publish()
    ends = []
    for file in files:
        try:
            deliver_lane(str(endpoint.pk), str(file.pk))
            ends.append("")
        except NotDelivered:
            ends.append("again")
    return ends


def test_killed_and_restarted_in_the_middle(
    own_database: None, tmp_path: Path, settings: Any
) -> None:
    """Receiver and worker are processes; the receiver is killed with SIGKILL, twice."""
    settings.OUTBOUND_HOSTS = ["localhost"]
    with receiver(tmp_path) as taker:
        environment = {
            **os.environ,
            "YIHU_OUTBOUND_HOSTS": "localhost",
            "YIHU_WEBHOOK_FIRST_SECONDS": "0.1",
            "PYTHONPATH": str(ROOT),
        }
        gd = plant.unit("GD")
        files = [plant.dossier(gd) for _n in range(4)]
        endpoint, secret, _itc = open_endpoint(taker.url)
        name = str(connection.settings_dict["NAME"])
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.outbox.working", name], env=environment, cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            for turn in range(2):
                for n in range(16):
                    happen(files[n % 4])
                actions.publish()
                eventually(lambda least=9 * turn + 3: len(taker.lines()) >= least)
                taker.kill()
                happen(files[turn])
                actions.publish()
                taker.start()
            eventually(lambda: not Delivery.objects.exclude(state=Sent.DELIVERED).exists())
        finally:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
    sent = list(Delivery.objects.order_by("published").values_list("published", flat=True))
    took: dict[str, list[int]] = defaultdict(list)
    for event in taker.events():
        if event["number"] not in took[event["dossier"]]:  # as a receiver drops what it has
            took[event["dossier"]].append(event["number"])
    assert sorted(number for numbers in took.values() for number in numbers) == sent
    assert len(sent) == 34
    assert all(numbers == sorted(numbers) for numbers in took.values())
    assert all(verified(line, secret) for line in taker.lines())
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.failures, endpoint.failing_since) == (State.OPEN, 0, None)


@pytest.mark.django_db
class TestOneLane:
    def test_a_refused_event_holds_its_file_and_no_other(self, taker: Receiver) -> None:
        gd = plant.unit("GD")
        bad, good = plant.dossier(gd), plant.dossier(gd)
        endpoint, _secret, itc = open_endpoint(taker.url)
        taker.dislike(str(bad.pk))
        for file in (bad, good, bad, good):
            happen(file)
        assert go(endpoint, bad, good) == ["again", ""]
        assert [e["number"] for e in taker.events()] == [2, 4]
        for _try in range(TRIES - 2):
            assert go(endpoint, bad) == ["again"]
        assert go(endpoint, bad) == [""]
        (stuck,) = queries.dead()
        assert (stuck.published_id, stuck.tries) == (1, TRIES)
        assert queries.dead().values_list("behind", flat=True).get() == 1
        assert stuck.problem == "对方答复 422"
        assert Event.objects.get(verb="delivery.died").data == {
            "number": 1, "kind": "filler.appointed",
        }  # fmt: skip
        taker.like(str(bad.pk))
        assert go(endpoint, bad) == [""]  # what is behind does not overtake
        assert [e["number"] for e in taker.events()] == [2, 4]
        assert queries.lanes_due(now(), 9) == []
        actions.retry(itc, stuck)
        assert queries.lanes_due(now(), 9) == [(endpoint.pk, str(bad.pk))]
        assert go(endpoint, bad) == [""]
        assert [e["number"] for e in taker.events()] == [2, 4, 1, 3]

    def test_what_is_dropped_with_a_reason_lets_the_next_go(self, taker: Receiver) -> None:
        file = plant.dossier(plant.unit("GD"))
        endpoint, _secret, itc = open_endpoint(taker.url)
        taker.dislike("visit.held")
        happen(file, "visit.held")
        happen(file)
        for _try in range(TRIES):
            go(endpoint, file)
        (stuck,) = queries.dead()
        with pytest.raises(actions.Refused, match="请写明原因"):
            actions.drop(itc, stuck, reason=" ")
        actions.drop(itc, stuck, reason="对方不收访谈")
        with pytest.raises(actions.Refused, match="已处理过"):
            actions.retry(itc, stuck)
        go(endpoint, file)
        assert [e["number"] for e in taker.events()] == [2]
        assert Event.objects.get(verb="delivery.dropped").data["reason"] == "对方不收访谈"

    def test_silence_counts_against_the_endpoint_until_it_pauses(
        self, taker: Receiver, settings: Any
    ) -> None:
        settings.WEBHOOK_FIRST_SECONDS = 30.0
        file = plant.dossier(plant.unit("GD"))
        endpoint, _secret, itc = open_endpoint(taker.url)
        happen(file)
        actions.publish()
        taker.kill()
        lane, start = str(file.pk), now()

        def tried(after: timedelta) -> actions.Outcome:
            return actions.deliver_head(endpoint.pk, lane, at=start + after)

        first = tried(timedelta())
        assert first.wait is not None
        assert timedelta(seconds=15) <= first.wait <= timedelta(seconds=30)
        again = tried(timedelta(seconds=1))  # rests: nobody is asked meanwhile
        assert again.wait is not None
        assert queries.lanes_due(start + timedelta(seconds=1), 9) == []
        assert queries.lanes_due(start + timedelta(seconds=31), 9) == [(endpoint.pk, lane)]
        endpoint.refresh_from_db()
        assert (endpoint.failures, endpoint.failing_since) == (1, start)
        assert tried(timedelta(hours=24)) == actions.NOTHING
        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.why) == (State.PAUSED, Why.FAILING)
        assert Delivery.objects.get().state == Sent.WAITING
        assert Event.objects.get(verb="endpoint.paused").data == {"cause": "failing"}
        taker.start()
        happen(file)
        actions.publish()  # what happens during a pause waits too
        actions.resume(itc, endpoint)
        go(endpoint, file)
        assert [e["number"] for e in taker.events()] == [1, 2]

    def test_both_secrets_sign_for_a_day(self, taker: Receiver) -> None:
        file = plant.dossier(plant.unit("GD"))
        endpoint, old, itc = open_endpoint(taker.url)
        new = actions.rotate(itc, endpoint, at=now())
        happen(file)
        go(endpoint, file)
        (line,) = taker.lines()
        assert (verified(line, old), verified(line, new)) == (True, True)
        Endpoint.objects.update(before_until=now() - timedelta(seconds=1))
        happen(file)
        go(endpoint, file)
        line = taker.lines()[-1]
        assert (verified(line, old), verified(line, new)) == (False, True)
        assert not verified({**line, "body": line["body"] + " "}, new)
        row = Endpoint.objects.get()
        assert not {old, new, old[6:], new[6:]} & {row.secret, row.before}

    def test_replayed_from_any_number(self, taker: Receiver) -> None:
        file = plant.dossier(plant.unit("GD"))
        for _n in range(2):
            happen(file)
        actions.publish()
        endpoint, _secret, itc = open_endpoint(taker.url)
        happen(file)
        go(endpoint, file)
        assert [e["number"] for e in taker.events()] == [3]  # history leaves on demand alone
        assert actions.replay(itc, endpoint, number=2) == 2
        go(endpoint, file)
        assert [e["number"] for e in taker.events()] == [3, 2, 3]
        for bad in (0, 4):
            with pytest.raises(actions.Refused, match="1 至 3"):
                actions.replay(itc, endpoint, number=bad)

    @pytest.mark.clause("5.5")
    def test_a_units_endpoint_gets_its_own_of_the_wanted_types(self, taker: Receiver) -> None:
        gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
        ours, theirs = plant.dossier(gd), plant.dossier(fj, region="350100")
        open_endpoint(taker.url, unit=gd, kinds=["visit.held"])
        happen(ours, "visit.held")
        happen(ours)
        happen(theirs, "visit.held")
        actions.publish()
        assert [row.published_id for row in Delivery.objects.all()] == [1]

    @pytest.mark.clause("6.3.4")
    def test_nothing_leaves_by_what_a_leaver_kept_until_somebody_takes_over(
        self, taker: Receiver
    ) -> None:
        file = plant.dossier(plant.unit("GD"))
        endpoint, _secret, itc = open_endpoint(taker.url)
        happen(file)
        actions.publish()
        assert end_all([itc.pk], now())["outbox.endpoint"] == 1
        go(endpoint, file)
        assert taker.lines() == []
        heir = plant.person(Role.ITC)
        with pytest.raises(actions.Refused, match="接管"):
            actions.resume(heir, endpoint)
        actions.take_over(heir, endpoint)
        actions.resume(heir, endpoint)
        go(endpoint, file)
        assert [e["number"] for e in taker.events()] == [1]
        heir.assignments.update(until=now().date() - timedelta(days=1))
        assert actions.rest_unkept() == 1
        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.why) == (State.PAUSED, Why.KEEPER)


def test_waits_double_up_to_a_limit_and_never_meet() -> None:
    waits = [wait(n, 5.0).total_seconds() for n in (1, 2, 3, 8, 9, 500)]
    assert waits == [5, 10, 20, 640, 900, 900]
    spans = {jittered(timedelta(seconds=10)) for _n in range(50)}
    assert len(spans) > 1
    assert all(timedelta(seconds=5) <= span <= timedelta(seconds=10) for span in spans)
