"""C9: as many lines in the log as sensitive operations, of the right verb and person, and no more;
and where the log cannot be written, nothing sensitive is served.

Random operations of six people: what is read, searched, taken out, written, refused, tried at the
door, and what is harmless and leaves no line. What each must leave stands in a table here, written
by hand. After each its lines are compared, at the end the whole table of the log. Then the log is
blocked in two ways (the right to add taken away; the database says its disk is full) and every
sensitive operation asked again: it must answer 503 or send away, with no mark of the unit's rows
anywhere and nothing changed. Controls: the same requests showed the marks before, and answer
again after; an operation whose line is left out is seen as one too few.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import psycopg
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from proof._patience import patient
from proof.routes import browser, everything_said
from tests import plant
from tests.flows.routes import ROUTES, Registry, arguments, owned, owned_by
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.kit.clock import today
from yihu.kit.scoped import acting

FIGURE, TRIALS, SEED = "C9", 10_000, 9
MARK = "只有广东知道"
BLOCKS = {
    "no right to add": (
        "REVOKE INSERT ON audit_event FROM yihu_app",
        "GRANT INSERT ON audit_event TO yihu_app",
    ),
    "disk full": (
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
        " 'No space left on device' USING ERRCODE = 'disk_full'; END $$;"
        "CREATE TRIGGER a_full_disk BEFORE INSERT ON audit_event"
        " FOR EACH ROW EXECUTE FUNCTION full_disk()",
        "DROP TRIGGER a_full_disk ON audit_event; DROP FUNCTION full_disk()",
    ),
}
Ask = Callable[[Client, Random], Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """Who asks for what, and the verbs that this must leave; `shows`: rows of the unit."""

    name: str
    who: str
    ask: Ask
    leaves: tuple[str, ...] = ()
    statuses: tuple[int, ...] = (200,)
    shows: bool = False


def _get(path: str, **query: str) -> Ask:
    return lambda client, _chance: client.get(path, query)


def _post(path: str, **form: str) -> Ask:
    return lambda client, _chance: client.post(path, form)


def _upload(path: str) -> Ask:
    def ask(client: Client, chance: Random) -> Any:
        said = f"{MARK} {chance.getrandbits(64)}".encode()
        return client.post(path, {"file": SimpleUploadedFile(f"{MARK}.txt", said)})

    return ask


def _knock(username: str, password: str) -> Ask:
    """At the door, in a browser of its own, from anywhere; no name ends in a digit there."""

    def ask(_client: Client, chance: Random) -> Any:
        name = username or f"nobody{chance.getrandbits(40):x}z"
        form = {"username": name, "password": password}
        place = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
        return Client(raise_request_exception=False).post(
            reverse("sign-in"), form, REMOTE_ADDR=place
        )

    return ask


READ = {
    "desk:dossier": "dossier.read", "desk:fill": "draft.read", "papers:show": "document.read",
    "papers:download": "document.downloaded", "letters:show": "letter.read",
    "visits:show": "visit.read", "risks:show": "risk.read", "originals:show": "original.read",
}  # fmt: skip
SEARCHED = ("desk:search", "desk:search-live", "desk:dossiers", "letters:register",
            "papers:search")  # fmt: skip
HARMLESS = ("desk:home", "desk:duties", "intake:home", "letters:register", "notices:list",
            "password", "exports:home")  # fmt: skip


def operations(rows: Registry, people: dict[str, User]) -> list[Operation]:
    """The table: what is sensitive and what is not, and the lines that it leaves."""

    def at(name: str) -> str:
        return reverse(name, kwargs=arguments(dict(ROUTES)[name], owned_by(name, rows)))

    words = {"q": MARK[:4]}
    letter = {
        "direction": "in", "dated_on": today().isoformat(), "counterpart": f"{MARK}的对方",
        "subject": f"{MARK}的函", "number": "", "sensitivity": "ordinary",
    }  # fmt: skip
    new, out = at("letters:new"), reverse("letters:xlsx")
    entered = people["filler"].username
    return [
        *(Operation(name, "filler", _get(at(name)), (verb,), shows=True)
          for name, verb in READ.items()),
        *(Operation(f"{name}?q", "filler", _get(reverse(name), **words), ("searched",), shows=True)
          for name in SEARCHED),
        Operation("a customer", "supervisor", _get(at("desk:customer")), ("customer.read",),
                  shows=True),
        *(Operation(f"{name} elsewhere", "stranger", _get(at(name)), ("refused",), (404,))
          for name in (*READ, "intake:detail")),
        Operation("a customer by a filler", "filler", _get(at("desk:customer")), ("refused",),
                  (404,)),
        *(Operation(f"{name}?q elsewhere", "stranger", _get(reverse(name), **words), ("searched",))
          for name in SEARCHED),
        *(Operation(name, "filler", _get(reverse(name))) for name in HARMLESS),
        Operation("letter in", "filler", _post(new, **letter), ("letter.registered",), (302,)),
        Operation("letter without words", "filler", _post(new, direction="in"), (), (422,)),
        Operation("letter elsewhere", "stranger", _post(new, **letter), ("refused",), (404,)),
        Operation("paper in", "filler", _upload(at("papers:upload")), ("document.uploaded",),
                  (200, 201, 302)),
        Operation("letters out", "steward", _post(out, purpose="review"),
                  ("letters.exported", "takeout.taken"), shows=True),
        Operation("letters out, dialog", "steward", _get(out)),
        Operation("letters out, no purpose", "steward", _post(out), (), (422,)),
        Operation("a person's log", "auditor", _get(at("desk:log-person")), ("log.read",)),
        Operation("the log by a filler", "filler", _get(reverse("desk:events")), ("refused",),
                  (403,)),
        Operation("a policy by a filler", "filler", _get(reverse("grants:policy")), ("refused",),
                  (403,)),
        Operation("a wrong name", "nobody", _knock("", "wrong"), ("sign_in.failed",)),
        Operation("somebody comes in", "filler", _knock(entered, plant.PASSWORD), ("signed_in",),
                  (302,)),
    ]  # fmt: skip


def last() -> int:
    """The newest line's number."""
    newest = Event.objects.order_by("-id").values_list("id", flat=True).first()
    return newest or 0


def left_since(number: int) -> list[tuple[int | None, str]]:
    """Whose lines of which verb came since."""
    return list(Event.objects.filter(id__gt=number).order_by("id").values_list("actor_id", "verb"))


def asked(one: Operation, client: Client, chance: Random) -> tuple[int, str]:
    """Status and all that is said."""
    with acting(None):
        answer = one.ask(client, chance)
        said = everything_said(answer)  # what was searched for is marked in what was found
        return answer.status_code, said.replace("<mark>", "").replace("</mark>", "")


@contextmanager
def blocked(way: str) -> Iterator[None]:
    """The log cannot be written for as long as this lasts."""
    given = settings.DATABASES["owner"]
    begin, end = BLOCKS[way]
    with psycopg.connect(
        host=given["HOST"], dbname=settings.DATABASES["default"]["NAME"], user=given["USER"],
        autocommit=True,
    ) as owner:  # fmt: skip
        owner.execute(begin)
        try:
            yield
        finally:
            owner.execute(end)


def counts() -> list[tuple[Any, ...]]:
    """How many rows stand in what these operations write."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM letters_letter), (SELECT count(*) FROM papers_document),"
            " (SELECT count(*) FROM exports_takeout), (SELECT count(*) FROM audit_event)"
        )
        return list(cursor.fetchall())


def run(trials: int, seed: int) -> dict[str, Any]:
    """Plant, ask at random, count; then block the log and ask again."""
    calm = {"EXPORTS_A_DAY": 10**6, "EXPORT_ROWS": 10**6, "EXPORT_AT_ONCE": 10**6,
            "EXPORT_LEVEL": "core", "READS_A_MINUTE": 10**6, "READS_A_DAY": 10**6}  # fmt: skip
    with override_settings(**calm):
        return _run(trials, Random(seed))


def _run(trials: int, chance: Random) -> dict[str, Any]:
    gd = plant.unit("GD")
    rows = owned(gd, MARK)
    people = {
        "filler": plant.person(Role.FILLER, gd),
        "steward": plant.person(Role.STEWARD, gd),
        "stranger": plant.person(Role.FILLER, plant.unit("HB", region="420000")),
        "supervisor": plant.person(Role.SUPERVISOR),
        "auditor": plant.person(Role.AUDITOR),
    }
    clients = {name: browser(user) for name, user in people.items()}
    clients["nobody"] = Client(raise_request_exception=False)
    table = operations(rows, people)
    actors = {name: user.pk for name, user in people.items()} | {"nobody": None}
    expected: Counter[tuple[int | None, str]] = Counter()
    done: Counter[str] = Counter()
    wrong: list[str] = []
    start = seen = last()
    with patient() as going_on:
        for number in range(trials):
            if not going_on():
                break
            one = table[number] if number < len(table) else chance.choice(table)
            status, said = asked(one, clients[one.who], chance)
            wanted = [(actors[one.who], verb) for verb in one.leaves]
            lines = left_since(seen)
            seen = last() if lines else seen
            if sorted(lines, key=str) != sorted(wanted, key=str) or status not in one.statuses:
                wrong.append(f"{one.name}: {status} {lines} for {wanted}")
            if one.shows and MARK not in said:
                wrong.append(f"{one.name}: shows nothing of the unit")
            expected.update(wanted)
            done[one.name] += 1
    found = Counter(left_since(start))
    sensitive = [one for one in table if one.leaves]
    served, bytes_told, changed = [], 0, 0
    for way in BLOCKS:
        before = counts()
        with blocked(way):
            for one in sensitive:
                status, said = asked(one, clients[one.who], chance)
                if status != 503 or MARK in said:
                    served.append(f"{way}: {one.name}: {status}")
                    bytes_told += said.count(MARK)
        changed += counts() != before
    again = sum(asked(one, clients[one.who], chance)[0] in one.statuses for one in sensitive)
    short = found.copy()
    short[next(iter(short))] -= 1
    return {
        "trials": done.total(),
        "operations": len(table),
        "sensitive": sum(done[one.name] for one in sensitive),
        "lines_expected": expected.total(),
        "lines_found": found.total(),
        "by_verb": dict(sorted(Counter(verb for _who, verb in found.elements()).items())),
        "wrong": wrong[:20],
        "found": len(wrong),
        "blocked_in_ways": len(BLOCKS),
        "asked_while_blocked": len(sensitive) * len(BLOCKS),
        "served_while_blocked": served,
        "sensitive_words_told_while_blocked": bytes_told,
        "changed_while_blocked": changed,
        "control_answer_again_after": f"{again} of {len(sensitive)}",
        "control_one_line_less_is_seen": short != expected,
        "held": not wrong
        and found == expected
        and done.total() == trials
        and not served
        and not changed
        and again == len(sensitive)
        and short != expected,
    }
