"""Another name, another credit code: kept, guarded by two, found by the old one (§5.1, 5.2)."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.dossiers.files import approved, complete_dossier, desk, moment
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.customers.models import Customer
from yihu.dossiers.models import Dossier, FileVersion
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.queries import search
from yihu.dossiers.verify import verify_versions
from yihu.identity import naming
from yihu.identity.models import CodeChange, Naming

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.2")]

TODAY = moment().date()


@pytest.fixture
def heads() -> tuple[User, User]:
    return plant.person(Role.SUPERVISOR), plant.person(Role.SUPERVISOR)


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_rename_keeps_the_former_name(heads: tuple[User, User]) -> None:
    file = plant.dossier(plant.unit("GD"))
    customer, before = file.customer, file.customer.name
    naming.rename(
        heads[0], customer, name=" 新名称 燃气有限公司 ", reason="换照", at=moment(), today=TODAY
    )
    customer.refresh_from_db()
    assert customer.name == "新名称 燃气有限公司"
    (kept,) = Naming.objects.all()
    assert (kept.name, kept.until, kept.reason) == (before, TODAY, "换照")
    file.refresh_from_db()
    assert file.name_full == before  # what the unit states is the unit's
    with pytest.raises(Refused, match="相同"):
        naming.rename(heads[0], customer, name=customer.name, reason="x", at=moment(), today=TODAY)
    with pytest.raises(Unfit, match="依据"):
        naming.rename(heads[0], customer, name="甲", reason=" ", at=moment(), today=TODAY)


def test_a_code_changes_by_two_people_with_all_its_files(heads: tuple[User, User]) -> None:
    gd, fj = desk("GD"), desk("FJ")
    one = complete_dossier(gd)
    approved(gd, one, at_time=moment(2))
    other = plant.dossier(fj.unit, code=one.credit_code)
    old, new = one.credit_code, plant.credit_code(99_001)
    change = naming.propose_code(
        heads[0], one.customer, code=f" {new.lower()} ", reason="换照", at=moment(3)
    )
    with pytest.raises(Denied, match="另一名"):
        naming.confirm_code(heads[0], change, at=moment(3))
    assert naming.confirm_code(heads[1], change, at=moment(4)) == 2
    for file, user in ((one, gd.filler), (other, fj.filler)):
        fresh = Dossier.objects.get(pk=file.pk)
        assert (fresh.credit_code, fresh.former_codes) == (new, [old])
        for words in (old, new, old.lower()):
            assert [row.pk for row in search(user, words)] == [file.pk], words
    assert Customer.objects.get(pk=one.customer_id).credit_code == new
    version = FileVersion.objects.get(dossier=one)
    assert old in str(version.content)  # what was approved stands as it was approved
    assert verify_versions().faults == []
    told = Event.objects.filter(verb="dossier.recoded").values_list("unit_id", flat=True)
    assert set(told) == {gd.unit.pk, fj.unit.pk}
    Dossier.objects.filter(pk=one.pk).update(search_text="另行写成")  # as a rename does
    assert [row.pk for row in search(gd.filler, old)] == [one.pk]


@pytest.mark.parametrize("code", ["", "123", "91440101MA00000000", "9144010"])
def test_a_code_that_is_none_is_refused(heads: tuple[User, User], code: str) -> None:
    file = plant.dossier(plant.unit("GD"))
    with pytest.raises(Unfit, match="不是有效的统一社会信用代码"):
        naming.propose_code(heads[0], file.customer, code=code, reason="x", at=moment())
    assert not CodeChange.objects.exists()


def test_another_customers_code_means_joining(heads: tuple[User, User]) -> None:
    unit = plant.unit("GD")
    one, other = plant.dossier(unit), plant.dossier(unit)
    with pytest.raises(Refused, match="应当合并"):
        naming.propose_code(heads[0], one.customer, code=other.credit_code, reason="x", at=moment())


def test_proposals_are_refused_or_withdrawn_and_one_at_a_time(heads: tuple[User, User]) -> None:
    customer = plant.dossier(plant.unit("GD")).customer

    def proposed(serial: int) -> CodeChange:
        return naming.propose_code(
            heads[0], customer, code=plant.credit_code(serial), reason="x", at=moment()
        )

    first = proposed(99_002)
    with pytest.raises(Refused, match="等待确认"):
        proposed(99_003)
    with pytest.raises(Unfit, match="不同意的原因"):
        naming.refuse_code(heads[1], first, note="", at=moment())
    naming.refuse_code(heads[1], first, note="照的是旧执照", at=moment())
    with pytest.raises(Refused, match="已经处理过"):
        naming.confirm_code(heads[1], first, at=moment())
    second = proposed(99_003)
    with pytest.raises(Denied, match="本人"):
        naming.withdraw_code(heads[1], second, at=moment())
    naming.withdraw_code(heads[0], second, at=moment())
    third = proposed(99_004)
    with pytest.raises(IntegrityError), transaction.atomic():  # whoever writes it
        CodeChange.objects.filter(pk=third.pk).update(
            state="confirmed", decided_by=heads[0], decided_at=moment()
        )


def test_the_pages_from_proposal_to_confirmation(heads: tuple[User, User]) -> None:
    file = plant.dossier(plant.unit("GD"))
    page = reverse("identity:customer", args=[file.customer_id])
    first, second = entered(heads[0]), entered(heads[1])
    first.post(
        reverse("identity:rename", args=[file.customer_id]), {"name": "<b>新</b>", "reason": "x"}
    )
    assert "&lt;b&gt;新&lt;/b&gt;" in first.get(page).text
    new = plant.credit_code(99_005)
    first.post(reverse("identity:code", args=[file.customer_id]), {"code": new, "reason": "x"})
    change = CodeChange.objects.get()
    assert "确认变更" not in first.get(page).text
    assert "确认变更" in second.get(page).text
    second.post(reverse("identity:code-decide", args=[change.pk, "confirm"]))
    assert new in second.get(page).text
    assert second.post(reverse("identity:code-decide", args=[change.pk, "x"])).status_code == 404
    for role in (Role.FILLER, Role.STEWARD):
        client = entered(plant.person(role, plant.unit("GD")))
        assert client.get(page).status_code == 404
        address = reverse("identity:code-decide", args=[change.pk, "confirm"])
        assert client.post(address).status_code == 404
