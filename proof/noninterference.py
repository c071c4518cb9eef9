"""C3: what a unit is told is the same, to the byte, whether or not another unit did anything.

A history is up to thirty steps of two units by chance: ledgers in by preview and confirm, fields
saved, sections marked, drafts handed in, letters registered, papers uploaded; and what people
look at in between. Both draw customers, contract numbers and words from the same few, so they
keep meeting. The history is lived twice from the same beginning: whole, and with the other unit
not there at all, from its first file on. Every answer to the first unit (status, headers, body)
must be equal after keys, tokens and moments are replaced by their order of appearance.

Control: with a grant on the other unit's files the same comparison must find a difference.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.cookies import SimpleCookie
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from proof._patience import patient
from proof.routes import browser, everything_said
from tests import plant
from tests.kit.test_sheet import workbook
from yihu.access.entering import for_person
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.grants import actions as grants
from yihu.guide.actions import load_first_edition
from yihu.intake.models import Import
from yihu.kit.clock import now, today
from yihu.kit.scoped import acting
from yihu.letters.models import Letter
from yihu.org.models import OrgUnit

FIGURE, TRIALS, SEED = "C3", 500, 3
MOST_STEPS = 30
CONTROLS = 10
TOGETHER = 10
"""Histories that share their opening: each is undone before the next."""
HOME, OTHER = "GD", "FJ"
REGION = "440000"
"""Both sell in the same province: nothing but the unit keeps them apart."""
CODES = [plant.credit_code(700_000 + number) for number in range(10)]
NAMES = ("凯能陶瓷", "南华能源", "远东玻璃", "海丰热电", "金石化工", "恒源燃气")
NUMBERS = [f"HT-2026-{number:03d}" for number in range(6)]
CUSTOMERS = ["客户名称", "统一社会信用代码", "客户类别", "省份", "用气类型"]
CONTRACTS = ["合同编号", "合同名称", "客户名称", "统一社会信用代码", "气源", "签订日期", "生效日期",
             "终止日期", "年合同量", "计量单位", "合同单价"]  # fmt: skip
MONTHS = ["月份", "合同编号", "实际提气量", "计量单位", "结算单价", "结算金额"]
RATINGS = ["客户名称", "统一社会信用代码", "评级年度", "得分", "客户类别"]
KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{32}(?:[0-9a-f]{32})?\b")
GONE = (
    (re.compile(r'(csrfmiddlewaretoken" value=|"X-CSRFToken": )"[^"]*"'), r"\1…"),
    (re.compile(r"\b(after|before)=[\w%-]+"), r"\1=…"),
    (re.compile(r"20\d\d-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(\+\d\d:\d\d)?"), "…"),
    (re.compile(r"\b\d\d-\d\d \d\d:\d\d\b"), "…"),
    (re.compile(r"\b\d\d:\d\d(:\d\d)?\b"), "…"),
)
"""What changes from one moment to the next and says nothing: tokens, cursors, times of day."""


@dataclass
class Side:
    """A unit and its people, each in a browser."""

    unit: OrgUnit
    filler: Client
    reviewer: Client
    steward: Client
    heard: bool
    answers: list[tuple[str, int, str]] = field(default_factory=list)

    def ask(self, who: Client, method: str, path: str, data: Any = None, **more: Any) -> None:
        """One request; what was answered is kept where somebody compares it."""
        with acting(None):
            answer = getattr(who, method)(path, data, **more)
            if self.heard:
                said = everything_said(answer)
                self.answers.append((f"{method} {path}", answer.status_code, said))

    def browse(self, chance: Random, most: int, pages: list[tuple[Client, str, Any]]) -> None:
        """Some of the pages, in any order."""
        for who, path, data in chance.sample(pages, most if self.heard else 1):
            self.ask(who, "get", path, data)

    def people(self) -> list[Client]:
        """The browsers of its people."""
        return [self.filler, self.reviewer, self.steward]

    def files(self) -> list[Dossier]:
        """The unit's files in the order in which it opened them."""
        return list(Dossier.objects.filter(unit=self.unit).order_by("entered_at", "number"))


Step = Callable[[Side, Random], None]


def _ledger(kind: str, head: list[str], rows: Callable[[Random], list[list[object]]]) -> Step:
    """Upload, look at a part of the preview, confirm."""

    def step(side: Side, chance: Random) -> None:
        content = workbook(head, *rows(chance))
        file = SimpleUploadedFile("台账.xlsx", content)
        form = {"kind": kind, "unit": side.unit.pk, "file": file}
        side.ask(side.filler, "post", reverse("intake:new"), form)
        made = Import.objects.filter(unit=side.unit).order_by("at").last()
        if made is None:
            return
        path = reverse("intake:detail", kwargs={"pk": made.pk})
        side.ask(side.filler, "get", path + chance.choice(("", "?tab=new", "?tab=changed")))
        confirm = reverse("intake:confirm", kwargs={"pk": made.pk})
        side.ask(side.filler, "post", confirm, {"digest": made.digest})

    return step


def _name(chance: Random, code: str) -> str:
    """One of the few names, with the customer's own number: what is sorted by name has no ties,
    which keys would break by chance.
    """
    return f"广州{chance.choice(NAMES)}{CODES.index(code)}厂有限公司"


def _customers(chance: Random) -> list[list[object]]:
    return [
        [_name(chance, code), code, chance.choice(("一般", "战略", "重点")),
         "广东", chance.choice(("工业燃料", "城镇燃气"))]
        for code in chance.sample(CODES, chance.randint(1, 4))
    ]  # fmt: skip


def _contracts(chance: Random) -> list[list[object]]:
    return [
        [number, "天然气购销合同", _name(chance, code), code,
         "管道气", "2026-01-10", "2026-02-01", "2027-01-31", chance.randint(100, 900), "万方", 3.1]
        for number in chance.sample(NUMBERS, chance.randint(1, 3))
        for code in [chance.choice(CODES)]
    ]  # fmt: skip


def _months(chance: Random) -> list[list[object]]:
    rows: list[list[object]] = []
    for number in chance.sample(NUMBERS, chance.randint(1, 3)):
        volume = chance.randint(10, 90)
        month = f"2026-{chance.randint(3, 10):02d}"
        rows.append([month, number, volume, "万方", "3", volume * 30_000])
    return rows


def _ratings(chance: Random) -> list[list[object]]:
    return [
        [_name(chance, code), code, 2026, chance.randint(50, 100),
         chance.choice(("一般", "重点"))]
        for code in chance.sample(CODES, 2)
    ]  # fmt: skip


def fill(side: Side, chance: Random) -> None:
    """A field of one of the files, as the form saves it."""
    files = side.files()
    if not files:
        return
    file = files[chance.randrange(len(files))]
    values = {"legal_rep": chance.choice(NAMES)[:3], "coop_summary": chance.choice(NAMES)}
    path = reverse("desk:fill-save", kwargs={"pk": file.pk})
    side.ask(
        side.filler, "post", path, {"values": values, "seen": {}}, content_type="application/json"
    )
    side.ask(side.filler, "get", reverse("desk:fill", kwargs={"pk": file.pk}))


def hand_in(side: Side, chance: Random) -> None:
    """Every section concluded, and the draft handed in; the reviewer looks at what waits."""
    files = side.files()
    if not files:
        return
    file = files[chance.randrange(len(files))]
    for section in ("basic", "cooperation", "performance", "interviews"):
        path = reverse("desk:fill-mark", kwargs={"pk": file.pk})
        said = {"section": section, "mark": "unchanged", "basis": "已电话核实"}
        side.ask(side.filler, "post", path, said)
    side.ask(side.filler, "post", reverse("desk:fill-submit", kwargs={"pk": file.pk}))
    side.ask(side.reviewer, "get", reverse("desk:reviews"))


def letter(side: Side, chance: Random) -> None:
    """A letter in the register."""
    files = side.files()
    if not files:
        return
    path = reverse("letters:new", kwargs={"pk": files[chance.randrange(len(files))].pk})
    known = Letter.objects.filter(unit=side.unit).count()
    side.ask(
        side.filler,
        "post",
        path,
        {
            "direction": "in",
            "dated_on": (today() - timedelta(days=known)).isoformat(),  # no ties here either
            "counterpart": chance.choice(NAMES),
            "subject": f"关于{chance.choice(NAMES)}的函",
            "number": chance.choice(NUMBERS),
            "sensitivity": "ordinary",
        },
    )
    side.ask(side.filler, "get", reverse("letters:register"))


def paper(side: Side, chance: Random) -> None:
    """A document of the same few contents, so that both keep the same bytes."""
    files = side.files()
    if not files:
        return
    path = reverse("papers:upload", kwargs={"pk": files[chance.randrange(len(files))].pk})
    text = SimpleUploadedFile("说明.txt", f"{chance.choice(NAMES)}的说明".encode())
    side.ask(side.filler, "post", path, {"file": text})


def search(side: Side, chance: Random) -> None:
    """A word or code that both know, by two of the ways of looking."""
    asked = {"q": chance.choice([*NAMES, *CODES, "凯能", *NUMBERS])}
    names = ("desk:search", "desk:search-live", "desk:dossiers", "papers:search",
             "letters:register", "visits:register")  # fmt: skip
    side.browse(chance, 2, [(side.filler, reverse(name), asked) for name in names])


def look(side: Side, chance: Random) -> None:
    """Pages that count something."""
    pages: list[tuple[Client, str, Any]] = [
        (who, reverse("desk:home"), None) for who in (side.filler, side.reviewer, side.steward)
    ]
    counting = ("desk:duties", "intake:home", "desk:dossiers", "risks:register", "care:home")
    pages += [(side.filler, reverse(name), None) for name in counting]
    kept = ("grants:home", "originals:register", "identity:differences", "ratings:home")
    pages += [(side.steward, reverse(name), None) for name in kept]
    side.browse(chance, 2, pages)


def read(side: Side, chance: Random) -> None:
    """One file: two of its pages and the parts that come after them."""
    files = side.files()
    if not files:
        return
    at = {"pk": files[chance.randrange(len(files))].pk}
    names = ("desk:dossier", "papers:of", "letters:of", "originals:of", "desk:versions",
             "risks:of", "care:of", "visits:of")  # fmt: skip
    side.browse(chance, 2, [(side.filler, reverse(name, kwargs=at), None) for name in names])


def listed(side: Side, chance: Random) -> None:
    """The customers within reach."""
    side.ask(side.filler, "get", reverse("desk:dossiers"))


STEPS: dict[str, Step] = {
    "customers": _ledger("customers", CUSTOMERS, _customers),
    "contracts": _ledger("contracts", CONTRACTS, _contracts),
    "months": _ledger("offtake", MONTHS, _months),
    "ratings": _ledger("ratings", RATINGS, _ratings),
    "fill": fill,
    "hand in": hand_in,
    "letter": letter,
    "paper": paper,
    "search": search,
    "look": look,
    "read": read,
    "list": listed,
}


@dataclass(frozen=True)
class Act:
    """Whose step it is, which, and the seed of its choices."""

    home: bool
    name: str
    seed: int


def opening(chance: Random) -> list[Act]:
    """Both units open files, of the same few customers."""
    return [Act(home, "customers", chance.getrandbits(32)) for home in (False, True)]


def history(chance: Random) -> list[Act]:
    """What follows an opening: up to 28 steps, fewer more often; home looks last, and lists."""
    most, names = MOST_STEPS - 5, list(STEPS)
    steps = min(chance.randint(2, most), chance.randint(2, most))
    acts = [
        Act(chance.random() < 0.5, chance.choice(names), chance.getrandbits(32))
        for _ in range(steps)
    ]
    return [*acts, Act(True, "look", chance.getrandbits(32)),
            Act(True, "search", chance.getrandbits(32)), Act(True, "list", 0)]  # fmt: skip


def people(code: str) -> tuple[OrgUnit, dict[str, User]]:
    """A unit of that name with its filler, reviewer and steward."""
    unit = plant.unit(code, region=REGION, live_from=date(2026, 3, 1))
    roles = {"filler": Role.FILLER, "reviewer": Role.REVIEWER, "steward": Role.STEWARD}
    return unit, {name: plant.person(role, unit) for name, role in roles.items()}


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside never happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


Told = list[tuple[str, int, str]]


def live(
    first: list[Act], rest: list[list[Act]], cast: dict[str, Any], *, whole: bool
) -> list[Told]:
    """Live each of the histories after the same opening (with the other unit's steps, or
    without) and return what home was told in each.
    """
    with undone():
        sides = {
            code: Side(
                unit,
                browser(found["filler"]),
                browser(found["reviewer"]),
                browser(found["steward"]),
                heard=code == HOME,
            )
            for code, (unit, found) in cast.items()
        }
        home = sides[HOME]

        def do(acts: list[Act]) -> None:
            for act in acts:
                if act.home or whole:
                    STEPS[act.name](home if act.home else sides[OTHER], Random(act.seed))

        do(first)
        told, begun, cookies = (
            [],
            home.answers,
            [one.cookies.output(header="", sep=";") for one in home.people()],
        )
        for acts in rest:
            home.answers = list(begun)
            for one, kept in zip(home.people(), cookies, strict=True):
                one.cookies = SimpleCookie(kept)
            with undone():
                do(acts)
            told.append(plain(home.answers))
        return told


def plain(answers: Told) -> Told:
    """Keys by their order of appearance; tokens, cursors and moments gone."""
    order: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        return order.setdefault(found[0], f"#{len(order)}")

    def clean(text: str) -> str:
        for pattern, instead in GONE:
            text = pattern.sub(instead, text)
        return KEY.sub(name, text)

    return [(clean(path), status, clean(said)) for path, status, said in answers]


def difference(first: Told, second: Told) -> str:
    """The first answer that differs, with the place; "" where there is none."""
    for (path, status, said), (other, again, heard) in zip(first, second, strict=False):
        if (path, status) != (other, again):
            return f"{path} {status} / {other} {again}"
        if said != heard:
            at = next(
                (n for n, (a, b) in enumerate(zip(said, heard, strict=False)) if a != b),
                min(len(said), len(heard)),
            )
            around = slice(max(0, at - 80), at + 80)
            return f"{path}: …{said[around]}… / …{heard[around]}…"
    return "" if len(first) == len(second) else f"{len(first)} / {len(second)} answers"


def grant(cast: dict[str, Any]) -> None:
    """Home's people may read the other unit's files: asked, agreed to by two, opened by ITC."""
    unit, found = cast[OTHER]
    hands = [found["steward"], plant.person(Role.STEWARD, unit)]
    itc = plant.person(Role.ITC)
    for person in cast[HOME][1].values():
        with for_person(person.pk):
            row = grants.ask(
                person,
                unit,
                purpose="对照",
                sections=["basic", "cooperation", "performance", "interviews"],
                regions=[],
                level=3,
                since=today(),
                until=today() + timedelta(days=30),
                at=now(),
                today=today(),
            )
        for hand in hands:
            with for_person(hand.pk):
                row = grants.agree(hand, row, at=now(), today=today())
        with for_person(itc.pk):
            grants.open_(itc, row, at=now(), today=today())


def pairs(
    first: list[Act], rest: list[list[Act]], cast: dict[str, Any]
) -> Iterator[tuple[Told, Told]]:
    """What home was told with the other unit there, and without."""
    return zip(
        live(first, rest, cast, whole=True), live(first, rest, cast, whole=False), strict=True
    )


def run(trials: int, seed: int) -> dict[str, Any]:
    """Live some with a grant, which must show; then every history twice."""
    chance = Random(seed)
    load_first_edition()
    cast = {code: people(code) for code in (HOME, OTHER)}
    steps: Counter[str] = Counter()
    told, differing = 0, []
    with undone():
        grant(cast)
        controls = min(CONTROLS, -(-trials // 2))
        compared = pairs(opening(chance), [history(chance) for _ in range(controls)], cast)
        seen = sum(bool(difference(with_it, alone)) for with_it, alone in compared)
    lived = 0
    with patient() as going_on:
        while lived < trials and going_on():
            first = opening(chance)
            rest = [history(chance) for _ in range(min(TOGETHER, trials - lived))]
            for acts in [first, *rest]:
                steps.update(f"{'home' if act.home else 'other'}: {act.name}" for act in acts)
            for place, (with_it, alone) in enumerate(pairs(first, rest, cast), lived):
                told += len(alone)
                if found := difference(with_it, alone):
                    differing.append(f"{place}: {found}")
            lived += len(rest)
    return {
        "trials": lived,
        "openings": -(-lived // TOGETHER),
        "steps": dict(sorted(steps.items())),
        "answers_compared": told,
        "differing": differing[:20],
        "found": len(differing),
        "controls_that_showed_it": f"{seen} of {controls}",
        "held": not differing and seen == controls and lived == trials,
    }
