"""The secrets by which a transaction enters somebody's scope (`kit.scoped`).

Five kinds, each proven to the database without SQL ever holding what proves it: a session's own
key, of which only the hash is stored; a person's own token, likewise; a person for whom this
program acts (a job); the group's own work (planning, nightly checks); the door, where accounts are
proven and kept. The last three are made with a key that this program derives from its settings
and the owner wrote into a table that the application's role cannot read.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from django.conf import settings
from django.core.signing import Signer
from django.db import connection, transaction

from yihu.kit.scoped import acting

KEEP = """
INSERT INTO vault.scope_key (id, key) VALUES (1, %s)
ON CONFLICT (id) DO UPDATE SET key = EXCLUDED.key WHERE scope_key.key <> EXCLUDED.key
"""


class Executes(Protocol):
    """A connection or a cursor."""

    def execute(self, query: Any, params: Any) -> Any: ...


def key() -> bytes:
    """What this installation proves itself with; 32 bytes."""
    return hashlib.sha256(b"yihu.scope:" + settings.SECRET_KEY.encode()).digest()


def mac(body: str) -> str:
    """As `vault.scope_mac` reckons it; the inner hash keeps the body from being lengthened."""
    inner = hashlib.sha256(key() + body.encode()).digest()
    return hashlib.sha256(key() + inner).hexdigest()


def keep_key(owner: Executes) -> None:
    """Tell the database which key is ours, as its owner."""
    owner.execute(KEEP, [key()])


def of_session(session_key: str) -> str:
    """The secret of a session: what its cookie holds."""
    return f"session:{session_key}"


def of_token(use: str, secret: str) -> str:
    """The secret of a person's own token, for one use of those that it was issued for."""
    return f"token:{use}:{secret}"


def of_token_seal(digest: str, user_id: int) -> str:
    """What stands beside a token's hash, so that no SQL makes one up."""
    return mac(f"token:{digest}:{user_id}")


def of_person(user_id: int) -> str:
    """The secret by which this program acts for a person."""
    body = f"user:{user_id}"
    return f"{body}:{mac(body)}"


def of_group() -> str:
    """The secret of the group's own work: every row of every unit."""
    return f"group:{mac('group')}"


def of_door() -> str:
    """The secret of the door: accounts, their credentials and roles, and not one customer."""
    return f"door:{mac('door')}"


def of_worker() -> str:
    """What the worker's own connections bear: they alone read and change the queue of jobs."""
    return mac("worker")


@contextmanager
def for_person(user_id: int) -> Iterator[None]:
    """What stands inside sees and writes what that person may; nothing once the account ended."""
    with acting(of_person(user_id)):
        yield


@contextmanager
def for_group() -> Iterator[None]:
    """What stands inside is the group's own work and sees every unit; never a person's wish."""
    with acting(of_group()):
        yield


@contextmanager
def for_door() -> Iterator[None]:
    """What stands inside reads and writes credentials and roles: no person's transaction does.

    Ask the policy before; record the line outside of it.
    """
    with acting(of_door()):
        yield


def known() -> bool:
    """Whether the database knows our key."""
    with transaction.atomic(), for_group(), connection.cursor() as cursor:
        cursor.execute("SELECT scope_everything()")
        found = cursor.fetchone()
    return bool(found and found[0])


def ticket(user_id: int, task: str, subject: str) -> str:
    """What a job is given so that it acts for the person who asked: for this task and row only."""
    return Signer(salt=f"yihu.job:{task}:{subject}").sign(str(user_id))


@contextmanager
def for_bearer(given: str, task: str, subject: str) -> Iterator[int]:
    """The scope of whoever asked for the job, as it is now; yields the account's number.

    Raises: BadSignature where the ticket was not made for this task and row.
    """
    user_id = int(Signer(salt=f"yihu.job:{task}:{subject}").unsign(given))
    with for_person(user_id):
        yield user_id
