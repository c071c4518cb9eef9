"""What becomes of jobs whose worker, or whose database, went away in the middle (§5.3)."""

from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from tests import plant
from yihu.access.entering import for_group
from yihu.access.rules import Role
from yihu.intake.actions import upload
from yihu.intake.choices import ImportState
from yihu.intake.jobs import preview
from yihu.kit.clock import now
from yihu.outbox.jobs import publish
from yihu.site.jobs import ATTEMPTS, WhenLost, come_again, take_up_stalled
from yihu.site.management.commands.worker import connector, know_jobs

pytestmark = pytest.mark.usefixtures("own_database")


CUT: list[int] = []


@app.task(name="tests.cut")
def cut() -> None:
    """Its connection is cut, once."""
    with for_group(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        if not CUT:
            CUT.append(cursor.fetchone()[0])
            cursor.execute("SELECT pg_terminate_backend(%s)", CUT)


@pytest.fixture(autouse=True)
def known() -> None:
    know_jobs()


def rows() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status, attempts FROM procrastinate_jobs ORDER BY id")
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def left_in_the_middle(attempts: int = 0) -> None:
    """Whoever did what waits is gone."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', attempts = %s", [attempts])


def take_up() -> None:
    async def act() -> None:
        async with app.open_async():
            await take_up_stalled(0)

    with app.replace_connector(connector()):
        async_to_sync(act)()


def test_what_a_dead_worker_left_is_taken_up_though_one_like_it_waits() -> None:
    """The one that waits cannot begin while the other holds its lock, nor the other wait again."""
    publish.configure().defer(timestamp=0)
    preview.defer(import_id=str(uuid4()), ticket="none")
    left_in_the_middle()
    publish.configure().defer(timestamp=10)
    take_up()
    assert rows() == [("intake.preview", "todo", 1), ("outbox.publish", "todo", 0)]


def test_what_is_given_up_is_said_to_be() -> None:
    gd = plant.unit("GD")
    row = upload(
        plant.person(Role.FILLER, gd),
        gd,
        kind="customers",
        name="台账.xlsx",
        content=b"x",
        at=now(),
    )
    preview.defer(import_id=str(row.pk), ticket="none")
    left_in_the_middle(ATTEMPTS)
    take_up()
    assert [(name, status) for name, status, _n in rows()] == [("intake.preview", "failed")]
    row.refresh_from_db()
    assert row.state == ImportState.FAILED
    assert "没有写入任何数据" in row.refusal


def test_a_job_that_loses_the_database_is_tried_again() -> None:
    """The server cuts its connection, as when it restarts; the worker goes on."""
    cut.configure(queue="mine").defer()
    for left in ([("tests.cut", "todo", 1)], []):
        with app.replace_connector(connector()) as working:
            working.run_worker(
                queues=["mine"], wait=False, listen_notify=False, install_signal_handlers=False,
                delete_jobs="successful",
            )  # fmt: skip
        assert [row for row in rows() if row[0] == "tests.cut"] == left
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now()")
    assert len(CUT) == 1


def test_each_loss_is_waited_out_for_longer() -> None:
    def wait(attempts: int) -> float:
        job = Job(id=1, queue="default", task_name="x", lock=None, queueing_lock=None,
                  task_kwargs={}, attempts=attempts)  # fmt: skip
        found = WhenLost().get_retry_decision(exception=OperationalError(), job=job)
        assert found is not None
        assert found.retry_at is not None
        return round((found.retry_at - now()).total_seconds())

    assert [wait(attempts) for attempts in range(ATTEMPTS)] == [5, 10, 20, 40, 80, 160, 160, 160]


def test_only_the_loss_of_the_database_is_a_reason_to_try_again() -> None:
    def tried(why: Exception, **more: Any) -> bool:
        job = Job(id=1, queue="default", task_name="x", lock=None, task_kwargs={}, **more)
        return WhenLost().get_retry_decision(exception=why, job=job) is not None

    plain: dict[str, Any] = {"queueing_lock": None, "attempts": 0}
    assert tried(OperationalError(), **plain)
    assert not tried(ValueError(), **plain)
    assert not tried(OperationalError(), **{**plain, "attempts": ATTEMPTS})
    assert not tried(OperationalError(), **{**plain, "queueing_lock": "it comes by itself"})


@app.task(name="tests.by_itself", queueing_lock="tests.by_itself")
def by_itself() -> None:
    """Its connection is cut each time."""
    with for_group(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_what_comes_by_itself_has_not_failed_when_the_database_went_away() -> None:
    by_itself.configure(queue="mine").defer()
    with app.replace_connector(connector()) as working:
        working.run_worker(
            queues=["mine"], wait=False, listen_notify=False, install_signal_handlers=False,
            delete_jobs="successful", task_middleware=[come_again],
        )  # fmt: skip
    assert [row for row in rows() if row[0] == "tests.by_itself"] == []
