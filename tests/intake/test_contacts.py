"""A ledger's contact is somebody of the file, or one more; what differs is asked (§5.2, 6.2.1e)."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.intake.test_actions import CUSTOMERS, TODAY, bring, codes, commit, counts, customer
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.disclosure.actions import seal_contact
from yihu.dossiers.models import Dossier
from yihu.intake import actions
from yihu.intake.models import Import
from yihu.kit.clock import now
from yihu.org.models import OrgUnit

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.2", "6.2.1e")]
HEADS = [*CUSTOMERS, "联系人", "联系电话"]
WANG = {"name": "王芳", "mobile": "13502011111", "department": "采购部", "role": "buyer"}
LI = {"name": "李 强", "mobile": "13502022222", "email": "li@example.cn"}


@pytest.fixture(autouse=True)
def _uploads(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def gd() -> OrgUnit:
    return plant.unit("GD", region="440000")


@pytest.fixture
def filler(gd: OrgUnit) -> User:
    return plant.person(Role.FILLER, gd)


@pytest.fixture
def file(gd: OrgUnit) -> Dossier:
    code = plant.credit_code(9001)
    commit(bring(gd, "customers", CUSTOMERS, customer(code)))
    made = Dossier.objects.get(credit_code=code)
    made.document = {**made.document, "contacts": [WANG, LI]}
    made.save(update_fields=["document"])
    return made


def ledger(gd: OrgUnit, file: Dossier, name: str, phone: str) -> Import:
    return bring(gd, "customers", HEADS, [*customer(file.credit_code), name, phone])


def contacts(file: Dossier) -> Any:
    return Dossier.objects.get(pk=file.pk).document["contacts"]


def test_somebody_new_comes_to_the_others(gd: OrgUnit, file: Dossier) -> None:
    row = ledger(gd, file, "赵敏", "13502033333")
    assert counts(row) == (0, 1, 0, 0)
    commit(row)
    assert contacts(file) == [WANG, LI, {"name": "赵敏", "mobile": "13502033333"}]
    assert counts(ledger(gd, file, "赵敏", "13502033333")) == (0, 0, 1, 0)


@pytest.mark.parametrize(("name", "phone"), [("李强", "13502022222"), ("李强", ""), ("王芳", "")])
def test_somebody_known_is_left_as_they_are_wherever_they_stand(
    gd: OrgUnit, file: Dossier, name: str, phone: str
) -> None:
    row = ledger(gd, file, name, phone)
    assert (counts(row), codes(row, "warnings")) == ((0, 0, 1, 0), [])
    commit(row)
    assert contacts(file) == [WANG, LI]


def test_an_empty_number_is_filled_in(gd: OrgUnit, file: Dossier) -> None:
    Dossier.objects.filter(pk=file.pk).update(
        document={**file.document, "contacts": [WANG, {"name": "李强", "email": "li@example.cn"}]}
    )
    row = ledger(gd, file, "李强", "13502022222")
    assert counts(row) == (0, 1, 0, 0)
    commit(row)
    assert contacts(file) == [
        WANG, {"name": "李强", "email": "li@example.cn", "mobile": "13502022222"},
    ]  # fmt: skip


def test_another_number_of_somebody_known_is_a_change_old_beside_new(
    gd: OrgUnit, file: Dossier
) -> None:
    row = ledger(gd, file, "李强", "13502099999")
    assert (counts(row), codes(row, "warnings")) == ((0, 1, 0, 0), [])
    changes = row.preview["changed"][0]["changes"]
    assert changes == {"phone": ["13502022222", "13502099999"]}
    commit(row)
    assert contacts(file) == [WANG, {**LI, "mobile": "13502099999"}]
    assert counts(ledger(gd, file, "李强", "135 0209 9999")) == (0, 0, 1, 0)


def test_another_name_is_asked_and_kept_unless_chosen(
    gd: OrgUnit, filler: User, file: Dossier
) -> None:
    name, phone, became = "李强强", "13502022222", {**LI, "name": "李强强"}
    row = ledger(gd, file, name, phone)
    assert counts(row) == (0, 0, 1, 0)
    assert codes(row, "warnings") == [(2, "contact_differs")]
    assert row.problems["warnings"][0]["column"] == "联系人"
    client = Client()
    client.force_login(filler)
    page = client.get(reverse("intake:detail", args=[row.pk])).text
    assert "联系人与档案不一致" in page
    assert f"档案中的联系人是“李 强 13502022222”，台账中是“{name} {phone}”" in page
    answer = client.post(reverse("intake:confirm", args=[row.pk]), {"digest": row.digest})
    assert answer.status_code == 302
    assert contacts(file) == [WANG, LI]
    again = ledger(gd, file, name, phone)
    chosen = {"digest": again.digest, "take": ["2"]}
    client.post(reverse("intake:confirm", args=[again.pk]), chosen)
    assert contacts(file) == [WANG, became]
    again.refresh_from_db()
    assert (again.state, counts(again)) == ("committed", (0, 1, 0, 0))
    assert counts(ledger(gd, file, name, phone)) == (0, 0, 1, 0)
    assert codes(ledger(gd, file, name, phone), "warnings") == []


def test_a_choice_holds_for_what_was_seen_only(gd: OrgUnit, filler: User, file: Dossier) -> None:
    row = ledger(gd, file, "李强强", "13502022222")
    Dossier.objects.filter(pk=file.pk).update(
        document={**file.document, "contacts": [WANG, {**LI, "name": "李小强"}]}
    )
    done = actions.confirm(filler, row, digest=row.digest, today=TODAY, at=now(), take={2})
    assert (done.state, done.preview["moved"]) == ("previewed", True)
    assert contacts(file)[1]["name"] == "李小强"


def test_ticks_are_numbers(gd: OrgUnit, filler: User, file: Dossier) -> None:
    row = ledger(gd, file, "李强强", "13502022222")
    client = Client()
    client.force_login(filler)
    wrong = {"digest": row.digest, "take": ["2; DROP"]}
    assert client.post(reverse("intake:confirm", args=[row.pk]), wrong).status_code == 400
    assert contacts(file) == [WANG, LI]


def test_the_sealed_do_not_come_back_by_a_ledger(gd: OrgUnit, file: Dossier) -> None:
    steward = plant.person(Role.STEWARD, gd)
    seal_contact(steward, file, name="王芳", requested_on=TODAY, reason="本人请求", at=now())
    row = ledger(gd, file, "王芳", "13502011111")
    assert counts(row) == (0, 0, 1, 0)
    commit(row)
    assert "王芳" not in str(contacts(file))
    assert len(contacts(file)) == 2
