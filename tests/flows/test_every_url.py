"""Every URL of the project: strangers are sent to sign in, another unit's people find nothing.

A route that this page does not know fails the test, so none is forgotten.
"""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import plant
from tests.originals.shelf import ORIGINAL
from yihu.access.rules import Role
from yihu.dossiers.models import Draft, Submission
from yihu.dossiers.rules import DraftState
from yihu.guide.actions import load_first_edition
from yihu.handover.actions import open_handover
from yihu.identity.models import Disagreement
from yihu.intake.choices import ImportKind, ImportState
from yihu.intake.models import Import
from yihu.kit.clock import now, today
from yihu.letters.actions import Content as LetterContent
from yihu.letters.actions import register as register_letter
from yihu.org.models import PersonnelEvent
from yihu.originals.actions import add_place, register
from yihu.papers.actions import upload as upload_document
from yihu.regulations.actions import Content as RuleContent
from yihu.regulations.actions import issue

pytestmark = pytest.mark.django_db

NOT_YET = ("stocktake", "stocktake-look", "stocktake-close", "disposal", "transfer-list")
"""Rows that this page does not plant; tests/originals look at them for themselves."""
AUDITED = {"desk:log-person", "desk:log-dossier"}
"""What the auditor reads of every unit: the log, and of a file only its key."""
API = {"handover:api-personnel"}
"""Doors for machines: whoever shows no token is told so, and sent nowhere."""
KEPT_BY_ITC = {"handover:people", "handover:person", "handover:event", "handover:event-cancel"}
"""People and their events, of every unit; nothing of customers (tests/handover/test_people.py)."""
OPEN = {"sign-in", "sign-in-code", "reset", "oidc", "oidc-back", "set_language"}
"""What a stranger may reach: the door itself and the language of its page."""


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every named pattern with its full name."""
    space = f"{prefix}{resolver.namespace}:" if resolver.namespace else prefix
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, space)
        else:
            yield f"{space}{entry.name}", entry


ROUTES = sorted((name, pattern) for name, pattern in routes(get_resolver()))


def arguments(pattern: URLPattern, owned: dict[str, object]) -> dict[str, object]:
    """Values for the pattern's arguments. An argument that nobody registered fails here."""
    return {name: owned[name] for name in pattern.pattern.converters}


@pytest.fixture
def rows() -> dict[str, dict[str, object]]:
    """For each slice what Guangdong owns, under the names that its routes use."""
    gd = plant.unit("GD")
    filler = plant.person(Role.FILLER, gd)
    file = plant.dossier(gd, name="只有广东知道的陶瓷有限公司")
    plant.month(plant.contract(file), date(2026, 10, 1))
    upload = Import.objects.create(
        unit=gd,
        kind=ImportKind.OFFTAKE,
        state=ImportState.REFUSED,
        file_name="只有广东知道的台账.xlsx",
        sha256="0" * 64,
        size=1,
        by=filler,
    )
    upload.refresh_from_db()
    paper = upload_document(
        filler, file, BytesIO("只有广东知道的资料".encode()), name="只有广东知道.txt", at=now()
    ).document
    custodian = plant.person(Role.CUSTODIAN, gd)
    original = register(
        custodian,
        file,
        place=add_place(custodian, gd.pk, parent=None, kind="room", code="只有广东知道"),
        at=now(),
        today=today(),
        **{**ORIGINAL, "title": "只有广东知道的合同原件"},
    )
    letter = register_letter(
        filler,
        file,
        direction="in",
        content=LetterContent(today(), "只有广东知道的对方", "只有广东知道的函"),
        at=now(),
        today=today(),
    )
    rule = issue(
        plant.person(Role.STEWARD, gd),
        gd,
        content=RuleContent("GD-1", "只有广东知道的细则", "1", today()),
        at=now(),
    )
    draft = Draft.objects.create(
        unit=gd,
        dossier=file,
        state=DraftState.SUBMITTED,
        edition=load_first_edition(),
        opened_by=filler.staff,
        opened_at=now(),
        changed_at=now(),
    )
    draft.refresh_from_db()
    waiting = Submission.objects.create(
        unit=gd,
        draft=draft,
        number=1,
        digest="0" * 64,
        submitted_by=filler.staff,
        submitted_at=now(),
    )
    waiting.refresh_from_db()
    leaver = plant.staff(gd, name="只有广东知道的人")
    PersonnelEvent.objects.create(
        unit=gd, staff=leaver, kind="leave", effective_on=date(2027, 1, 1)
    )
    plant.dossier(gd, name="只有广东知道的交接有限公司", filler=leaver)
    handing = open_handover(plant.person(Role.STEWARD, gd), leaver, at=now())
    difference = Disagreement.objects.create(customer=file.customer, field="legal_rep")
    difference.refresh_from_db()
    reviewing = ("review", "review-approve", "review-return", "review-comment", "review-settle")
    return {
        "desk:customer": {"pk": file.customer_id},
        "desk:log-person": {"pk": filler.pk},
        "desk": {"pk": file.pk, "number": 1},
        **{f"desk:{name}": {"pk": waiting.pk} for name in reviewing},
        "guide": {"number": 1},
        "grants": {"pk": UUID(int=0), "act": "agree"},
        "intake": {"pk": upload.pk, "kind": "offtake", "tab": "new"},
        "originals": {"pk": original.pk, "act": "approve"},
        "originals:of": {"pk": file.pk},
        "originals:new": {"pk": file.pk},
        "originals:label": {"pk": original.place_id},
        **{f"originals:{name}": {"pk": UUID(int=0)} for name in NOT_YET},
        "originals:loan-act": {"pk": UUID(int=0), "act": "approve"},
        "originals:disposal-act": {"pk": UUID(int=0), "act": "approve"},
        "letters": {"pk": letter.pk},
        "letters:of": {"pk": file.pk},
        "letters:new": {"pk": file.pk},
        "identity": {"pk": difference.pk},
        "identity:customer": {"pk": file.customer_id},
        "identity:rename": {"pk": file.customer_id},
        "identity:code": {"pk": file.customer_id},
        "identity:alike-dismiss": {"pk": UUID(int=0)},
        "identity:join-undo": {"pk": UUID(int=0)},
        "identity:code-decide": {"pk": UUID(int=0), "act": "confirm"},
        "handover": {"pk": leaver.pk},
        **{
            f"handover:{name}": {"pk": handing.pk, "act": "sign"}
            for name in ("show", "assign", "witness", "act")
        },
        "handover:event-cancel": {"pk": PersonnelEvent.objects.get(staff=leaver).pk},
        "papers": {"pk": paper.pk, "number": 1},
        "papers:of": {"pk": file.pk},
        "papers:upload": {"pk": file.pk},
        "regulations": {"pk": rule.pk, "number": 1},
        **{
            f"intake:whole{name}": {"pk": file.pk} for name in ("", "-file", "-preview", "-confirm")
        },
        "reports:customer": {"pk": file.customer_id},
        "reports": {"pk": file.pk, "number": 1},
        "account": {"username": filler.username},
        "account-act": {"username": filler.username, "act": "suspend"},
        "": {},
    }


def owned_by(name: str, rows: dict[str, dict[str, object]]) -> dict[str, object]:
    return rows.get(name) or rows.get(name.split(":")[0]) or rows[""]


@pytest.mark.parametrize(("name", "pattern"), ROUTES, ids=[name for name, _ in ROUTES])
def test_a_stranger_is_sent_to_sign_in(
    name: str, pattern: URLPattern, rows: dict[str, dict[str, object]]
) -> None:
    path = reverse(name, kwargs=arguments(pattern, owned_by(name, rows)))
    for method in ("get", "post"):
        answer = getattr(Client(), method)(path)
        if name in API:
            assert answer.status_code == 401, (name, answer.status_code)
        elif name in OPEN:
            assert answer.status_code in {200, 302}, (name, answer.status_code)
        else:
            assert answer.status_code == 302, (name, method, answer.status_code)
            assert answer["Location"].startswith(reverse("sign-in")), (name, method)


@pytest.mark.clause("6.3.1")
@pytest.mark.parametrize(("name", "pattern"), ROUTES, ids=[name for name, _ in ROUTES])
@pytest.mark.parametrize("role", [Role.FILLER, Role.STEWARD, Role.ITC, Role.AUDITOR])
def test_nobody_elsewhere_finds_a_units_rows(
    name: str, pattern: URLPattern, role: Role, rows: dict[str, dict[str, object]]
) -> None:
    if role == Role.ITC and name in KEPT_BY_ITC:
        return
    stranger = plant.person(role, plant.unit("FJ", region="350000"))
    client = Client()
    client.force_login(stranger)
    kwargs = arguments(pattern, owned_by(name, rows))
    path = reverse(name, kwargs=kwargs)
    for method in ("get", "post"):
        answer = getattr(client, method)(path)
        body = answer.content if not answer.streaming else b"".join(answer.streaming_content)
        assert "只有广东知道" not in body.decode("utf-8", "replace"), (name, method)
        assert answer.status_code < 500, (name, method, answer.status_code)
        if "pk" in kwargs and not (role == Role.AUDITOR and name in AUDITED):
            assert answer.status_code in {403, 404, 405}, (name, method, answer.status_code)


def test_the_owner_reaches_what_the_others_do_not(rows: dict[str, dict[str, object]]) -> None:
    """The control: where nobody gets in, the tests above would prove nothing."""
    client = Client()
    client.force_login(plant.person(Role.FILLER, plant.unit("GD")))
    answer = client.get(reverse("desk:dossier", kwargs={"pk": rows["desk"]["pk"]}))
    assert answer.status_code == 200
    assert "只有广东知道" in answer.content.decode()
