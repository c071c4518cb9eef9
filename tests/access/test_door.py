"""SQL that slipped into somebody's transaction, run as the web's role: it never becomes another.

Each attack is tried as nobody, a filler, ITC and a supervisor; its control is the same statement in
the group's own scope, where it does what it says. So none is refused for a slip of the pen.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from procrastinate.contrib.django.utils import connector_params

from tests import plant
from tests.access.door import entered, knock, with_factor
from yihu.access import credentials
from yihu.access.entering import for_door, for_group, for_person, of_group, of_worker
from yihu.access.models import RoleAssignment, Session, SignInTry, User
from yihu.access.rules import Role
from yihu.access.sessions import hashed
from yihu.access.signing import actions
from yihu.handover.tokens import issue
from yihu.kit.clock import now
from yihu.kit.scoped import acting
from yihu.papers.jobs import read

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.2")]
HASH = "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99"

ATTACKS = {
    "read a hash": "SELECT encoded FROM access_password WHERE user_id = {b}",
    "overwrite a hash": "UPDATE access_password SET encoded = '{hash}' WHERE user_id = {b}",
    "delete a hash": "DELETE FROM access_password WHERE user_id = {b}",
    "read hashes of before": "SELECT encoded FROM access_pastpassword WHERE user_id = {b}",
    "rename an account": "UPDATE access_user SET username = 'x' WHERE id = {b}",
    "open a closed account": "UPDATE access_user SET is_active = true WHERE id = {b}",
    "forget a second factor": "UPDATE access_user SET factor_since = NULL WHERE id = {b}",
    "open an account": (
        "INSERT INTO access_user (username, name, is_active, opened_at, password_one_time,"
        " suspended_why) VALUES ('x', 'x', true, now(), false, '')"
    ),
    "read an authenticator's key": "SELECT sealed FROM access_secondfactor WHERE user_id = {b}",
    "take off a second factor": "DELETE FROM access_secondfactor WHERE user_id = {b}",
    "read recovery codes": "SELECT digest FROM access_recoverycode WHERE user_id = {b}",
    "use a code again": "UPDATE access_recoverycode SET used_at = NULL WHERE user_id = {b}",
    "start a reset": (
        "INSERT INTO access_passwordreset (user_id, digest, at, expires_at) VALUES"
        " ({c}, 'x', now(), now() + interval '1 day')"
    ),
    "change a reset's code": "UPDATE access_passwordreset SET digest = 'x' WHERE user_id = {b}",
    "guess without end": "DELETE FROM access_signintry",
    "hide a removal": "DELETE FROM access_factorremoval WHERE user_id = {b}",
    "read sessions": "SELECT data FROM access_session WHERE user_id = {b}",
    "end sessions": "DELETE FROM access_session WHERE user_id = {b}",
    "make a session another's": "UPDATE access_session SET user_id = {c} WHERE user_id = {b}",
    "give a role": (
        "INSERT INTO access_roleassignment (user_id, role, unit_id, since)"
        " VALUES ({c}, 'steward', {unit}, '2026-01-01')"
    ),
    "give a role of the group": (
        "INSERT INTO access_roleassignment (user_id, role, since)"
        " VALUES ({c}, 'supervisor', '2026-01-01')"
    ),
    "prolong a role": "UPDATE access_roleassignment SET until = NULL WHERE user_id = {b}",
    "end a role": "DELETE FROM access_roleassignment WHERE user_id = {b}",
    "read a token": "SELECT sha256 FROM handover_token",
    "write a token": (
        "INSERT INTO handover_token (label, sha256, issued_at) VALUES ('x', 'x', now())"
    ),
    "call a token back to life": "UPDATE handover_token SET revoked_at = NULL",
    "read jobs": "SELECT args FROM procrastinate_jobs",
    "change a job": "UPDATE procrastinate_jobs SET args = '{{}}'",
    "drop jobs": "DELETE FROM procrastinate_jobs",
    "write a job": (
        "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'audit.verify')"
    ),
    "hold a lock of the queue": (
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('nobody serves it', 'x', 0, NULL,"
        " 'audit.verify', '{{}}', '9999-01-01')]::procrastinate_job_to_defer_v1[])"
    ),
    "hide what was swept": "DELETE FROM procrastinate_periodic_defers",
}
ONLY_ABOVE = {
    "put a unit below one's own": "UPDATE org_orgunit SET parent_id = {unit} WHERE id = {other}",
}
"""What a supervisor may: the whole group is theirs to see already."""


@pytest.fixture
def names() -> dict[str, Any]:
    """B has everything that opens an account; C nothing yet."""
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    b, c = plant.person(Role.FILLER, fj), plant.person(Role.FILLER, fj)
    itc, other = plant.person(Role.ITC), plant.person(Role.ITC)
    with_factor(b)
    actions.choose_password(b, "Pinus-tabuliformis-77", at=now(), current_key=None)
    knock(Client(), b.username, "wrong")
    actions.start_reset(itc, b, why="测试", at=now())
    actions.remove_factor(other, b, why="测试", at=now())
    with_factor(b)
    Client().force_login(b)
    issue("HR", at=now())
    read.defer(document_id="0")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp) VALUES ('x', 1)"
        )
    return {"a": 0, "b": b.pk, "c": c.pk, "unit": gd.pk, "other": fj.pk, "hash": HASH}


def done(statement: str) -> int:
    """How many rows it read or wrote; none of it stays."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        number = cursor.rowcount
        transaction.set_rollback(True)
    return int(number)


def reached(statement: str) -> int:
    """The same, where the database may refuse it by a policy."""
    try:
        return done(statement)
    except DatabaseError as why:
        if "row-level security" in str(why) or "only the worker" in str(why):
            return 0
        raise


@contextmanager
def attacker(who: str) -> Iterator[None]:
    if who == "nobody":
        with acting(None):
            yield
        return
    role = Role(who)
    gd = plant.unit("GD")
    with for_person(plant.person(role, gd).pk):
        yield


@pytest.mark.parametrize("who", ["nobody", "filler", "steward", "itc", "supervisor", "auditor"])
def test_sql_in_a_persons_transaction_reaches_no_credential(
    who: str, names: dict[str, Any]
) -> None:
    attacks = ATTACKS if who == "supervisor" else {**ATTACKS, **ONLY_ABOVE}
    with attacker(who):
        for name, statement in attacks.items():
            assert reached(statement.format(**names)) == 0, name


def test_the_same_statements_work_where_they_may(names: dict[str, Any]) -> None:
    """The control: each attack above does what it says in the group's own scope."""
    with for_group():
        for name, statement in {**ATTACKS, **ONLY_ABOVE}.items():
            assert done(statement.format(**names)) > 0, name


def test_nobody_reads_even_ones_own_hash(names: dict[str, Any]) -> None:
    mine = f"SELECT encoded FROM access_password WHERE user_id = {names['b']}"
    with for_person(names["b"]):
        assert done(mine) == 0
    with for_door():
        assert done(mine) == 1


def test_the_door_sees_no_customer(names: dict[str, Any]) -> None:
    plant.dossier(plant.unit("GD"))
    files = "SELECT id FROM dossiers_dossier"
    assert done(files) == 1
    with for_door():
        assert done(files) == 0
        assert done("SELECT id FROM contracts_contract") == 0
        assert done("SELECT id FROM access_user") > 0


# Secrets in statements ------------------------------------------------------------------------


def statements() -> list[str]:
    """What SQL of our role sees of this very connection, from another one."""
    with psycopg.connect(**connector_params()) as other:
        rows = other.execute(
            "SELECT query FROM pg_stat_activity WHERE pid = %s",
            [connection.connection.info.backend_pid],
        )
        return [str(query) for (query,) in rows]


def test_no_statement_holds_what_opens_a_scope() -> None:
    """`pg_stat_activity` shows the statements of every connection of our role to each of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'seen'")
    assert statements() == ["SELECT 'seen'"]  # the control
    with acting(of_group()):
        (said,) = statements()
    assert "enter_scope($1)" in said
    assert of_group().partition(":")[2] not in said


def test_no_statement_holds_a_sessions_key_or_a_hash() -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    client = entered(user)
    key = client.session.session_key
    assert key
    (said,) = statements()
    assert key not in said
    assert "session_keep($1" in said
    with for_door():
        credentials.keep(user, HASH)
    assert HASH not in "".join(statements())


# Temporary tables -----------------------------------------------------------------------------


def test_a_temporary_table_hides_no_table_of_ours() -> None:
    """Left behind on a connection that others use next, it would answer at the door."""
    user = plant.person(Role.FILLER, plant.unit("GD"))
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = pg_temp, public")
        cursor.execute("CREATE TEMP TABLE access_password (user_id bigint, encoded text)")
        cursor.execute("INSERT INTO access_password VALUES (%s, %s)", [user.pk, HASH])
        cursor.execute("SELECT encoded FROM access_password WHERE user_id = %s", [user.pk])
        assert cursor.fetchone() == (HASH,)  # the control
    assert knock(Client(), user.username, "password").status_code == 200
    assert knock(Client(), user.username, plant.PASSWORD).status_code == 302


# Sessions -------------------------------------------------------------------------------------


def test_a_session_is_there_for_who_holds_its_key_and_takes_no_forged_seal() -> None:
    a, b = (plant.person(Role.FILLER, plant.unit("GD")) for _n in range(2))
    client = entered(a)
    key = client.session.session_key
    assert key
    row = Session.objects.get(key=hashed(key))
    with for_person(a.pk), connection.cursor() as cursor:
        cursor.execute("SELECT session_data(%s)", [key])
        assert cursor.fetchone() == (row.data,)  # the control
        cursor.execute("SELECT session_data(%s)", [row.key])
        assert cursor.fetchone() == (None,)
        for seal in (row.seal, "", None):
            with pytest.raises(DatabaseError, match="no seal"), transaction.atomic():
                cursor.execute(
                    "SELECT session_keep(%s, %s, %s, '', now() + interval '1 day', false)",
                    [key, b.pk, seal],
                )
        cursor.execute("SELECT session_end(%s)", ["of nobody"])
        assert cursor.fetchone() == (False,)
    assert client.get("/").status_code == 200


# The queue ------------------------------------------------------------------------------------


QUEUED = "SELECT task_name FROM procrastinate_jobs"


def test_anybody_asks_for_work_and_only_the_worker_sees_it() -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    with for_person(user.pk):
        read.defer(document_id="0")
        assert done(QUEUED) == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('yihu.worker', 'guessed', true)")
        assert done(QUEUED) == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('yihu.worker', %s, true)", [of_worker()])
        assert done(QUEUED) == 1


# What the door itself still does --------------------------------------------------------------


def test_the_way_in_and_out_leaves_its_rows() -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    assert knock(Client(), user.username, "wrong").status_code == 200
    assert SignInTry.objects.count() == 1
    client = entered(user)
    assert Session.objects.filter(user=user).count() == 1
    client.post("/sign-out/")
    assert Session.objects.filter(user=user).count() == 0
    assert RoleAssignment.objects.filter(user=user).count() == 1
    assert User.objects.get(pk=user.pk).used_at is not None
