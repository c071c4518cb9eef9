"""Canaries in every sensitive field of a file, and a walk over its every page and paper (§5.5)."""

import html
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime

from tests import plant
from tests.dossiers.files import Desk, approved, complete_dossier, desk, moment
from tests.exports.taking import take_however
from tests.flows.routes import ROUTES
from yihu.access.models import RoleAssignment, User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.contracts.models import Contract
from yihu.disclosure.models import Reveal
from yihu.disclosure.rules import DAILY, Group, seconds_left
from yihu.dossiers.models import Dossier, Draft
from yihu.intake.whole.reading import open_book
from yihu.kit import clock

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.5")]

PERSONAL = ("金丝雀王芳", "13877770001", "canary@example.cn", "金丝雀部")
CORE = ("7654.32", "7,654.32", "金丝雀批复", "金丝雀优惠")
PRICES = ("3.7703", "金丝雀机制", "2.9907", "299.07", "299.0700", "2,990,700", "2990700", "1234567")
GROUPS = {Group.PERSONAL: PERSONAL, Group.CORE: CORE, Group.PRICES: PRICES}
VOLUMES = "100.0011"
ADDED = {"desk:compare": "?old=1&new=2", "desk:as-of": "?on=2026-11-07"}
FILE_PAGES = {
    "desk:dossier", "desk:version", "desk:compare", "desk:as-of", "reports:dossier",
    "reports:version", "intake:whole-file",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _today(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", "2026-11-08")


@dataclass(frozen=True)
class Planted:
    """A unit's file of two versions, every sensitive field of it with a canary."""

    at: Desk
    file: Dossier


@pytest.fixture
def planted() -> Planted:
    at = desk()
    file = complete_dossier(at, name="广州遮蔽试验燃气有限公司")
    file.document["gross_profit"] = [{"year": "2025", "profit": "7654.32"}]
    file.document["price_policy"] = [{"approval": "金丝雀批复", "content": "金丝雀优惠"}]
    person = {"name": PERSONAL[0], "mobile": PERSONAL[1], "email": PERSONAL[2]}
    file.document["contacts"] = [{**person, "department": PERSONAL[3], "source": "customer"}]
    file.save(update_fields=["document"])
    deal = plant.contract(file)
    Contract.objects.filter(pk=deal.pk).update(
        price_yuan=Decimal("3.7703"), price_mechanism="金丝雀机制"
    )
    month = plant.month(deal, date(2026, 10, 1), actual=VOLUMES, price="2.9907")
    month.amount_yuan, month.paid_yuan = Decimal("2990700.33"), Decimal("1234567.89")
    month.save(update_fields=["amount_yuan", "paid_yuan"])
    approved(at, file)
    approved(at, file, at_time=moment(6), legal_rep="李小同")
    return Planted(at, file)


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def said(answer: Any, *, whole: bool = False) -> str:
    """All that the answer says: markup without escapes, a PDF's text, a workbook's cells.

    `whole`: it is a dossier's workbook, with its hidden sheet.
    """
    body = answer.getvalue() if answer.streaming else answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in answer.items())
    if body.startswith(b"%PDF"):
        pages = pypdfium2.PdfDocument(body)
        text = "\n".join(page.get_textpage().get_text_range() for page in pages)
        return headers + text + text.replace("\r\n", "").replace("\n", "")
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            text = "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
        if whole:
            base, _sheets = open_book(body, "workbook.xlsx")  # the hidden sheet is packed
            text += json.dumps([base.facts, base.contracts, base.offtake], ensure_ascii=False)
        return headers + html.unescape(text)
    return headers + html.unescape(body.decode("utf-8", "replace"))


def taken(user: User, file: Dossier, path: str) -> Any:
    """A file as it leaves: with a purpose, and agreed to by another where it waits."""
    above = user.staff is None
    other = plant.person(Role.SUPERVISOR) if above else plant.person(Role.STEWARD, file.unit)
    return take_however(entered(user), user, path, other)


NO_FILE = {"sign-out", "set_language", "oidc", "oidc-back", "openapi"}
"""What says nothing of files, whoever asks."""


def walk(user: User, file: Dossier, only: set[str] | None = None) -> dict[str, str]:
    """Every route of the project that takes a file, its customer, or nothing, with what it said.

    `only`: those routes and no searches.
    """
    given = {"pk": file.pk, "number": 1, "group": "personal"}
    client = entered(user)
    found = {}
    for name, pattern in ROUTES:
        wanted = set(pattern.pattern.converters)
        if only is not None and name not in only:
            continue
        if wanted - set(given) or name in NO_FILE:
            continue
        if name == "duties:forget-day":
            continue
        key = user.pk if name == "desk:log-person" else file.pk
        key = file.customer_id if "customer" in name else key
        path = reverse(name, kwargs={k: key if k == "pk" else given[k] for k in wanted})
        answer = client.get(path + ADDED.get(name, ""), follow=name == "desk:held")
        leaves = getattr(pattern.callback, "takes_out", None)
        if leaves and answer.status_code == 200:  # the dialog: what it gives is looked at
            answer = taken(user, file, path + ADDED.get(name, ""))
        whole = name == "intake:whole-file" and answer.status_code == 200
        found[f"{name} {answer.status_code}"] = said(answer, whole=whole)
    for words in () if only is not None else (PERSONAL[0], PERSONAL[1], "3.7703"):
        for name in ("desk:search", "desk:search-live", "desk:dossiers", "papers:search"):
            answer = client.get(reverse(name), {"q": words})
            # the words that somebody typed come back in the box, and nothing else
            found[f"{name} {words}"] = said(answer).replace(words, "")
    return found


def told(pages: dict[str, str], words: tuple[str, ...]) -> list[str]:
    return sorted({name for name, text in pages.items() for word in words if word in text})


@pytest.mark.parametrize("role", [Role.READER, Role.CUSTODIAN, Role.SUPERVISOR])
def test_not_one_byte_of_what_is_masked_is_on_any_page_or_paper(
    planted: Planted, role: Role
) -> None:
    user = plant.person(role, None if role == Role.SUPERVISOR else planted.at.unit)
    only = FILE_PAGES if role == Role.CUSTODIAN else None  # elsewhere it reads as a reader does
    pages = walk(user, planted.file, only)
    assert {"desk:dossier 200", "desk:version 200", "desk:compare 200", "desk:as-of 200"} <= set(
        pages
    )
    for group, words in GROUPS.items():
        assert told(pages, words) == [], group
    assert VOLUMES in pages["desk:dossier 200"]  # volumes are told
    if role == Role.SUPERVISOR:
        files = {"reports:dossier 200", "reports:version 200", "intake:whole-file 200"}
        assert files | {"reports:customer 200", "desk:customer 200"} <= set(pages)
    assert "查看" in pages["desk:dossier 200"]


def test_the_keepers_read_their_own_files_in_full(planted: Planted) -> None:
    """The control: the canaries are there to be found."""
    for user in (
        planted.at.filler,
        planted.at.reviewer,
        plant.person(Role.STEWARD, planted.at.unit),
    ):
        whole = {"desk:dossier", "desk:version", "reports:dossier", "reports:version"}
        whole |= {"intake:whole-file"}
        pages = walk(user, planted.file, whole)
        for words in (PERSONAL, CORE, PRICES):
            found = told(pages, words)
            for name in whole:
                assert f"{name} 200" in found
        assert "隐去的内容" not in pages["desk:dossier 200"]


def ask(user: User, file: Dossier, group: Group, **more: str) -> Any:
    wish = {"purpose": "inspection", "note": "", **more}
    return entered(user).post(reverse("disclosure:reveal", args=[file.pk, group]), wish)


@pytest.mark.parametrize("group", list(GROUPS))
def test_a_reveal_tells_its_own_group_and_nothing_else(planted: Planted, group: Group) -> None:
    user, file = plant.person(Role.SUPERVISOR), planted.file
    assert ask(user, file, group).status_code == 302
    pages = walk(user, file, FILE_PAGES)
    found = told(pages, GROUPS[group])
    for name in ("desk:dossier", "desk:version", "reports:dossier", "reports:version"):
        assert f"{name} 200" in found
    assert "intake:whole-file 200" in found
    for other in set(GROUPS) - {group}:
        assert told(pages, GROUPS[other]) == [], other


def test_a_reveal_is_one_line_of_the_log_with_its_purpose_and_no_value(planted: Planted) -> None:
    user = plant.person(Role.READER, planted.at.unit)
    assert ask(user, planted.file, Group.PERSONAL, note="核对经办人").status_code == 302
    (event,) = Event.objects.filter(verb="reveal.shown")
    assert (event.actor_id, event.dossier_id) == (user.pk, planted.file.pk)
    assert event.data == {
        "group": "personal", "fields": ["contacts"], "purpose": "inspection", "note": "核对经办人",
    }  # fmt: skip
    ask(user, planted.file, Group.PRICES)
    prices = Event.objects.filter(verb="reveal.shown").latest("id").data["fields"]
    assert prices == [
        "contracts.amount_yuan", "contracts.paid_yuan", "contracts.price_mechanism",
        "contracts.price_yuan", "offtake.amount_yuan", "offtake.paid_yuan",
        "offtake.price_mechanism", "offtake.price_yuan",
    ]  # fmt: skip
    everything = json.dumps(list(Event.objects.values_list("data", flat=True)), ensure_ascii=False)
    assert [word for word in (*PERSONAL, "金丝雀机制") if word in everything] == []


def test_a_reveal_wants_a_purpose_and_says_so(planted: Planted) -> None:
    user = plant.person(Role.READER, planted.at.unit)
    answer = ask(user, planted.file, Group.PERSONAL, purpose="")
    assert answer.status_code == 422
    assert "请选择查看目的" in answer.content.decode()
    assert (
        "请写明查看的目的"
        in ask(user, planted.file, Group.PERSONAL, purpose="other").content.decode()
    )
    assert not Reveal.objects.exists()


def test_a_reveal_ends_after_ten_minutes_and_with_any_change_of_rights(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, file = plant.person(Role.READER, planted.at.unit), planted.file
    page = reverse("desk:dossier", args=[file.pk])

    def shows() -> bool:
        return PERSONAL[1] in entered(user).get(page).content.decode()

    ask(user, file, Group.PERSONAL)
    begun = clock.now()
    assert shows()
    assert not Reveal.objects.exclude(user=user).exists()
    other = plant.person(Role.READER, planted.at.unit)
    assert PERSONAL[1] not in entered(other).get(page).content.decode()
    later = begun + timedelta(minutes=9)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert shows()
    later = begun + timedelta(minutes=10, seconds=5)
    assert not shows()
    later = begun + timedelta(minutes=11)
    ask(user, file, Group.PERSONAL)
    assert shows()
    RoleAssignment.objects.create(
        user=user, role=Role.CUSTODIAN, unit=planted.at.unit, since=date(2026, 1, 1)
    )
    assert not shows()


def test_one_reveal_too_many_answers_429_and_alerts_the_steward_and_the_auditor(
    planted: Planted,
) -> None:
    user, file = plant.person(Role.SUPERVISOR), planted.file
    now = clock.now()
    begin = localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    for _time in range(DAILY - 1):
        Reveal.objects.create(
            unit=planted.at.unit, dossier=file, user=user, group="core", purpose="risk",
            rights="0" * 64, at=begin, until=begin,
        )  # fmt: skip
    assert ask(user, file, Group.CORE).status_code == 302
    answer = ask(user, file, Group.PERSONAL)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= seconds_left(now)
    page = entered(user).get(reverse("desk:dossier", args=[file.pk])).content.decode()
    assert told({"page": page}, PERSONAL) == []
    steward = plant.person(Role.STEWARD, planted.at.unit)
    register = entered(steward).get(reverse("disclosure:register")).content.decode()
    assert f"超出每天 {DAILY} 次" in register
    assert user.name in register
    auditor = entered(plant.person(Role.AUDITOR))
    assert "超出限额，未显示隐去内容" in auditor.get(reverse("desk:log-refusals")).content.decode()
    counts = html.unescape(auditor.get(reverse("disclosure:register")).content.decode())
    assert planted.at.unit.name in counts
    assert file.name_full not in counts
    elsewhere = plant.person(Role.STEWARD, plant.unit("FJ", region="350000"))
    assert user.name not in entered(elsewhere).get(reverse("disclosure:register")).content.decode()


def test_nobody_reveals_what_is_above_the_clearance_or_another_units(planted: Planted) -> None:
    itc = plant.person(Role.ITC)
    stranger = plant.person(Role.READER, plant.unit("FJ", region="350000"))
    for user in (itc, stranger):
        assert ask(user, planted.file, Group.PERSONAL).status_code == 404
    assert ask(planted.at.filler, planted.file, Group.PERSONAL).status_code == 403
    assert not Reveal.objects.exists()


def test_a_masked_workbook_brought_back_by_the_filler_takes_nothing_away(planted: Planted) -> None:
    supervisor = plant.person(Role.SUPERVISOR)
    path = reverse("intake:whole-file", args=[planted.file.pk])
    book = taken(supervisor, planted.file, path).content
    upload = io.BytesIO(book)
    upload.name = "遮蔽.xlsx"
    answer = entered(planted.at.filler).post(
        reverse("intake:whole-preview", args=[planted.file.pk]), {"file": upload}
    )
    assert answer.status_code == 422
    plan = answer.context["plan"]
    assert (plan.changes, plan.clashes) == ([], [])
    assert not Draft.objects.filter(dossier=planted.file, state="open").exists()
