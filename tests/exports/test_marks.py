"""Whatever leaves bears the strictest mark of what is on it, period and circle too, on every page;
and what bears the mark of a core secret waits for somebody's word (§5.5)."""

from collections.abc import Callable

import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from tests import plant
from tests.flows.routes import ROUTES, arguments, owned, owned_by
from tests.handover.leaving import frozen, house, leaves, signed
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import Unreachable
from yihu.boards.actions import reckon
from yihu.dossiers.models import Dossier, FileVersion
from yihu.exports.actions import waits_for
from yihu.exports.kinds import PDF, Asked, Kind, Made, Size, Unanswerable, Work, kind_of, registered
from yihu.exports.rules import Stamp
from yihu.kit.clock import now, today
from yihu.org.models import OrgUnit, PersonnelEvent, Staff
from yihu.originals import stocktaking
from yihu.originals.actions import transfer
from yihu.originals.models import Original
from yihu.visits.models import Visit

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.5")]

CIRCLE = "市场部与法务部"
NO_FILE = {
    "desk.events": "the log says nothing of customers",
    "assessment.places": "scores of units",
    "clauses.map": "shares of whole units",
    "desk.timeliness": "shares of whole units, fillers, classes",
    "handover.people": "names and posts of colleagues",
    "inspections.draw": "numbers of files and their lots",
    "supervision.docx": "sums of whole units, findings by number",
    "supervision.pdf": "sums of whole units, findings by number",
    "visits.invitation": "goes to the customer, bears the code alone",
}
FREE = {
    "intake.month",
    "intake.rejected",
    "originals.count",
    "originals.label",
    "originals.transfer",
}
"""The own work of fillers and custodians: marked, recorded, waits for nobody (decision 0009)."""


@pytest.fixture
def unit() -> OrgUnit:
    return plant.unit("GD")


@pytest.fixture
def taken(unit: OrgUnit) -> dict[str, tuple[User, Kind, Asked]]:
    """Each kind as somebody of the unit, or of headquarters, may take it, from core files."""
    rows = owned(unit, "标密")
    custodian = plant.person(Role.CUSTODIAN, unit)
    original = Original.objects.get(unit=unit)
    Original.objects.update(secrecy="ordinary")
    begun = stocktaking.begin(
        custodian, unit.pk, title="年统查", year=2026, scope="", sample=None, at=now()
    )
    rows["originals:stocktake-sheet"] = {"pk": begun.pk}
    sent = transfer(
        custodian, unit.pk, [original.pk], receiver="档案馆", received_by="李收", witness="王监",
        basis="移交", handed_on=today(), at=now(), today=today(),
    )  # fmt: skip
    rows["originals:transfer-list"] = {"pk": sent.pk}
    at = house()
    signed(frozen(at), at.leaver, at.heir, at.keeper, at.witness)
    Staff.objects.filter(pk=at.leaver.staff_id).update(status="left")
    PersonnelEvent.objects.filter(pk=leaves(at.leaver).pk).update(applied_at=now())
    rows["handover:certificate"] = {"pk": at.leaver.staff_id}
    Dossier.objects.update(secrecy="core", circle=CIRCLE, secrecy_until=None)
    reckon([unit.pk], today=today(), at=now())
    planned = Visit.objects.get(unit=unit)
    rows["visits:minutes"] = {"pk": planned.pk}
    people = [plant.person(role, unit) for role in
              (Role.FILLER, Role.STEWARD, Role.CUSTODIAN, Role.REVIEWER)]  # fmt: skip
    people += [plant.person(Role.SUPERVISOR), plant.person(Role.AUDITOR)]
    found: dict[str, tuple[User, Kind, Asked]] = {}
    for name, pattern in ROUTES:
        code = getattr(pattern.callback, "takes_out", None)
        if code is None or code in found:
            continue
        given = {**arguments(pattern, owned_by(name, rows)), **pattern.default_args}
        asked = Asked({key: str(value) for key, value in given.items()}, QUERIES.get(code, ""))
        for user in people:
            try:
                kind_of(code).measure(user, asked)
            except (PermissionDenied, Http404, Unanswerable, Unreachable):
                continue
            found[code] = (user, kind_of(code), asked)
            break
    return found


QUERIES = {"intake.month": "month=2026-10"}
UNPLANTED = {"reports.version", "intake.rejected", "visits.invitation"}
"""No version, refused workbook or planned visit stands in the planted world."""


def test_every_kind_bears_the_mark_of_its_files_and_waits_where_it_is_core(
    taken: dict[str, tuple[User, Kind, Asked]],
) -> None:
    assert not FileVersion.objects.exists()
    assert {kind.code for kind in registered()} - taken.keys() == UNPLANTED
    wrong = []
    for code, (user, kind, asked) in taken.items():
        size = kind.measure(user, asked)
        if code in NO_FILE:
            right = size.mark is None
        else:
            right = (
                size.mark is not None
                and str(size.mark) == "核心商密★长期"
                and size.mark.circle == CIRCLE
                and bool(waits_for(user, kind, size, now())) is not (code in FREE or kind.lines)
            )
        if not right:
            wrong.append((code, size))
    assert wrong == []


def made(user: User, kind: Kind, asked: Asked, size: Size) -> Made:
    stamp = Stamp(user.name, "GD0001", now(), size.strictest, "7K3Q-9XMA-2B4D").bearing(size.mark)
    still: Callable[[], None] = lambda: None  # noqa: E731  # nobody stops it
    return kind.produce(Work(user, asked, stamp, now(), today(), still))


def test_every_page_of_every_print_says_the_mark_and_the_circle(
    taken: dict[str, tuple[User, Kind, Asked]],
) -> None:
    seen = set()
    for code, (user, kind, asked) in taken.items():
        if code in NO_FILE or code == "handover.certificate":
            continue
        file = made(user, kind, asked, kind.measure(user, asked))
        if file.media_type != PDF:
            continue
        seen.add(code)
        book = pypdfium2.PdfDocument(file.content)
        for number, page in enumerate(book, 1):
            text = page.get_textpage().get_text_range().replace("\r\n", "").replace("\n", "")
            assert ("核心商密★长期" in text, CIRCLE in text) == (True, True), (code, number, text)
    assert seen == {
        "care.brief", "letters.pdf", "originals.count", "originals.label", "originals.pdf",
        "originals.transfer", "reports.customer", "reports.dossier", "visits.minutes",
        "inspections.notice", "inspections.report", "inspections.round",
    }  # fmt: skip
