"""C1: every route, method and persona, and not one word of a unit that the persona may not see.

Six units are planted with a row in every table, every word bearing the unit's mark. Each request is
rolled back, so the last one meets what the first one met. Marks are looked for in the status line,
the headers and the body: raw, unpacked, inside workbooks and in the text of PDFs. A foreign row
answered with 2xx counts as a leak as well. Each operation of the interface is tried once more by a
token of the persona, with what its schema asks for. Control: each route lets somebody of the unit
in, or stands in `NO_CONTROL` with the reason; a route in neither fails.
"""

import gzip
import json
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from io import BytesIO
from itertools import product
from random import Random
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, reverse
from pypdf import PdfReader

from proof._patience import patient
from tests import plant
from tests.access.door import prove
from tests.flows.calls import body_of
from tests.flows.routes import ROUTES, Registry, arguments, owned, owned_by
from tests.flows.rows import of_every_table
from yihu.access.ending import end_all
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.tokens.actions import issue
from yihu.access.tokens.rules import Days, Use
from yihu.grants.models import Grant
from yihu.inspections.models import Inspection
from yihu.interface.writing.bodies import Body
from yihu.interface.writing.urls import DEEDS, name_of
from yihu.kit.clock import now
from yihu.kit.scoped import acting
from yihu.org.models import OrgUnit
from yihu.originals.models import Disposal, Loan, Stocktake, Transfer

GONE = ("deleted", "random")
FIGURE, TRIALS, SEED = "C1", 5, 20261125
"""A trial is a foreign row for each route that names one."""
UNITS = {"GD": "440100", "FJ": "350100", "ZJ": "330100", "JS": "320100", "HB": "420100",
         "SX": "610100"}  # fmt: skip
MAIN = ("GET", "POST")
BY_TOKEN = {f"{verb} by token": verb for verb in ("POST", "PUT", "PATCH", "DELETE")}
"""What a program does with a token, told what the schema asks for; a browser asks the rest."""
OPENS = {*MAIN, *BY_TOKEN}
OTHERS = ("PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
QUICK = {
    "filler": {("own", "GET"), ("", "GET")},
    "filler elsewhere": {(whose, way) for whose in (*UNITS, "") for way in MAIN},
}
TO_ITC = "people and their accounts, nothing of customers (§6.3.4)"
TO_AUDITOR = "the auditor reads whose log it is, of every unit (§5.5)"
MAY_SEE = {
    **{("itc", name): TO_ITC for name in ("account", "account-act", "accounts", "role-requests")},
    **{("itc", f"handover:{name}"): TO_ITC for name in ("people", "person", "event", "export")},
    **{("itc", f"directory:{name}"): TO_ITC for name in ("home", "end")},
    **{("itc", f"outbox:{name}"): TO_ITC for name in ("home", "endpoint", "act", "rotate", "dead")},
    **{("itc", f"help:{name}"): TO_ITC for name in ("desk", "report", "close", "picture")},
    ("itc", "do:grants-one"): TO_ITC,
    **{("auditor", f"desk:log-{name}"): TO_AUDITOR for name in ("person", "dossier")},
}
"""By persona and route: what is told of every unit on purpose."""
STATE = "wants a row in a state that is not planted here; its slice's tests let somebody in"
WORDS = "wants words that an empty form lacks, and says so by 404; its slice's tests give them"
DOOR = "a step at the door, for who is not signed in; tests/access goes through it"
NO_CONTROL = {
    **dict.fromkeys(
        (
            "assessment:scheme-check", "assessment:scheme-edit", "desk:version",
            "duties:forget-day", "exports:destroy", "exports:fetch", "exports:link", "guide:start",
            "identity:alike-dismiss", "identity:code-decide", "identity:join-undo",
            "identity:offer-decline", "identity:offer-take", "intake:errors",
            "notices:channel-act", "notices:feed-act", "notices:follow", "originals:release",
            "originals:unlock", "outbox:dead-act", "papers:picture", "ratings:scheme-edit",
            "regulations:download", "regulations:picture", "reports:version", "reset-hand",
        ),
        STATE,
    ),
    **dict.fromkeys(("identity:join", "identity:join-now"), WORDS),
    "token-revoke": STATE,
    "directory:token-revoke": STATE,
    "scim": "the identity system's door with a token; tests/directory comes in by it",
    "notices:feed": "a private address; without its secret there is nothing (tests/notices)",
    **dict.fromkeys(("oidc", "oidc-back", "sign-in-code", "sign-out"), DOOR),
    **dict.fromkeys(
        (
            "do:grants-end", "do:grants-refuse", "do:grants-withdraw", "do:loans-decide",
            "do:loans-renew", "do:loans-withdraw",
        ),
        STATE,
    ),
    "handover:api-personnel": "a door for machines with a token; C7 comes in by it",
}  # fmt: skip
"""Routes that let nobody in here, and why."""


def _operations() -> dict[str, dict[str, Body]]:
    found: dict[str, dict[str, Body]] = defaultdict(dict)
    for deed in DEEDS:
        one = "-one" if deed.path.endswith(">") else ""
        found[f"do:{name_of(deed.path)}{one}"][deed.method.upper()] = deed.body
    return dict(found)


DONE = _operations()
"""By route of the interface and method: what an operation wants to be told."""


@dataclass(slots=True)
class Persona:
    """Somebody at the door: their browser, what they may see, whose rows are theirs."""

    name: str
    client: Client
    own: frozenset[str] = frozenset()
    control: bool = False
    token: str = ""


@dataclass(slots=True)
class Found:
    """What the walk counted."""

    requests: int = 0
    personas: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    on_purpose: Counter[str] = field(default_factory=Counter)
    let_in: set[str] = field(default_factory=set)
    past_the_door: set[str] = field(default_factory=set)
    answered: list[str] = field(default_factory=list)
    """Foreign rows that were neither refused nor unknown."""
    own_marks: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)


def word_of(code: str) -> str:
    """What no one but the unit's people may read; `rows.mark` writes it in brackets."""
    return f"{code}-金丝雀"


def browser(user: User) -> Client:
    """A browser in which the person is signed in and has just given proof."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    prove(client)
    return client


def token_of(user: User) -> str:
    """What lets a program do all that the person may."""
    return issue(user, label="试验", uses=[*Use], days=Days.WEEK, at=now())[1]


def cast_of(units: dict[str, OrgUnit], customer: OrgUnit) -> list[Persona]:
    """The nine who try, and five who show that the unit's own people get in."""

    def of(name: str, role: Role, at: str = "", *, control: bool = False) -> Persona:
        user = plant.person(role, units[at] if at else None)
        own = frozenset(UNITS) if role == Role.SUPERVISOR else frozenset(filter(None, [at]))
        return Persona(name, browser(user), own, control, token_of(user))

    leaver = plant.person(Role.FILLER, units["GD"])
    left = Persona("leaver", browser(leaver), token=token_of(leaver))
    end_all([leaver.pk], now())
    neighbour, inspector = plant.person(Role.STEWARD, customer), inspector_of(units["GD"])
    return [
        Persona("anonymous", Client(raise_request_exception=False)),
        of("filler", Role.FILLER, "GD"),
        of("reviewer", Role.REVIEWER, "GD"),
        of("filler elsewhere", Role.FILLER, "FJ"),
        of("reader elsewhere", Role.READER, "FJ"),
        of("itc", Role.ITC),
        of("auditor", Role.AUDITOR),
        left,
        Persona("internal customer", browser(neighbour), token=token_of(neighbour)),
        of("steward", Role.STEWARD, "GD", control=True),
        of("custodian", Role.CUSTODIAN, "GD", control=True),
        of("reader", Role.READER, "GD", control=True),
        of("supervisor", Role.SUPERVISOR, control=True),
        Persona("inspector", browser(inspector), frozenset(UNITS), True, token_of(inspector)),
    ]


def inspector_of(unit: OrgUnit) -> User:
    """The supervisor who inspects the unit's files, and has one of them in hand (§6.4.1)."""
    found: Inspection = Inspection.objects.filter(units=[unit.pk]).earliest("made_at")
    return found.inspectors.get()


def rows_of(unit: OrgUnit, code: str = "") -> Registry:
    """The unit's rows for each route, with those that only `of_every_table` plants."""
    region = UNITS[unit.code]
    of_every_table(unit, region=region)
    rows = owned(unit, f"⟦{word_of(unit.code)}⟧", region=region, code=code)
    grant = Grant.objects.filter(unit=unit).earliest("asked_at")
    stocktake, disposal, transfer, loan = (
        model._default_manager.filter(unit=unit).earliest("pk")
        for model in (Stocktake, Disposal, Transfer, Loan)
    )
    return rows | {
        "grants": {"pk": grant.pk, "act": "agree"},
        **{
            f"originals:{name}": {"pk": stocktake.pk}
            for name in ("stocktake", "stocktake-sheet", "stocktake-look", "stocktake-close")
        },
        "do:grants-one": {"pk": grant.pk},
        "originals:disposal": {"pk": disposal.pk},
        "originals:disposal-act": {"pk": disposal.pk, "act": "approve"},
        "originals:transfer-list": {"pk": transfer.pk},
        "originals:loan-act": {"pk": loan.pk, "act": "approve"},
    }


def deleted() -> Registry:
    """Rows of a unit that were there once."""
    with transaction.atomic():
        rows = owned(plant.unit("XX", region="540000"), "曾经")
        transaction.set_rollback(True)
    return rows


def random_rows(like: Registry, chance: Random) -> Registry:
    """The same arguments with keys that nobody ever had."""
    return {
        name: {
            key: UUID(int=chance.getrandbits(128), version=4)
            if isinstance(value, UUID)
            else 10**9 + chance.randrange(10**6)
            if key == "pk"
            else value
            for key, value in given.items()
        }
        for name, given in like.items()
    }


def everything_said(answer: Any) -> str:
    """Status line, headers and body as text, whatever the body is packed in."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    parts = [answer.reason_phrase, body.decode("utf-8", "replace")]
    parts += [str(make_header(decode_header(value))) for value in answer.headers.values()]
    if body.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(body)) as packed:
            parts += [packed.read(name).decode("utf-8", "replace") for name in packed.namelist()]
    elif body.startswith(b"%PDF"):
        parts += ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(body)).pages]
    return unquote("\n".join(parts))


def asked(client: Client, method: str, path: str, **given: Any) -> tuple[int, str, str]:
    """Status, where it sends to, and all that it says; nothing of the request stays."""
    before = client.cookies.copy()
    with transaction.atomic():
        with acting(None):
            verb = getattr(client, method.lower())
            answer = verb(path, **given)
            said = everything_said(answer)
        transaction.set_rollback(True)
    client.cookies = before
    return answer.status_code, answer.headers.get("Location", ""), said


def done(who: Persona, verb: str, name: str, path: str) -> tuple[int, str, str]:
    """The operation at the address by the person's token, told what its schema asks for."""
    headers = {"Authorization": f"Bearer {who.token}", "If-Match": "*"}
    return asked(
        Client(raise_request_exception=False),
        verb,
        path,
        data=json.dumps(body_of(DONE[name][verb])),
        content_type="application/json",
        headers=headers | {"Idempotency-Key": f"key-{name}"},
    )


def judge(
    found: Found,
    who: Persona,
    route: tuple[str, URLPattern],
    method: str,
    whose: str,
    answer: tuple[int, str, str],
) -> None:
    """Note what the answer gives away, and whether it let somebody in."""
    name, pattern = route
    names_a_row = bool({"pk", "username"} & set(pattern.pattern.converters))
    status, to, said = answer
    at = f"{who.name}: {method} {name} ({whose})"
    found.requests += 1
    found.personas[who.name] += 1
    found.statuses[status] += 1
    if status >= 500:
        found.failures.append(f"{at}: {status}")
    for code in UNITS:
        word = word_of(code)
        if word not in said and json.dumps(word)[1:-1] not in said:
            continue
        if code in who.own:
            found.own_marks.add(name)
        elif (who.name, name) in MAY_SEE:
            found.on_purpose[f"{who.name}: {name}"] += 1
        else:
            found.leaks.append(f"{at}: {status} {word}")
    foreign_row = names_a_row and whose in UNITS and whose not in who.own
    if foreign_row and method in OPENS and status < 300 and (who.name, name) not in MAY_SEE:
        found.leaks.append(f"{at}: {status}")
    if foreign_row and status not in {401, 403, 404, 405}:
        found.answered.append(f"{at}: {status}")
    if whose in {"own", ""} and method in OPENS and not to.startswith(reverse("sign-in")):
        if status < 400:
            found.let_in.add(name)
        elif status in {400, 409, 410, 412, 413, 415, 422, 429}:
            found.past_the_door.add(name)


def plan_of(
    who: Persona,
    name: str,
    pattern: URLPattern,
    units: list[str],
    trials: int,
    others: tuple[str, ...],
    gone: tuple[str, ...],
) -> Iterator[tuple[str, str]]:
    """Which rows by which methods: (whose, method)."""
    foreign = [code for code in units if code not in who.own][:trials]
    deeds = [way for way, verb in BY_TOKEN.items() if verb in DONE.get(name, {}) and who.token]
    yield from (("own", way) for way in deeds)
    if not who.control:
        yield from ((whose, way) for whose in (*foreign, *gone) for way in deeds)
    if not pattern.pattern.converters:
        yield from (("", method) for method in (MAIN if who.control else MAIN + others))
        return
    yield from (("own", method) for method in MAIN)
    if who.control:
        return
    yield from ((code, method) for code in foreign for method in MAIN)
    yield from ((code, method) for code in foreign[:1] for method in others)
    yield from ((none, method) for none in gone for method in MAIN)


def walk(
    trials: int,
    seed: int,
    *,
    others: tuple[str, ...] = OTHERS,
    gone: tuple[str, ...] = GONE,
    quick: bool = False,
) -> Found:
    """Plant the units and let everybody try everything in every way; `gone`: rows that never were,
    or are no more. `quick`: one stranger, by GET and POST, and one of the unit's own, who looks.
    """
    chance = Random(seed)
    units = {code: plant.unit(code, region=f"{region[:2]}0000") for code, region in UNITS.items()}
    customer = plant.unit("NB", region="110000")
    customer.credit_code = plant.credit_code(990_001)
    customer.save(update_fields=["credit_code"])
    rows = {
        code: rows_of(unit, code=customer.credit_code if code == "SX" else "")
        for code, unit in units.items()
    }
    rows |= {"deleted": deleted(), "random": random_rows(rows["GD"], chance)}
    found = Found()
    codes = ["SX", *(code for code in UNITS if code != "SX")]
    cast = [who for who in cast_of(units, customer) if not quick or who.name in QUICK]
    chance.shuffle(cast)
    cast.sort(key=lambda who: not who.control)
    with patient() as going_on:
        for who, (name, pattern) in product(cast, ROUTES):
            if not going_on():
                found.missing.add(who.name)
                continue
            own = "FJ" if "FJ" in who.own and "GD" not in who.own else "GD"
            plan = plan_of(who, name, pattern, codes, trials, others, gone)
            for whose, method in plan:
                if quick and (whose, method) not in QUICK[who.name]:
                    continue
                registry = rows[own if whose in {"own", ""} else whose]
                path = reverse(name, kwargs=arguments(pattern, owned_by(name, registry)))
                answer = (
                    done(who, BY_TOKEN[method], name, path)
                    if method in BY_TOKEN
                    else asked(who.client, method, path)
                )
                judge(found, who, (name, pattern), method, whose, answer)
    return found


def run(trials: int, seed: int) -> dict[str, Any]:
    """Walk; every leak by name."""
    found = walk(trials, seed)
    names = {name for name, _pattern in ROUTES}
    controlled = found.let_in | found.past_the_door
    without = sorted(names - controlled - NO_CONTROL.keys())
    return {
        "routes": len(names),
        "personas": dict(found.personas),
        "not_whole_for": sorted(found.missing),
        "trials": found.requests,
        "statuses": {str(status): number for status, number in sorted(found.statuses.items())},
        "let_in": len(found.let_in),
        "past_the_door_refused_by_the_form": len(found.past_the_door - found.let_in),
        "listed_without_control": len(NO_CONTROL),
        "without_control": without,
        "routes_that_showed_their_own_unit_its_mark": len(found.own_marks),
        "told_on_purpose": dict(found.on_purpose),
        "failures": found.failures[:20],
        "leaks": found.leaks[:60],
        "found": len(found.leaks),
        "held": not found.leaks
        and not found.missing
        and not found.failures
        and not without
        and names >= NO_CONTROL.keys()
        and len(found.own_marks) > 30,
    }
