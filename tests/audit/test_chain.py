"""The chain over the log: what was sealed cannot be changed unseen (§5.5, SECURITY T12, C21)."""

import json
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.utils import timezone

from tests.audit.ledger import anchor, ledger, owner, seal, verifier, write
from tests.audit.tampering import ACTS, found_out, insert, insert_backdated, rechain
from tests.conftest import ROOT, as_owner, database
from yihu.audit import actions as audit
from yihu.audit import chain
from yihu.audit.models import Anchor, Block, Event

SEED = 20261125
ROUNDS = 3


def sealed(block: int) -> list[int]:
    """The events of a block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_id FROM audit_sealed WHERE block = %s ORDER BY 1", [block])
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def sent(own_database: None, tmp_path: Path) -> Path:
    """A log of six blocks, and the file in which two of their heads stand."""
    file = tmp_path / "anchors.log"
    random = Random(SEED)
    ledger(random, 3, 5)
    anchor(file)
    ledger(random, 3, 4)
    anchor(file)
    return file


@pytest.mark.clause("4.2b")
@pytest.mark.clause("5.5")
def test_an_honest_chain_holds(sent: Path) -> None:
    write(Random(SEED), 2)
    with owner() as connection:
        report = verifier().verify(connection, [sent])
    assert (report.faults, report.notes) == ([], [])
    assert (report.blocks, report.events, report.unsealed, report.anchors) == (6, 18, 2, 2)


@pytest.mark.clause("5.5")
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_every_tampering_is_found(sent: Path, act: Any) -> None:
    random = Random(f"{SEED}{act.__name__}")
    with owner() as connection:
        for _ in range(ROUNDS):
            assert found_out(connection, act, random, [sent])
        assert verifier().verify(connection, [sent]).ok  # and what was honest still is


@pytest.mark.clause("5.5")
def test_a_clock_that_was_ahead_and_put_right_accuses_no_line(own_database: None) -> None:
    """And is told of; a line that says what was before both is found out all the same."""
    random = Random(SEED)
    ledger(random, 2, 3)
    with owner() as connection_:
        connection_.execute("ALTER TABLE audit_block DISABLE TRIGGER USER")
        connection_.execute(
            "UPDATE audit_block SET sealed_at = sealed_at + interval '40 days'"
            " WHERE number = (SELECT max(number) FROM audit_block)"
        )
        rechain(connection_, from_number=1)
        connection_.execute("ALTER TABLE audit_block ENABLE TRIGGER USER")
        ledger(random, 2, 3)
        report = verifier().verify(connection_, [])
        assert report.faults == []
        assert len([note for note in report.notes if "时钟被拨回" in note]) == 1
        assert "backdated" in found_out(connection_, insert_backdated, random, [])


@pytest.mark.clause("5.5")
def test_an_older_copy_of_the_database_is_found(sent: Path, tmp_path: Path) -> None:
    here, copy = settings.DATABASES["default"]["NAME"], f"older_{Path(sent).parent.name[-9:]}"
    connection.close()
    with database(copy, here):
        pass  # only to know that such a copy can be made
    newer = tmp_path / "newer.log"
    newer.write_text(sent.read_text())
    with as_owner("yihu") as server:
        server.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{here}"')
        try:
            with as_owner(copy) as old:
                assert verifier().verify(old, [newer]).ok  # as yet it is the same
                seal()
                anchor(newer)
                report = verifier().verify(old, [newer])
                assert [fault.kind for fault in report.faults] == ["cut_tail"]
                for _ in range(2):  # put back and gone on with: the numbers are there again
                    old.execute("SELECT seal_events()")
                report = verifier().verify(old, [newer])
                assert [fault.kind for fault in report.faults] == ["rewritten"]
        finally:
            server.execute(f'DROP DATABASE "{copy}"')


def test_who_commits_late_is_sealed_in_the_next_block(own_database: None) -> None:
    begun, finish = threading.Event(), threading.Event()

    def late() -> None:
        with psycopg.connect(
            host=settings.DATABASES["default"]["HOST"],
            dbname=settings.DATABASES["default"]["NAME"],
            user=settings.DATABASES["default"]["USER"],
        ) as other:
            other.execute(
                "INSERT INTO audit_event (at, actor_name, verb, subject_type, subject_id, data,"
                " request_id) VALUES (now(), '慢', 'signed_in', '', '', '{}', '')"
            )
            begun.set()
            finish.wait(20)

    slow = threading.Thread(target=late)
    slow.start()
    begun.wait(20)
    write(Random(1), 2)
    first = seal()
    finish.set()
    slow.join()
    second = seal()
    late_one = Event.objects.get(actor_name="慢").pk
    assert late_one < min(sealed(first))  # by numbers it would have been skipped
    assert len(sealed(first)) == 2
    assert sealed(second) == [late_one]
    with owner() as connection_:
        assert verifier().verify(connection_).ok


def test_a_block_is_sealed_even_when_nothing_happened(own_database: None) -> None:
    first, second = seal(), seal()
    block = Block.objects.get(number=second)
    assert (second, block.count, block.first_id) == (first + 1, 0, None)
    assert block.previous == Block.objects.get(number=first).head


@pytest.mark.clause("5.5")
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO audit_block SELECT number + 1, sealed_at, 1, 1, 0, root, head, 'x', 1, 1, ''"
        " FROM audit_block",
        "INSERT INTO audit_sealed VALUES (1, 1, sha256(''))",
        "UPDATE audit_block SET count = 9",
        "DELETE FROM audit_sealed",
        "TRUNCATE audit_block CASCADE",
        "DELETE FROM audit_event",
        "UPDATE audit_event SET verb = 'x'",
        "SELECT * FROM audit_event_default",
        "DELETE FROM audit_event_default",
        "SELECT vault.event_digest(NULL)",
    ],
)
def test_the_application_cannot_touch_the_chain(sent: Path, sql: str) -> None:
    with (
        pytest.raises(Exception, match=r"permission denied|refused"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_which_transaction_wrote_a_line_is_not_the_writers_to_say(own_database: None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (at, actor_name, verb, subject_type, subject_id, data,"
            " request_id, xid) VALUES (now(), '某', 'signed_in', '', '', '{}', '', '7')"
        )
        cursor.execute("SELECT xid = pg_current_xact_id() FROM audit_event WHERE actor_name = '某'")
        assert cursor.fetchone() == (True,)


# Months -----------------------------------------------------------------------------------------


def partitions(like: str = "%") -> dict[str, int]:
    """Each partition's name and how many rows lie in it."""
    with owner() as connection_:
        names = connection_.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'audit_event'::regclass AND c.relname LIKE %s ORDER BY 1",
            [like],
        ).fetchall()
        return {
            name: connection_.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for (name,) in names
        }


def test_what_lies_outside_every_month_gets_its_own(own_database: None) -> None:
    with transaction.atomic():
        audit.record(None, "units.planted", "org.orgunit")
    event = Event.objects.get()
    for at in ("2031-01-31T23:59:59+08:00", "2031-02-01T00:00:00+08:00"):  # no month is ready
        event.pk, event.at = None, datetime.fromisoformat(at)
        event.save(force_insert=True)
    seal()
    assert partitions("%default") == {"audit_event_default": 2}
    assert chain.keep_months() == 2
    found = partitions()
    assert found["audit_event_default"] == 0
    assert (found["audit_event_203101"], found["audit_event_203102"]) == (1, 1)
    assert chain.keep_months() == 0
    assert Event.objects.count() == 3
    with owner() as connection_:
        assert verifier().verify(connection_).ok  # moving a line does not change it


@pytest.mark.clause("5.5")
def test_every_month_has_its_indexes_and_its_guard(own_database: None) -> None:
    with owner() as connection_:
        whole = connection_.execute(
            "SELECT count(*) FROM pg_index WHERE indrelid = 'audit_event'::regclass"
        ).fetchone()
        rows = connection_.execute(
            "SELECT c.relname, (SELECT count(*) FROM pg_index x WHERE x.indrelid = c.oid),"
            " (SELECT array_agg(t.tgname::text ORDER BY t.tgname::text) FROM pg_trigger t"
            "  WHERE t.tgrelid = c.oid),"
            " has_table_privilege('yihu_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')"
            " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'audit_event'::regclass"
        ).fetchall()
    assert len(rows) >= 5  # this month, three ahead, and what belongs to none
    for _name, indexes, triggers, granted in rows:
        assert indexes == whole[0]
        assert triggers == ["event_append_only", "event_stamp"]
        assert granted is False


# Off the machine ----------------------------------------------------------------------------------


@pytest.fixture
def anchors(own_database: None, tmp_path: Path, settings: Any) -> Path:
    settings.ANCHOR_FILE = tmp_path / "anchors.log"
    seal()
    return Path(settings.ANCHOR_FILE)


def test_the_head_is_sent_each_hour_and_not_more_often(anchors: Path) -> None:
    at = timezone.now()
    assert [row.sink for row in chain.send_head(at=at)] == ["file"]
    seal()
    assert chain.send_head(at=at + timedelta(minutes=49)) == []
    assert [row.number for row in chain.send_head(at=at + timedelta(minutes=50))] == [2]
    with owner() as connection_:
        report = verifier().verify(connection_, [anchors])
    assert (report.ok, report.anchors) == (True, 2)


def test_a_sink_that_fails_is_noted_and_tried_again(anchors: Path, settings: Any) -> None:
    settings.ANCHOR_SYSLOG = "/nowhere/log"
    at = timezone.now()
    assert {row.sink: bool(row.problem) for row in chain.send_head(at=at)} == {
        "file": False,
        "syslog": True,
    }
    (again,) = chain.send_head(at=at + timedelta(minutes=5))
    assert again.sink == "syslog"
    assert "FileNotFoundError" in again.problem
    assert Anchor.objects.count() == 3


def test_syslog_and_mail_receive_what_the_verifier_reads(
    anchors: Path, settings: Any, mailoutbox: list[Any], tmp_path: Path
) -> None:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        place = tmp_path / "log"
        listener.bind(str(place))
        settings.ANCHOR_SYSLOG, settings.ANCHOR_MAIL = str(place), ["audit@example.com"]
        assert [row.problem for row in chain.send_head(at=timezone.now())] == ["", "", ""]
        kept = tmp_path / "kept"
        kept.write_bytes(listener.recv(4000).rstrip(b"\0") + b"\n" + mailoutbox[0].body.encode())
    with owner() as connection_:
        report = verifier().verify(connection_, [kept])
    assert (report.ok, report.anchors) == (True, 2)


def test_an_anchor_that_was_scribbled_on_is_said(anchors: Path) -> None:
    chain.send_head(at=timezone.now())
    anchors.write_text(anchors.read_text().replace('"head"', '"hat"'))
    with owner() as connection_:
        report = verifier().verify(connection_, [anchors])
    assert [fault.kind for fault in report.faults] == ["anchor_unreadable"]


# The verifier as a program ------------------------------------------------------------------------


def asked(*arguments: str, dsn: str = "") -> tuple[int, Any]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "verifier" / "audit_chain.py"), "--json", *arguments],
        env={"YIHU_AUDIT_DSN": dsn, "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def test_it_is_a_program_of_its_own(sent: Path) -> None:
    given = settings.DATABASES["owner"]
    dsn = f"host={given['HOST']} dbname={given['NAME']} user={given['USER']}"
    code, found = asked("--anchors", str(sent), dsn=dsn)
    assert (code, found["ok"], found["blocks"], found["anchors"]) == (0, True, 6, 2)
    with owner() as connection_:
        connection_.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        connection_.execute("UPDATE audit_event SET actor_name = '别人' WHERE id = 3")
    code, found = asked("--anchors", str(sent), dsn=dsn)
    assert code == 1
    assert [(fault["kind"], fault["event"]) for fault in found["faults"]] == [("edited", 3)]
    assert found["faults"][0]["said"] == "第 1 块：记录 3 被改过，与封存时不同。"
    code, found = asked(dsn=f"host={given['HOST']} dbname={given['NAME']} user=yihu_app")
    assert code == 2
    assert "看不到全部记录" in found["error"]


def test_it_imports_nothing_of_the_application() -> None:
    text = (ROOT / "verifier" / "audit_chain.py").read_text()
    assert "import yihu" not in text
    assert "from yihu" not in text
    assert "django" not in text


def test_a_check_is_itself_in_the_log(anchors: Path) -> None:
    chain.send_head(at=timezone.now())
    found = chain.verify(by="审计员")
    assert (found["ok"], found["anchors"]) == (True, 1)
    event = Event.objects.get(verb="log.verified")
    assert event.data == {
        "ok": True, "blocks": 1, "events": 0, "anchors": 1, "head": found["head"], "faults": 0,
        "by": "审计员",
    }  # fmt: skip
    with pytest.raises(chain.CannotVerify):
        chain.verify("host=/nowhere", by="审计员")


def test_the_command_says_what_holds_and_what_does_not(anchors: Path) -> None:
    write(Random(SEED), 2)
    seal()
    chain.send_head(at=timezone.now())
    said = StringIO()
    call_command("verify", "audit", stdout=said)
    assert said.getvalue() == "操作日志 2 块 2 条全部相符，链头 1 个。\n"
    with owner() as connection_:
        connection_.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        connection_.execute("DELETE FROM audit_event WHERE id = 2")
    said = StringIO()
    with pytest.raises(CommandError, match="有 1 处不符"):
        call_command("verify", "audit", anchors=[anchors], stdout=said)
    assert said.getvalue() == "不符：第 2 块：记录 2 被删除。\n"


def test_an_event_slipped_in_beside_a_long_transaction_is_found(sent: Path) -> None:
    """While one runs, the floor of the seals does not move: what betrays it is its transaction."""
    with as_owner(settings.DATABASES["default"]["NAME"]) as slow, slow.transaction():
        slow.execute("SELECT pg_current_xact_id()")
        write(Random(7), 3)
        seal()
        with owner() as connection_:
            assert verifier().verify(connection_).ok
            for _ in range(ROUNDS):
                assert found_out(connection_, insert, Random(7), [sent]) == {"inserted"}
