"""What who owns the database can do to the log, one seeded act at a time (SECURITY C21).

Each act happens in a transaction of the owner, with the triggers off, is looked at by the
verifier inside it, and is rolled back, so that the next one meets an honest chain.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from tests.audit.ledger import verifier

Owner = psycopg.Connection[Any]
TABLES = ("audit_event", "audit_block", "audit_sealed")


def one(owner: Owner, sql: str, *values: Any) -> Any:
    found = owner.execute(sql, values).fetchone()
    assert found is not None
    return found[0] if len(found) == 1 else found


def some_event(owner: Owner, random: Random) -> int:
    """A sealed event."""
    sealed = [row[0] for row in owner.execute("SELECT event_id FROM audit_sealed ORDER BY 1")]
    return int(random.choice(sealed))


def edit(owner: Owner, random: Random) -> None:
    """One column of one event says something else."""
    column, value = random.choice(
        [
            ("actor_name", "别人"),
            ("actor_id", 4242),
            ("unit_id", 4242),
            ("verb", "signed_in.not"),
            ("subject_id", "4242"),
            ("dossier_id", UUID(int=4242)),
            ("request_id", "4242"),
        ]
    )
    event = some_event(owner, random)
    change = sql.SQL("UPDATE audit_event SET {} = %s WHERE id = %s")
    owner.execute(change.format(sql.Identifier(column)), [value, event])


def edit_data(owner: Owner, random: Random) -> None:
    """Deep inside what it tells."""
    event = some_event(owner, random)
    value = random.choice(["2", "false", '"2"', "[0]", "1.2500001"])
    owner.execute(
        "UPDATE audit_event SET data = jsonb_set(data, '{lookup,a}', %s::jsonb) WHERE id = %s",
        [value, event],
    )


def edit_time(owner: Owner, random: Random) -> None:
    """A moment later."""
    event, shift = some_event(owner, random), random.choice(["1 microsecond", "-1 hour", "1 day"])
    owner.execute("UPDATE audit_event SET at = at + %s::interval WHERE id = %s", [shift, event])


def delete(owner: Owner, random: Random) -> None:
    """An event is gone."""
    owner.execute("DELETE FROM audit_event WHERE id = %s", [some_event(owner, random)])


def delete_with_entry(owner: Owner, random: Random) -> None:
    """An event, and its line in the block's list."""
    event = some_event(owner, random)
    owner.execute("DELETE FROM audit_sealed WHERE event_id = %s", [event])
    owner.execute("DELETE FROM audit_event WHERE id = %s", [event])


def delete_and_reckon(owner: Owner, random: Random) -> None:
    """The same, and the block reckoned anew, as who knows the form would."""
    block = one(
        owner,
        "SELECT block FROM audit_sealed WHERE event_id = %s",
        event := some_event(owner, random),
    )
    owner.execute("DELETE FROM audit_sealed WHERE event_id = %s", [event])
    owner.execute("DELETE FROM audit_event WHERE id = %s", [event])
    rechain(owner, from_number=block, to_number=block)


def insert(owner: Owner, random: Random) -> None:
    """An event slipped in among old ones, written as if by one of their transactions."""
    like = some_event(owner, random)
    owner.execute(
        "INSERT INTO audit_event (at, actor_name, verb, subject_type, subject_id, data,"
        " request_id, xid) SELECT at, '别人', 'signed_in', '', '', '{}', '', xid"
        " FROM audit_event WHERE id = %s",
        [like],
    )


def insert_in_block(owner: Owner, random: Random) -> None:
    """The same, put in the list of a block with its right digest."""
    like = some_event(owner, random)
    insert(owner, random)
    owner.execute(
        "INSERT INTO audit_sealed SELECT e.id, s.block, vault.event_digest(e)"
        " FROM audit_event e, audit_sealed s"
        " WHERE s.event_id = %s AND e.id = (SELECT max(id) FROM audit_event)",
        [like],
    )


def insert_backdated(owner: Owner, random: Random) -> None:
    """Written today, sealed today, and it says yesterday."""
    owner.execute(
        "INSERT INTO audit_event (at, actor_name, verb, subject_type, subject_id, data,"
        " request_id, xid) SELECT min(at) - make_interval(hours => %s), '别人', 'signed_in', '',"
        " '', '{}', '', (max(xid::text::bigint) + 1)::text::xid8 FROM audit_event",
        [random.randrange(1, 99)],
    )
    event = one(owner, "SELECT max(id) FROM audit_event")
    owner.execute(  # as the next seal does
        "INSERT INTO audit_block SELECT number + 1, clock_timestamp(), NULL, NULL, 0, '', head,"
        " 'x', greatest(floor, ceiling + 9), ceiling + 9, life"
        " FROM audit_block ORDER BY number DESC LIMIT 1"
    )
    number = one(owner, "SELECT max(number) FROM audit_block")
    owner.execute(
        "UPDATE audit_event SET xid = (SELECT ceiling::text::xid8 FROM audit_block"
        " WHERE number = %s) WHERE id = %s",
        [number - 1, event],
    )
    owner.execute(
        "INSERT INTO audit_sealed SELECT id, %s, vault.event_digest(e) FROM audit_event e"
        " WHERE id = %s",
        [number, event],
    )
    rechain(owner, from_number=number, to_number=number)


def swap(owner: Owner, random: Random) -> None:
    """Two events change places."""
    first, second = some_event(owner, random), some_event(owner, random)
    while first == second:
        second = some_event(owner, random)
    for event, to in ((first, -1), (second, first), (-1, second)):
        owner.execute("UPDATE audit_event SET id = %s WHERE id = %s", [to, event])


def swap_blocks(owner: Owner, random: Random) -> None:
    """Two events change their blocks."""
    entries = [tuple(row) for row in owner.execute("SELECT event_id, block FROM audit_sealed")]
    first = random.choice(entries)
    second = random.choice([entry for entry in entries if entry[1] != first[1]])
    for event, block in ((first[0], second[1]), (second[0], first[1])):
        owner.execute("UPDATE audit_sealed SET block = %s WHERE event_id = %s", [block, event])


def cut_tail(owner: Owner, random: Random) -> None:
    """The last blocks and all that is in them or after them."""
    last = one(owner, "SELECT max(number) FROM audit_block")
    after = last - random.randrange(1, last)
    owner.execute(
        "DELETE FROM audit_event WHERE id IN (SELECT event_id FROM audit_sealed WHERE block > %s)",
        [after],
    )
    owner.execute("DELETE FROM audit_sealed WHERE block > %s", [after])
    owner.execute("DELETE FROM audit_block WHERE number > %s", [after])


def cut_and_go_on(owner: Owner, random: Random) -> None:
    """The tail cut, and honest seals after it until the numbers are as they were."""
    last = one(owner, "SELECT max(number) FROM audit_block")
    cut_tail(owner, random)
    while one(owner, "SELECT max(number) FROM audit_block") <= last:
        owner.execute("SELECT seal_events()")


def rewrite_chain(owner: Owner, random: Random) -> None:
    """One event edited, and every digest, root and head after it reckoned anew."""
    event = some_event(owner, random)
    owner.execute("UPDATE audit_event SET actor_name = '别人' WHERE id = %s", [event])
    owner.execute(
        "UPDATE audit_sealed SET digest = vault.event_digest(e) FROM audit_event e"
        " WHERE e.id = event_id AND event_id = %s",
        [event],
    )
    rechain(owner, from_number=1)


def drop_block(owner: Owner, random: Random) -> None:
    """A block in the middle, with its events."""
    last = one(owner, "SELECT max(number) FROM audit_block")
    number = random.randrange(1, last)
    owner.execute(
        "DELETE FROM audit_event WHERE id IN (SELECT event_id FROM audit_sealed WHERE block = %s)",
        [number],
    )
    owner.execute("DELETE FROM audit_sealed WHERE block = %s", [number])
    owner.execute("DELETE FROM audit_block WHERE number = %s", [number])


def drop_month(owner: Owner, random: Random) -> None:
    """The partition of a month is taken off the table."""
    event = some_event(owner, random)
    name = one(owner, "SELECT tableoid::regclass::text FROM audit_event WHERE id = %s", event)
    off = sql.SQL("ALTER TABLE audit_event DETACH PARTITION {}")
    owner.execute(off.format(sql.Identifier(name)))


ACTS: tuple[Callable[[Owner, Random], None], ...] = (
    edit, edit_data, edit_time, delete, delete_with_entry, delete_and_reckon, insert,
    insert_in_block, insert_backdated, swap, swap_blocks, cut_tail, cut_and_go_on, rewrite_chain,
    drop_block, drop_month,
)  # fmt: skip


def rechain(owner: Owner, *, from_number: int, to_number: int | None = None) -> None:
    """Reckon roots and heads anew, as an attacker who has read the verifier would."""
    chain = verifier()
    rows = owner.execute(
        "SELECT number, sealed_at, first_id, last_id, count, root, previous, head, floor, ceiling,"
        " life FROM audit_block ORDER BY number"
    ).fetchall()
    previous = ""
    for row in rows:
        block = chain.Block(*row)
        if from_number <= block.number <= (to_number or block.number):
            entries = owner.execute(
                "SELECT event_id, digest FROM audit_sealed WHERE block = %s ORDER BY 1",
                [block.number],
            ).fetchall()
            for event, digest in entries:
                block.sum.update(event.to_bytes(8, "big") + digest)
            block.root, block.previous = block.sum.hexdigest(), previous
            block.count = len(entries)
            block.first_id = entries[0][0] if entries else None
            block.last_id = entries[-1][0] if entries else None
            block.head = chain.block_head(block)
            owner.execute(
                "UPDATE audit_block SET root = %s, previous = %s, head = %s, count = %s,"
                " first_id = %s, last_id = %s WHERE number = %s",
                [block.root, previous, block.head, block.count, block.first_id, block.last_id,
                 block.number],
            )  # fmt: skip
        previous = block.head


def found_out(
    owner: Owner, act: Callable[[Owner, Random], None], random: Random, anchors: Sequence[Path]
) -> set[str]:
    """The kinds of faults that the verifier sees after the act."""
    with owner.transaction(force_rollback=True):
        for table in TABLES:
            off = sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER")
            owner.execute(off.format(sql.Identifier(table)))
        act(owner, random)
        report = verifier().verify(owner, anchors)
    return {fault.kind for fault in report.faults}
