"""A log with a few sealed blocks, its owner's connection and the verifier, for tests."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection, transaction

from tests.conftest import ROOT, as_owner
from yihu.audit import actions as audit
from yihu.audit import chain
from yihu.audit.rules import READS


def verifier() -> ModuleType:
    """The verifier's one file, loaded as it lies there."""
    if "audit_chain" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "audit_chain", ROOT / "verifier" / "audit_chain.py"
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules["audit_chain"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["audit_chain"])
    return sys.modules["audit_chain"]


@contextmanager
def owner() -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection to the database of the test."""
    with as_owner(settings.DATABASES["default"]["NAME"]) as found:
        yield found


def seal() -> int:
    """One block more; its number."""
    return chain.seal()


def write(random: Random, count: int) -> None:
    """So many lines, each in a transaction of its own, of all the shapes that JSON has."""
    for _ in range(count):
        with transaction.atomic():
            audit.record(
                None,
                random.choice(READS),  # which nobody subscribes to
                "org.orgunit",
                unit_id=random.choice([None, random.randrange(1, 99)]),
                data={
                    "reason": random.choice(["甲", '引"号', "换\n行", "😀", "", "\\u4e2d"]),
                    "number": random.choice([0, -1, 10**18, 1.5, 1e-7, 12.10, None, True, False]),
                    "lookup": {"b": [1, "2", {}], "a": [], "é": random.random()},
                },
            )


def ledger(random: Random, blocks: int, each: int) -> None:
    """Blocks with lines, one of them empty."""
    for number in range(blocks):
        write(random, 0 if number == blocks // 2 else each)
        seal()


def anchor(path: Path) -> None:
    """The newest head, as it is sent."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, head FROM audit_block ORDER BY number DESC LIMIT 1")
        number, head = cursor.fetchone()
    with path.open("a") as file:
        file.write(f'yihu-anchor {{"number": {number}, "head": "{head}"}}\n')
