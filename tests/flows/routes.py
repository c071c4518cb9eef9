"""Every route of the project, and for each what a unit owns under the names of its arguments."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver

from tests import plant
from tests.originals.shelf import ORIGINAL
from yihu.access.rules import Role
from yihu.dossiers.models import Draft, Submission
from yihu.dossiers.rules import DraftState
from yihu.exports.models import Takeout
from yihu.exports.rules import Level, Purpose, State, new_trace
from yihu.guide.actions import load_first_edition
from yihu.handover.actions import open_handover
from yihu.identity.models import Disagreement
from yihu.intake.choices import ImportKind, ImportState
from yihu.intake.models import Import
from yihu.kit.clock import now, today
from yihu.letters.actions import Content as LetterContent
from yihu.letters.actions import register as register_letter
from yihu.org.models import OrgUnit, PersonnelEvent
from yihu.originals.actions import add_place, register
from yihu.papers.actions import upload as upload_document
from yihu.regulations.actions import Content as RuleContent
from yihu.regulations.actions import issue

Registry = dict[str, dict[str, object]]
NOT_YET = (
    "stocktake",
    "stocktake-sheet",
    "stocktake-look",
    "stocktake-close",
    "disposal",
    "transfer-list",
)
"""Rows that this page does not plant; tests/originals look at them for themselves."""


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


def owned(
    at: OrgUnit, word: str, *, region: str = "440100", code: str = "", besides: str = ""
) -> Registry:
    """Plant a row of the unit for every route, each of its words beginning with `word`.

    `code`: of the customer whom the file is about; `besides`: the word of what is not that file's.
    """
    besides = besides or word
    shelf = besides.replace("-", "")[:12]
    filler = plant.person(Role.FILLER, at)
    file = plant.dossier(at, name=f"{word}的陶瓷有限公司", code=code, region=region)
    plant.month(plant.contract(file), date(2026, 10, 1))
    upload = Import.objects.create(
        unit=at,
        kind=ImportKind.OFFTAKE,
        state=ImportState.REFUSED,
        file_name=f"{besides}的台账.xlsx",
        sha256="0" * 64,
        size=1,
        by=filler,
    )
    upload.refresh_from_db()
    paper = upload_document(
        filler, file, BytesIO(f"{word}的资料".encode()), name=f"{word}.txt", at=now()
    ).document
    custodian = plant.person(Role.CUSTODIAN, at)
    original = register(
        custodian,
        file,
        place=add_place(custodian, at.pk, parent=None, kind="room", code=shelf),
        at=now(),
        today=today(),
        **{**ORIGINAL, "title": f"{word}的合同原件"},
    )
    letter = register_letter(
        filler,
        file,
        direction="in",
        content=LetterContent(today(), f"{word}的对方", f"{word}的函"),
        at=now(),
        today=today(),
    )
    rule = issue(
        plant.person(Role.STEWARD, at),
        at,
        content=RuleContent(f"{at.code}-1", f"{besides}的细则", "1", today()),
        at=now(),
    )
    draft = Draft.objects.create(
        unit=at,
        dossier=file,
        state=DraftState.SUBMITTED,
        edition=load_first_edition(),
        opened_by=filler.staff,
        opened_at=now(),
        changed_at=now(),
    )
    draft.refresh_from_db()
    waiting = Submission.objects.create(
        unit=at,
        draft=draft,
        number=1,
        digest="0" * 64,
        submitted_by=filler.staff,
        submitted_at=now(),
    )
    waiting.refresh_from_db()
    leaver = plant.staff(at, name=f"{besides}的人")
    PersonnelEvent.objects.create(
        unit=at, staff=leaver, kind="leave", effective_on=date(2027, 1, 1)
    )
    plant.dossier(at, name=f"{besides}的交接有限公司", region=region, filler=leaver)
    handing = open_handover(plant.person(Role.STEWARD, at), leaver, at=now())
    taken = Takeout.objects.create(
        by=filler,
        kind="desk.dossiers",
        title=f"{besides}的清单",
        args={"kind": "xlsx"},
        rows=1,
        level=Level.CORE,
        concerns=[at.pk],
        purpose=Purpose.OTHER,
        note=f"{besides}的用途",
        trace=new_trace(),
        state=State.WAITING,
        waits_why="含核心商密内容",
        asked_at=now(),
        expires_at=now() + timedelta(days=7),
    )
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
        "exports": {"pk": taken.pk, "secret": "nobody-has-this-one"},
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


def owned_by(name: str, rows: Registry) -> dict[str, object]:
    return rows.get(name) or rows.get(name.split(":")[0]) or rows[""]
