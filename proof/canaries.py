"""C2: not one word or figure of another unit, wherever words can go.

Six units have a row in every table and a file of each kind. Every text of theirs that a rule of
the database does not fix becomes a word of its own (`GD鸟0001`), every figure gets digits of its
own (`881001`). Then two people of each unit and three of none open every route, with their own
rows and another unit's, search for everybody's words, take out every list and paper, break forms,
subscribe to their calendar and get their mail from a real server. What is looked through: status
line, headers, bodies, workbooks, the text of PDFs, mails, feeds, lines of the log (those of the
database too) and every row that the request wrote into the audit table. Controls: each kind of
place must have shown a unit its own canaries, or where no canary belongs, one planted on purpose.
"""

import logging
import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, connection, models, transaction
from django.test import Client, override_settings
from django.urls import URLPattern, reverse
from openpyxl import Workbook

from proof.routes import MAY_SEE, UNITS, browser, everything_said, rows_of, word_of
from tests import plant
from tests.desk.duties import duty
from tests.flows.routes import ROUTES, Registry, arguments, owned_by
from tests.flows.rows import unit_models
from tests.notices.receivers import Mailbox, mail_server
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.dossiers.text import pinyin_of, search_text
from yihu.exports.kinds import registered
from yihu.kit.clock import now, today
from yihu.kit.postgres import Cluster
from yihu.kit.scoped import acting
from yihu.notices import actions as notices
from yihu.notices.choices import Pace, Sent, Way
from yihu.notices.models import Channel, Delivery
from yihu.org.models import OrgUnit
from yihu.papers.actions import upload

FIGURE, TRIALS, SEED = "C2", 6, 2
"""A trial is a unit."""
LEAST = 200
FIXED = re.compile(
    r"(^|_)(sha256|digest|code|codes|kind|state|verb|rule|source|section|url|key|trace|search_text"
    r"|pinyin|initials|media_type|username|grade|klass|field|client_id|occasion)$"
)
"""Names of fields whose words programs read."""
FREE_TEXTS = ("legal_rep", "reg_addr", "office_addr", "coop_summary", "admission_no")
SAID = re.compile(r"(GD|FJ|ZJ|JS|HB|SX)(?:鸟|\\u9e1f)(\d{4})", re.IGNORECASE)
FIGURES = re.compile(
    r"(?:(?<![0-9A-Za-z_.])(?<![0-9A-Za-z_]-)"  # a whole number, or one below zero
    r"|(?<=\\u[0-9a-f]{4})|(?<=\\[nrt]))"  # or after a letter that JSON spells out
    r"(?:88([1-6])(\d{3})"
    r"|(?<!\d,)88([1-6]),(\d{3})(?!,\d{3})"  # as 882,030
    r"|88\.([1-6])(\d{3}))"  # in tens of thousands: 88.2030
    r"(?![0-9A-Za-z_-])"
)
"""Digits inside a key, a token or a longer number are nobody's figure; before 元 or 万 they are."""
SEARCHES = ("desk:search", "desk:search-live", "desk:dossiers", "desk:customers", "papers:search",
            "letters:register", "risks:register", "visits:register", "originals:register",
            "regulations:library", "handover:people")  # fmt: skip
COMMON = ("陶瓷", "有限公司", "资料", "函")
"""Words that rows of all units bear."""


@dataclass(slots=True)
class Found:
    """What was asked, seen, and seen where it must not be."""

    asked: Counter[str] = field(default_factory=Counter)
    own: Counter[str] = field(default_factory=Counter)
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    leaks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    on_purpose: Counter[str] = field(default_factory=Counter)
    in_the_log: Counter[str] = field(default_factory=Counter)


class Sower:
    """Makes canaries of one unit; knows which it made."""

    def __init__(self, unit: OrgUnit) -> None:
        self.unit = unit
        self.place = list(UNITS).index(unit.code) + 1
        self.words: list[str] = []
        self.figures: list[str] = []

    def word(self) -> str:
        """The next one; stands for nothing until it is kept."""
        return f"{self.unit.code}鸟{len(self.words):04d}"

    def figure(self) -> Decimal:
        """The same as a number of six digits."""
        return Decimal(f"88{self.place}{len(self.figures):03d}")

    def sow(self) -> None:
        """Into every field of every row that takes it."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for model in unit_models():
                if model is not OrgUnit:
                    rows = model._default_manager.filter(unit=self.unit)
                    columns = [each for each in model._meta.concrete_fields if self._fits(each)]
                    for row in rows.values("pk", *(column.name for column in columns)):
                        filled = [each for each in columns if row[each.name] is not None]
                        self._into(rows.filter(pk=row["pk"]), filled)
            for user in User.objects.filter(staff__unit=self.unit):
                User.objects.filter(pk=user.pk).update(name=self._next())
            for file in Dossier.objects.filter(unit=self.unit):
                self._file(file)

    def _fits(self, column: Any) -> bool:
        if column.choices or column.primary_key or column.generated or FIXED.search(column.name):
            return False
        inner = column.base_field if isinstance(column, ArrayField) else column
        if isinstance(inner, models.DecimalField):
            return inner is column
        return not inner.choices and isinstance(inner, models.CharField | models.TextField)

    def _into(self, row: "models.QuerySet[Any]", columns: list[Any]) -> None:
        """All at once; where a rule of the database forbids that, one by one."""
        before = len(self.words), len(self.figures)
        values: dict[str, Any] = {}
        for column in columns:
            if isinstance(column, models.DecimalField):
                values[column.name] = self.figure()
                self.figures.append(str(values[column.name]))
            else:
                word = self._next()
                values[column.name] = [word] if isinstance(column, ArrayField) else word
        try:
            with transaction.atomic():
                row.update(**values)
        except (DatabaseError, ValueError):
            del self.words[before[0] :], self.figures[before[1] :]
            for column in columns if len(columns) > 1 else ():
                self._into(row, [column])

    def _file(self, file: Dossier) -> None:
        """The customer's file: its fields, its search, and a workbook with words all over."""
        document = dict(file.document)
        document |= {name: self._next() for name in FREE_TEXTS}
        document["contacts"] = [{"name": self._next(), "post": "经理", "role": ["purchasing"]}]
        name = f"{self._next()}陶瓷有限公司"
        pinyin, initials = pinyin_of(name)
        Dossier.objects.filter(pk=file.pk).update(
            document=document,
            name_full=name,
            pinyin=pinyin,
            initials=initials,
            search_text=search_text(
                name_full=name,
                credit_code=file.credit_code,
                number=file.number,
                pinyin=pinyin,
                initials=initials,
            ),
        )
        inside, called, author = (self._next() for _n in range(3))
        book = Workbook()
        book.properties.creator = author
        book.worksheets[0]["A1"] = inside
        content = BytesIO()
        book.save(content)
        content.seek(0)
        filler = plant.person(Role.FILLER, self.unit)
        Dossier.objects.filter(pk=file.pk).update(filler=filler.staff)
        file.refresh_from_db()
        if file.state == "active":
            upload(filler, file, content, name=f"{called}.xlsx", at=now())

    def _next(self) -> str:
        word = self.word()
        self.words.append(word)
        return word


class Lines(logging.Handler):
    """Every line of the log, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.said: list[str] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """The library calls it for each line."""
        self.said.append(self.format(record))


@contextmanager
def listening() -> Iterator[Lines]:
    """All loggers speak to us instead of the console."""
    lines, root, requests = Lines(), logging.getLogger(), logging.getLogger("django.request")
    before, levels = root.handlers[:], (root.level, requests.level)
    root.handlers[:] = [lines]
    root.setLevel(logging.INFO)
    requests.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.handlers[:] = before
        root.setLevel(levels[0])
        requests.setLevel(levels[1])


class Eye:
    """Knows every canary and finds them."""

    def __init__(self, sown: dict[str, Sower]) -> None:
        self.sown = sown
        self.figures = {said: code for code, sower in sown.items() for said in sower.figures}

    def find(self, said: str) -> dict[str, set[str]]:
        """Canaries by unit."""
        found: dict[str, set[str]] = defaultdict(set)
        for code, number in SAID.findall(said):
            found[code.upper()].add(f"{code.upper()}鸟{number}")
        for digits in FIGURES.findall(said):
            figure = f"88{''.join(digits)}"
            if figure in self.figures:
                found[self.figures[figure]].add(figure)
        for code in self.sown:
            if word_of(code) in said:
                found[code].add(word_of(code))
        return found


@dataclass(slots=True)
class Persona:
    """Somebody, and which units' words are theirs to read."""

    name: str
    client: Client
    own: Collection[str]


def written_since(last: int) -> list[str]:
    """The audit table's new rows, whole."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT e::text FROM audit_event e WHERE id > %s", [last])
        return [said for (said,) in cursor.fetchall()]


def last_written() -> int:
    """The number of the newest row there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_event")
        ((number,),) = cursor.fetchall()
    return int(number)


class Walk:
    """Asks, looks, and takes back what the request changed."""

    def __init__(self, eye: Eye, last: int) -> None:
        self.eye, self.last, self.found = eye, last, Found()

    def ask(
        self, who: Persona, place: str, name: str, path: str, data: Any = None, **more: Any
    ) -> None:
        """One request: by POST where it brings a form, and what came of it everywhere."""
        method = "get" if more.pop("query", False) or data is None else "post"
        before = who.client.cookies.output(header="", sep=";")
        with transaction.atomic():
            with acting(None):
                answer = getattr(who.client, method)(path, data, **more)
                said = everything_said(answer)
            rows = written_since(self.last)
            transaction.set_rollback(True)
        who.client.cookies = SimpleCookie(before)
        self.found.asked[place] += 1
        at = f"{who.name}: {method} {name}"
        if answer.status_code >= 500:
            self.found.failures.append(f"{at}: {answer.status_code}")
        brought = dict(data or {})
        self.judge(who, place, at, name, said, self.eye.find(str(brought)))
        kept = self.eye.find(str([brought.get(field) for field in LOGGED]))
        for row in rows:
            self.judge(who, "audit table", at, name, row, kept)

    def judge(
        self, who: Persona, place: str, at: str, name: str, said: str, sent: dict[str, set[str]]
    ) -> None:
        """Own ones are the control; foreign ones are leaks unless the person brought them."""
        for code, words in self.eye.find(said).items():
            new = words - sent.get(code, set())
            if code in who.own:
                self.found.own[place] += bool(words)
                self.found.seen[code] |= words
            elif new and (who.name, name) in MAY_SEE:
                self.found.on_purpose[f"{who.name}: {name}"] += 1
            elif new:
                self.found.leaks.append(f"{at} [{place}]: {', '.join(sorted(new)[:4])}")


def people(units: dict[str, OrgUnit]) -> list[Persona]:
    """Two of each unit and three of none."""
    cast = [
        Persona(f"{role.value} {code}", browser(plant.person(role, unit)), (code,))
        for code, unit in units.items()
        for role in (Role.FILLER, Role.STEWARD)
    ]
    nb = plant.unit("NB", region="110000")
    return [
        *cast,
        Persona("steward NB", browser(plant.person(Role.STEWARD, nb)), ()),
        Persona("itc", browser(plant.person(Role.ITC)), ()),
        Persona("auditor", browser(plant.person(Role.AUDITOR)), ()),
    ]


def way_out(pattern: URLPattern) -> bool:
    """Whether files leave by this address."""
    return bool(getattr(pattern.callback, "takes_out", ""))


LOGGED = ("reason", "title")
"""What the log keeps of what was typed: why something was ended, what a rule is called."""
NAMED = ("name", "title", "number", "code", "subject", "reason", "pk", "unit", "staff", "filler")


def errors_of(theirs: Sower) -> dict[str, str]:
    """A form of somebody else's words, which no rule takes."""
    return dict(zip(NAMED, theirs.words, strict=False))


QUICK = frozenset({*SEARCHES, "desk:home", "desk:duties", "notices:calendar", "exports:register"})
"""Of the pages the quick part opens these alone."""


def walk(units: dict[str, OrgUnit], eye: Eye, rows: dict[str, Registry], *, whole: bool) -> Found:
    """Everybody everywhere; in the quick part two people, the searches and the ways out."""
    walk = Walk(eye, last_written())
    codes = list(units)
    for who in people(units) if whole else people(units)[1:3]:
        own = next(iter(who.own), codes[0])
        foreign = codes[(codes.index(own) + 1) % len(codes)]
        for name, pattern in ROUTES:
            if name == "sign-out":
                continue
            names_a_row = bool(pattern.pattern.converters)
            for whose in (own, foreign) if names_a_row else (own,):
                path = reverse(name, kwargs=arguments(pattern, owned_by(name, rows[whose])))
                if whole or name in QUICK:
                    walk.ask(who, "pages", name, path)
                if way_out(pattern) and (whole or whose == own):
                    walk.ask(who, "files", name, path, {"purpose": "review"})
                elif whole and whose == own and who.own:
                    form = errors_of(eye.sown[foreign])
                    walk.ask(who, "error texts", name, path, form)
        for name in SEARCHES:
            words = [*COMMON, eye.sown[foreign].words[-4], eye.sown[own].words[-4]]
            for word in words if whole else words[:1]:
                walk.ask(who, "search", name, reverse(name), {"q": word}, query=True)
    return walk.found


def by_mail(user: User, box: Mailbox) -> Channel:
    """A proven way to a mailbox that bears the account's number."""
    made = notices.add_channel(
        user, Way.MAIL, address=f"u{user.pk}@gas.example.cn", secret="", pace=Pace.SINGLE,
        muted=(), at=now(),
    )  # fmt: skip
    code = "".join(filter(str.isdigit, box.received.pop()[2].split("，")[0]))
    assert notices.prove_channel(user, made, code=code, at=now())
    return made


def mails_and_feeds(units: dict[str, OrgUnit], eye: Eye, found: Found) -> None:
    """Everybody is reminded of what is owed, by mail and by calendar; no word of a customer."""
    with mail_server() as box, override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1", EMAIL_PORT=box.port, ADDRESS="https://yihu.example.cn",
    ):  # fmt: skip
        owner: dict[str, str] = {}
        channels, feeds = [], []
        for code, unit in units.items():
            users = [plant.person(role, unit) for role in (Role.FILLER, Role.STEWARD)]
            file = Dossier.objects.filter(unit=unit).earliest("entered_at")
            Dossier.objects.filter(pk=file.pk).update(filler=users[0].staff)
            duty(file, due_on=today() - timedelta(days=20))
            for user in users:
                owner[f"u{user.pk}@gas.example.cn"] = code
                channels.append(by_mail(user, box))
                feeds.append((code, notices.make_feed(user, at=now())))
        notices.remind(today(), at=now())
        Delivery.objects.filter(state=Sent.WAITING).update(due_at=now())
        for channel in channels:
            notices.deliver(channel.pk, at=now())
        for to, subject, text in box.received:
            found.asked["mails"] += 1
            said = eye.find(f"{to} {subject}\n{text}")
            found.own["mails"] += owner[to[0]][:2] in f"{subject}{text}"
            found.leaks += [f"mail to {owner[to[0]]}: {words}" for words in said.values()]
        for code, secret in feeds:
            with acting(None):
                answer = Client().get(reverse("notices:feed", kwargs={"secret": secret}))
                said = eye.find(everything_said(answer))
            found.asked["feeds"] += 1
            found.own["feeds"] += b"VEVENT" in answer.content
            found.leaks += [f"feed of {code}: {words}" for words in said.values()]


def database_log() -> dict[Path, int]:
    """The files into which the server writes, and how long they are."""
    folder = Cluster(Path(os.environ["YIHU_HOME"])).data / "log"
    return {path: path.stat().st_size for path in folder.glob("*.log")}


def logged(eye: Eye, lines: list[str], before: dict[Path, int], found: Found) -> None:
    """No canary of anybody belongs there. Control: the same eye finds one that is put in."""
    for path in database_log():
        new = path.read_bytes()[before.get(path, 0) :].decode("utf-8", "replace").splitlines()
        found.asked["lines of the database"] += len(new)
        lines = lines + new
    for line in lines:
        found.asked["log lines"] += 1
        found.leaks += [f"log: {words} in {line[:80]}" for words in eye.find(line).values()]
    some = next(iter(eye.sown.values())).words[0]
    found.own["log lines"] += bool(eye.find(f"WARNING django.request Not Found: {some}"))


def run(trials: int, seed: int, *, whole: bool = True) -> dict[str, Any]:
    """Sow so many units (two at least), walk, look everywhere."""
    codes = list(UNITS)[: max(trials, 2)]
    units = {code: plant.unit(code, region=f"{UNITS[code][:2]}0000") for code in codes}
    rows = {code: rows_of(unit) for code, unit in units.items()}
    sown = {code: Sower(unit) for code, unit in units.items()}
    for sower in sown.values():
        sower.sow()
    eye, before = Eye(sown), database_log()
    house = {"EXPORT_LEVEL": "core", "EXPORTS_A_DAY": 10**6, "EXPORT_ROWS": 10**6,
             "EXPORT_AT_ONCE": 10**6, "ALLOWED_HOSTS": ["*"]}  # fmt: skip
    with listening() as lines, override_settings(**house):
        found = walk(units, eye, rows, whole=whole)
        mails_and_feeds(units, eye, found)
    logged(eye, lines.said, before, found)
    least = min(len(sower.words) + len(sower.figures) for sower in sown.values())
    places = {"pages", "files", "search", "mails", "feeds", "log lines"}
    return {
        "units": len(units),
        "canaries": {code: len(s.words) + len(s.figures) for code, s in sown.items()},
        "of_them_seen_by_their_own_unit": {code: len(found.seen[code]) for code in codes},
        "kinds_of_files": len(registered()),
        "trials": found.asked.total(),
        "looked_at": dict(found.asked),
        "own_canaries_seen_in": dict(found.own),
        "told_on_purpose": dict(found.on_purpose),
        "failures": found.failures[:20],
        "leaks": found.leaks[:40],
        "found": len(found.leaks),
        "held": not found.leaks
        and not found.failures
        and least >= LEAST
        and all(found.own[place] for place in places),
    }
