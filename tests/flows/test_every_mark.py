"""Every page that names a customer bears the mark of its risks, for those who may know (§6.2.2)."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.access.door import prove
from tests.flows.routes import ROUTES, Registry, arguments, owned, owned_by
from yihu.access.rules import Role
from yihu.boards.actions import refresh
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.kit.clock import now, today
from yihu.kit.scoped import acting
from yihu.ratings.models import RatingProposal, RatingRound

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.2.2")]
WORD, MARK = "只有广东知道", "yh-risk"
NAME = f"{WORD}的陶瓷有限公司"
KNOWING = (Role.STEWARD, Role.FILLER, Role.SUPERVISOR)
"""Between them they open every page that names the customer."""
ASKS_WHAT_FOR = {"care:brief", "intake:whole-file", "reports:dossier", "reports:customer"}
"""The page before a download: its title names the customer, its form asks for the purpose."""
OF_WHO_READS = {
    "desk:who-sees", "disclosure:mark", "disclosure:reveal", "disclosure:seal", "disclosure:seals",
}  # fmt: skip
"""Who may read a file: nothing of what is done with the customer."""
OF_WHO_IT_IS = {"identity:customer", "identity:difference", "identity:differences"}
"""Which legal entity a customer is, across units: the files stand one step away, with theirs."""
BARE = ASKS_WHAT_FOR | OF_WHO_READS | OF_WHO_IT_IS


@pytest.fixture
def rows() -> Registry:
    """A row for every route about one customer, of which a remark stands."""
    planted = owned(plant.unit("GD"), WORD)
    file = Dossier.objects.get(name_full=NAME)
    RatingProposal.objects.create(
        round=RatingRound.objects.get(), customer=file.customer, score=70, klass=Klass.VIP,
        klass_now=Klass.GENERAL,
    )  # fmt: skip
    refresh(today=today(), at=now())
    return planted


def pages(role: Role, rows: Registry, names: set[str]) -> dict[str, str]:
    """What a person of the role reads at each of the routes that names the customer; each request
    is undone. Of `names` goes what needs no other role: these, and what is no page."""
    client = Client(raise_request_exception=False)
    client.force_login(plant.person(role, plant.unit("GD")))
    prove(client)
    found = {}
    for name, pattern in ROUTES:
        if name not in names:
            continue
        address = reverse(name, kwargs=arguments(pattern, owned_by(name, rows)))
        with transaction.atomic():
            with acting(None):
                answer = client.get(address)
            transaction.set_rollback(True)
        opened = answer.status_code == 200
        page = opened and answer["Content-Type"].startswith("text/html") and not answer.streaming
        if page and NAME in answer.text:
            found[name] = answer.text
        if name in found or answer.status_code == 405 or (opened and not page):
            names.discard(name)
    return found


def test_a_page_that_names_a_customer_bears_its_mark(rows: Registry) -> None:
    """Each route is asked for by the first who gets a page there that names the customer."""
    left = {name for name, _pattern in ROUTES}
    said: dict[str, str] = {}
    for role in KNOWING:
        said |= pages(role, rows, left)
    bare = {name for name, page in said.items() if MARK not in page}
    assert bare - BARE == set(), "a customer is named without `<c-risk>`"
    assert bare == BARE, "a reason that no page needs any more"
    unknowing = pages(Role.READER, rows, set(said) - BARE)
    assert {"desk:dossier", "letters:show", "visits:followups"} <= unknowing.keys()
    assert [name for name, page in unknowing.items() if MARK in page] == []
