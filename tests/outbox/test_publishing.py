"""A number is given to what is committed, once, in order, and to nothing else (§5.1, 5.5)."""

from datetime import timedelta
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client

from tests import plant
from tests.audit.recorded import record
from tests.outbox.scene import happen
from yihu.access.entering import for_group, for_person
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.tokens import actions as tokens
from yihu.access.tokens.rules import Days, Use
from yihu.audit import actions as audit
from yihu.audit.rules import LOOKS, VERBS
from yihu.dossiers.models import Dossier
from yihu.kit.clock import now
from yihu.outbox.actions import publish
from yihu.outbox.kinds import KINDS
from yihu.outbox.models import Published

pytestmark = pytest.mark.clause("5.1")
FEED = "/api/v1/events"


def read(user: User, after: int = 0, **more: Any) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(FEED, {"after": after, **more}).json()


def numbers(user: User, after: int = 0, **more: Any) -> list[int]:
    return [event["number"] for event in read(user, after, **more)["events"]]


def test_what_commits_late_is_never_skipped(own_database: None) -> None:
    """The first line is written first and committed last: it gets the later number."""
    file = plant.dossier(plant.unit("GD"))
    boss = plant.person(Role.SUPERVISOR)
    publish()
    before = read(boss)["after"]
    written, go, ids = Event(), Event(), []

    def late() -> None:
        with for_group(), transaction.atomic():
            ids.append(record(None, "filler.appointed", file, dossier_id=file.pk).pk)
            written.set()
            go.wait(10)
        connections.close_all()

    thread = Thread(target=late)
    thread.start()
    assert written.wait(10)
    ids.append(happen(file))
    assert publish() == 1
    first = read(boss, before)
    assert publish() == 0
    go.set()
    thread.join()
    assert publish() == 1
    second = read(boss, first["after"])
    assert ids == sorted(ids)
    found = dict(Published.objects.values_list("event_id", "number"))
    assert [found[ids[1]], found[ids[0]]] == [before + 1, before + 2]
    assert [len(part["events"]) for part in (first, second)] == [1, 1]
    assert [first["after"], second["after"]] == [before + 1, before + 2]


def test_two_publishers_at_once_give_each_number_once(own_database: None) -> None:
    file = plant.dossier(plant.unit("GD"))
    for _n in range(30):
        happen(file)
    gate, made = Barrier(2), []

    def work() -> None:
        gate.wait()
        with for_group():
            made.append(publish())
        connections.close_all()

    threads = [Thread(target=work) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, 30]
    rows = Published.objects.order_by("number").values_list("number", "event_id")
    assert [number for number, _event in rows] == list(range(1, 31))
    assert [event for _number, event in rows] == sorted(event for _number, event in rows)


@pytest.mark.django_db
class TestWhatIsSaid:
    def test_type_time_keys_and_codes_and_no_value(self) -> None:
        file = plant.dossier(plant.unit("GD"), name="只有广东知道的公司")
        with transaction.atomic():
            audit.record(
                None, "workbook.imported", file, dossier_id=file.pk,
                data={"fields": ["legal_rep"], "sha256": "0" * 64},
            )  # fmt: skip
            audit.record(None, "dossier.read", file, dossier_id=file.pk)
            audit.record(None, "edition.published", "guide.edition", data={"number": 2})
        assert publish() == 2
        boss = plant.person(Role.SUPERVISOR)
        imported, published = read(boss)["events"]
        at = imported.pop("at")
        assert at.endswith("+08:00")
        assert imported == {
            "number": 1, "type": "workbook.imported", "unit": "GD", "dossier": str(file.pk),
            "subject": {"type": "dossiers.dossier", "id": str(file.pk)}, "fields": ["legal_rep"],
            "page": f"http://localhost:8000/dossiers/{file.pk}/",
        }  # fmt: skip
        assert (published["type"], published["unit"], published["page"]) == (
            "edition.published", None, None,
        )  # fmt: skip

    @pytest.mark.clause("5.5", "6.3.1")
    def test_everybody_reads_their_own_scope(self) -> None:
        gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
        ours, theirs = plant.dossier(gd), plant.dossier(fj, region="350100")
        away = plant.dossier(gd, region="440300")
        for file in (ours, theirs, away):
            happen(file)
        happen(ours, "risk.raised")
        publish()
        assert numbers(plant.person(Role.SUPERVISOR)) == [1, 2, 3, 4]
        assert numbers(plant.person(Role.FILLER, gd)) == [1, 3, 4]
        assert numbers(plant.person(Role.READER, gd)) == [1, 3]  # of risks a reader learns nothing
        assert numbers(plant.person(Role.STEWARD, fj)) == [2]
        assert numbers(plant.person(Role.ITC)) == numbers(plant.person(Role.AUDITOR)) == []
        with for_person(plant.person(Role.STEWARD, fj).pk):  # the policy alone, without the filter
            assert list(Published.objects.values_list("number", flat=True)) == [2]

    @pytest.mark.clause("6.3.4")
    def test_a_token_of_its_use_reads_and_ends_with_the_post(self) -> None:
        gd = plant.unit("GD")
        happen(plant.dossier(gd))
        happen(plant.dossier(plant.unit("FJ", region="350000"), region="350100"))
        publish()
        filler = plant.person(Role.FILLER, gd)

        def secret(use: Use) -> str:
            return tokens.issue(filler, label="ERP", uses=[use], days=Days.WEEK, at=now())[1]

        def asked(token: str) -> Any:
            return Client().get(FEED, headers={"Authorization": f"Bearer {token}"})

        mine, other = secret(Use.EVENTS), secret(Use.RISK_CHECK)
        assert [event["number"] for event in asked(mine).json()["events"]] == [1]
        assert asked(other).status_code == 401
        User.objects.filter(pk=filler.pk).update(is_active=False)
        assert asked(mine).status_code == 401

    def test_page_by_page_by_type(self) -> None:
        file = plant.dossier(plant.unit("GD"))
        for verb in ("filler.appointed", "visit.held") * 3:
            happen(file, verb)
        publish()
        boss = plant.person(Role.SUPERVISOR)
        first = read(boss, limit=4)
        assert ([e["number"] for e in first["events"]], first["after"], first["more"]) == (
            [1, 2, 3, 4], 4, True,
        )  # fmt: skip
        assert (numbers(boss, 4), read(boss, 4)["more"]) == ([5, 6], False)
        assert (numbers(boss, 6), read(boss, 6)["after"]) == ([], 6)
        assert numbers(boss, type="visit.held") == [2, 4, 6]

    @pytest.mark.parametrize(
        ("given", "code"),
        [({"after": "-1"}, "invalid_after"), ({"after": "一"}, "invalid_after"),
         ({"after": str(2**63)}, "invalid_after"), ({"limit": "0"}, "invalid_limit"),
         ({"limit": "501"}, "invalid_limit"), ({"type": "signed_in"}, "unknown_type"),
         ({"since": "1"}, "unknown_parameter")],
    )  # fmt: skip
    def test_what_makes_no_sense_is_refused(self, given: dict[str, str], code: str) -> None:
        client = Client()
        client.force_login(plant.person(Role.SUPERVISOR))
        answer = client.get(FEED, given)
        assert (answer.status_code, answer.json()["code"]) == (422, code)

    def test_the_list_is_closed(self) -> None:
        verbs = [kind.verb for kind in KINDS]
        assert len(set(verbs)) == len(verbs)
        assert set(verbs) <= VERBS.keys()
        assert not set(verbs) & set(LOOKS)

    def test_history_before_the_beginning_stays_where_it_is(self) -> None:
        file: Dossier = plant.dossier(plant.unit("GD"))
        with transaction.atomic():
            line = record(None, "visit.held", file, dossier_id=file.pk)
            line.pk, line.at = None, now() - timedelta(days=400)
            line.save(force_insert=True)
        assert publish() == 1

    def test_nobody_rewrites_or_numbers_by_hand(self) -> None:
        happen(plant.dossier(plant.unit("GD")))
        publish()
        with pytest.raises(DatabaseError), transaction.atomic():
            Published.objects.update(kind="visit.held")
        row = Published.objects.get()
        row.pk, row.event_id = 99, 99
        boss = plant.person(Role.SUPERVISOR)
        with for_person(boss.pk), pytest.raises(DatabaseError), transaction.atomic():
            row.save(force_insert=True)
