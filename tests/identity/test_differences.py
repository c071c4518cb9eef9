"""Units' statements compared, settled, offered back, taken over or declined."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.dossiers.files import TODAY, Desk, approved, complete_dossier, desk, moment
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier, Draft
from yihu.dossiers.problems import Lapsed, Unfit
from yihu.identity import actions
from yihu.identity.models import Disagreement, Offer
from yihu.kit.clock import now

pytestmark = pytest.mark.django_db
CODE = plant.credit_code(990_001)
NAME = "广州同一家燃气有限公司"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


def two_units() -> tuple[Desk, Dossier, Desk, Dossier]:
    """One customer at two units, whose files agree."""
    gd, fj = desk("GD"), desk("FJ")
    ours = complete_dossier(gd, code=CODE, name=NAME)
    theirs = complete_dossier(fj, code=CODE, name=NAME)
    return gd, ours, fj, theirs


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def found() -> list[tuple[str, str]]:
    return list(Disagreement.objects.order_by("field").values_list("field", "state"))


def disputed() -> tuple[Desk, Dossier, Desk, Dossier, Disagreement, User]:
    gd, ours, fj, theirs = two_units()
    approved(gd, ours, legal_rep="王新")
    return gd, ours, fj, theirs, Disagreement.objects.get(), plant.person(Role.SUPERVISOR)


def settled(value: Any = "王新") -> tuple[Desk, Dossier, Desk, Dossier, Offer, User]:
    gd, ours, fj, theirs, row, chief = disputed()
    actions.settle(chief, row, value=value, basis="公示系统", at=moment(), today=TODAY)
    return gd, ours, fj, theirs, Offer.objects.get(dossier=theirs), chief


@pytest.mark.clause("5.1")
def test_a_version_that_says_otherwise_is_found_at_once_and_withdrawn_when_it_agrees() -> None:
    gd, ours, _fj, _theirs = two_units()
    approved(gd, ours)
    assert found() == []
    approved(gd, ours, legal_rep="王新", reg_addr="广州市 黄埔区科学大道１号")
    assert found() == [("legal_rep", "open")]  # width and spaces are no difference
    approved(gd, ours, legal_rep="李明")
    assert found() == [("legal_rep", "withdrawn")]


def test_the_nightly_comparison_finds_the_same_and_twice_is_harmless() -> None:
    _gd, ours, _fj, _theirs = two_units()
    Dossier.objects.filter(pk=ours.pk).update(gas_uses=["02", "01"])
    assert actions.compare_customers(None, at=now()) == (1, 0)
    assert actions.compare_customers(None, at=now()) == (0, 0)
    Dossier.objects.filter(pk=ours.pk).update(state="closed")
    assert actions.compare_customers(None, at=now()) == (0, 1)


@pytest.mark.clause("5.1")
def test_settling_offers_the_fact_to_the_unit_that_says_otherwise() -> None:
    _gd, _ours, fj, theirs, offer, chief = settled()
    assert Offer.objects.count() == 1
    assert (offer.unit, offer.dossier, offer.field) == (fj.unit, theirs, "legal_rep")
    assert (offer.value, offer.stated, offer.basis) == ("王新", "李明", "公示系统")
    with pytest.raises(Lapsed):
        actions.settle(
            chief, Disagreement.objects.get(), value="李明", basis="x", at=moment(), today=TODAY
        )
    assert actions.compare_customers(None, at=now()) == (0, 0)  # answered by the offer


@pytest.mark.clause("6.1.4")
def test_an_offer_is_taken_into_the_draft_and_fulfilled_by_the_version() -> None:
    _gd, _ours, fj, theirs, offer, _chief = settled()
    actions.take_over(fj.filler, offer, at=moment(), today=TODAY)
    assert Draft.objects.get(dossier=theirs).changes == {"legal_rep": "王新"}
    offer.refresh_from_db()
    assert (offer.state, offer.taken_at) == ("open", moment())
    approved(fj, theirs, legal_rep="王新")
    offer.refresh_from_db()
    assert offer.state == "fulfilled"
    assert found() == [("legal_rep", "settled")]
    with pytest.raises(Lapsed):
        actions.take_over(fj.filler, offer, at=moment(), today=TODAY)


def test_declined_stays_quiet_until_the_unit_says_a_third_thing() -> None:
    _gd, _ours, fj, theirs, offer, _chief = settled()
    with pytest.raises(Unfit, match="理由"):
        actions.decline(fj.filler, offer, reason=" ", at=moment())
    actions.decline(fj.filler, offer, reason="以新执照为准", at=moment())
    assert actions.compare_customers(None, at=now()) == (0, 0)
    approved(fj, theirs, legal_rep="赵三")
    assert sorted(found()) == [("legal_rep", "open"), ("legal_rep", "settled")]


def test_what_goes_to_a_unit_names_no_other() -> None:
    _gd, _ours, _fj, _theirs, row, chief = disputed()
    with pytest.raises(Unfit, match="GD销售分公司"):
        actions.settle(chief, row, value="王新", basis="GD销售分公司提供", at=moment(), today=TODAY)
    for value, basis in ((" ", "公示系统"), ("王新", ""), ("王" * 999, "公示系统")):
        with pytest.raises(Unfit):
            actions.settle(chief, row, value=value, basis=basis, at=moment(), today=TODAY)
    row.refresh_from_db()
    assert (row.state, Offer.objects.count()) == ("open", 0)


def test_only_headquarters_settles_and_only_the_filler_answers() -> None:
    gd, _ours, fj, _theirs, offer, _chief = settled()
    row = Disagreement.objects.get()
    for user in (gd.filler, fj.reviewer):
        with pytest.raises(Denied):
            actions.settle(user, row, value="x", basis="x", at=moment(), today=TODAY)
    for user in (gd.filler, fj.reviewer):
        with pytest.raises(Denied):
            actions.take_over(user, offer, at=moment(), today=TODAY)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "settled"},
        {"basis": "无人核定"},
        {"state": "settled", "settled_at": moment(), "basis": "x"},
    ],
)
def test_the_database_holds_what_settled_means(change: dict[str, Any]) -> None:
    row = disputed()[4]
    with pytest.raises(IntegrityError), transaction.atomic():
        Disagreement.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Disagreement.objects.create(customer=row.customer, field=row.field)


def test_an_offer_hangs_on_its_own_units_file() -> None:
    gd, _ours, _fj, _theirs, offer, _chief = settled()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(unit=gd.unit)
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(state="declined")


@pytest.mark.clause("6.3.1")
def test_unit_people_find_none_of_the_pages() -> None:
    gd, ours, fj, _theirs, offer, chief = settled()
    row = Disagreement.objects.get()
    pages = [
        reverse("identity:differences"),
        reverse("identity:difference", args=[row.pk]),
    ]
    for page in pages:
        assert entered(chief).get(page).status_code == 200
        for role in (Role.FILLER, Role.REVIEWER, Role.STEWARD, Role.ITC, Role.AUDITOR):
            assert entered(plant.person(role, gd.unit)).get(page).status_code == 404
    settle = reverse("identity:settle", args=[row.pk])
    assert entered(gd.filler).post(settle).status_code == 404
    take = reverse("identity:offer-take", args=[offer.pk])
    assert entered(gd.filler).post(take).status_code == 404
    body = entered(fj.filler).get(reverse("desk:fill", args=[offer.dossier_id])).content.decode()
    assert "集团核定：法定代表人为“王新”" in body
    assert ours.number not in body
    assert "GD销售分公司" not in body
    assert not Event.objects.filter(verb="disagreements.compared").exclude(unit_id=None).exists()


def test_settle_and_take_over_on_the_pages() -> None:
    _gd, _ours, fj, theirs, row, chief = disputed()
    page = reverse("identity:settle", args=[row.pk])
    refused = entered(chief).post(page, {"value": '"王新"', "basis": ""})
    assert refused.status_code == 422
    assert "请写明核定的依据" in refused.content.decode()
    answer = entered(chief).post(page, {"value": '"王新"', "basis": "公示系统"})
    assert answer.status_code == 302
    offer = Offer.objects.get()
    client = entered(fj.filler)
    client.post(reverse("identity:offer-decline", args=[offer.pk]), {"reason": "再核实"})
    offer.refresh_from_db()
    assert (offer.state, offer.reason) == ("declined", "再核实")
    client.post(reverse("identity:offer-take", args=[offer.pk]))
    assert Draft.objects.get(dossier=theirs).changes == {"legal_rep": "王新"}


def test_the_list_asks_the_same_queries_for_one_and_for_three() -> None:
    row, chief = disputed()[4:]
    client = entered(chief)
    counts = []
    for extra in ((), ("reg_addr", "office_addr")):
        for field in extra:
            Disagreement.objects.create(customer=row.customer, field=field)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("identity:differences")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    bad = client.get(reverse("identity:differences"), {"field": "nothing"})
    assert bad.status_code == 400
