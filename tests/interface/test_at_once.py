"""Tags against changes at the very same moment, each in a transaction of its own."""

from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Event, Thread
from time import sleep
from typing import Any

import pytest
from django.db import connection, connections, transaction
from pytest_django import Settings

from tests.dossiers.files import TODAY, complete_dossier, desk, moment
from tests.interface.calling import Program
from tests.visits.held import written
from yihu.access.entering import for_group
from yihu.access.tokens.rules import Use
from yihu.dossiers.actions import save_fields
from yihu.dossiers.models import Draft, FieldSave
from yihu.visits.models import Followup, Progress

pytestmark = pytest.mark.usefixtures("own_database")
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.fixture(autouse=True)
def _november(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each gives; all begin together."""
    gate, found = Barrier(len(acts)), list[Any]([None] * len(acts))

    def run(place: int) -> None:
        gate.wait()
        found[place] = acts[place]()
        connections.close_all()

    threads = [Thread(target=run, args=[place]) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def blocked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


@pytest.mark.clause("5.2")
def test_of_writers_at_once_one_writes_and_the_others_are_told() -> None:
    at = desk()
    file = complete_dossier(at)
    programs = [Program(at.filler, Use.READ, Use.FILL) for _n in range(4)]
    path = f"dossiers/{file.pk}/draft"
    for number in range(3):
        tag = programs[0].get(path)["ETag"]

        def write(who: int, tag: str = tag, number: int = number) -> tuple[int, str]:
            name = f"第{number}轮{who}"
            answer = programs[who].do(
                path, {"values": {"legal_rep": name}}, method="patch", match=tag
            )
            return answer.status_code, name

        found = at_once(*(lambda who=who: write(who) for who in range(4)))  # type: ignore[misc]
        assert sorted(status for status, _name in found) == [200, 412, 412, 412]
        (winner,) = (name for status, name in found if status == 200)
        assert Draft.objects.get(dossier=file).changes["legal_rep"] == winner
    assert FieldSave.objects.filter(code="legal_rep").count() == 3


@pytest.mark.clause("5.2")
def test_a_page_that_is_saving_is_waited_for_and_never_written_over() -> None:
    at = desk()
    file = complete_dossier(at)
    program = Program(at.filler, Use.READ, Use.FILL)
    path = f"dossiers/{file.pk}/draft"
    tag = program.get(path)["ETag"]
    saved, go = Event(), Event()

    def page() -> None:
        with for_group(), transaction.atomic():
            save_fields(
                at.filler, file, values={"legal_rep": "页面上的张三"}, seen={}, at=moment(),
                today=TODAY,
            )  # fmt: skip
            saved.set()
            go.wait(20)
        connections.close_all()

    def api() -> Any:
        saved.wait(20)
        answer = program.do(
            path, {"values": {"legal_rep": "程序的李四"}}, method="patch", match=tag
        )
        return answer.status_code, answer.get("ETag")

    def watch() -> bool:
        for _n in range(400):
            if blocked():
                break
            sleep(0.02)
        else:
            return False
        go.set()
        return True

    _page, (status, fresh), waited = at_once(page, api, watch)
    go.set()
    assert waited, "the program did not wait for the page, so nothing was tried"
    assert status == 412
    assert Draft.objects.get(dossier=file).changes["legal_rep"] == "页面上的张三"
    assert fresh == program.get(path)["ETag"]


def test_one_key_at_once_is_done_once() -> None:
    at = desk()
    followup = Followup.objects.get(visit=written(at, complete_dossier(at)))
    program = Program(at.filler, Use.VISITS)

    def tell() -> Any:
        answer = program.do(
            f"followups/{followup.pk}/progress", {"text": "已沟通"}, key="progress-1"
        )
        return answer.status_code, answer.json()["again"]

    assert sorted(at_once(tell, tell, tell)) == [(200, False), (200, True), (200, True)]
    assert Progress.objects.filter(followup=followup).count() == 1
