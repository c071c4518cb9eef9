"""Who may see which files (§6.3.1)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tests import plant
from yihu.access.models import RoleAssignment, User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.access.scope import Opened, Unreachable, reach
from yihu.dossiers.models import Dossier
from yihu.org.rules import UnitKind

pytestmark = pytest.mark.django_db


def names(user: User) -> set[str]:
    return set(Dossier.objects.visible_to(user).values_list("name_full", flat=True))


@pytest.mark.clause("6.3.1")
@pytest.mark.parametrize("role", [Role.FILLER, Role.REVIEWER, Role.STEWARD, Role.CUSTODIAN])
def test_keepers_see_their_unit_whole_and_no_other(role: Role) -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    plant.dossier(gd, name="广州本省燃气有限公司")
    plant.dossier(gd, name="北京外省燃气有限公司", region="110000")
    plant.dossier(fj, name="福州他户燃气有限公司", region="350100")
    assert names(plant.person(role, gd)) == {"广州本省燃气有限公司", "北京外省燃气有限公司"}


@pytest.mark.clause("6.3.1")
def test_a_reader_sees_only_the_regions_of_the_unit() -> None:
    gd = plant.unit("GD")
    plant.dossier(gd, name="广州本省燃气有限公司")
    plant.dossier(gd, name="北京外省燃气有限公司", region="110000")
    assert names(plant.person(Role.READER, gd)) == {"广州本省燃气有限公司"}


def test_a_parent_unit_sees_its_sub_units() -> None:
    gd = plant.unit("GD")
    below = plant.unit("GD01")
    below.parent, below.kind = gd, UnitKind.SUBUNIT
    below.save()
    plant.dossier(below, name="下级单位客户有限公司")
    assert names(plant.person(Role.STEWARD, gd)) == {"下级单位客户有限公司"}
    plant.dossier(gd, name="上级单位客户有限公司")
    assert names(plant.person(Role.STEWARD, below)) == {"下级单位客户有限公司"}


def test_headquarters_sees_all_and_itc_and_auditor_nothing() -> None:
    plant.dossier(plant.unit("GD"), name="甲公司")
    plant.dossier(plant.unit("FJ", region="350000"), name="乙公司")
    assert names(plant.person(Role.SUPERVISOR)) == {"甲公司", "乙公司"}
    assert names(plant.person(Role.ITC)) == set()
    assert names(plant.person(Role.AUDITOR)) == set()


def test_a_role_ends_with_its_day_and_an_account_with_its_switch() -> None:
    gd = plant.unit("GD")
    plant.dossier(gd, name="甲公司")
    user = plant.person(Role.FILLER, gd)
    assert names(user) == {"甲公司"}
    RoleAssignment.objects.filter(user=user).update(until=date(2026, 1, 2))
    assert names(User.objects.get(pk=user.pk)) == set()
    RoleAssignment.objects.filter(user=user).update(until=None)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert names(User.objects.get(pk=user.pk)) == set()


def test_rows_below_a_dossier_follow_it() -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    own = plant.contract(plant.dossier(gd))
    foreign = plant.contract(plant.dossier(fj, region="350100"))
    plant.month(own, date(2026, 10, 1))
    plant.month(foreign, date(2026, 10, 1))
    filler = plant.person(Role.FILLER, gd)
    reader = plant.person(Role.READER, gd)
    for user in (filler, reader):
        assert list(type(own).objects.visible_to(user)) == [own]
        rows = own.offtake.model.objects.visible_to(user)
        assert [row.contract_id for row in rows] == [own.pk]


def test_a_foreign_row_and_no_row_answer_alike() -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    own, foreign = plant.dossier(gd), plant.dossier(fj)
    user = plant.person(Role.FILLER, gd)
    assert reach(Dossier.objects, user, pk=own.pk) == own
    with pytest.raises(Unreachable) as there:
        reach(Dossier.objects, user, pk=foreign.pk)
    with pytest.raises(Unreachable) as nowhere:
        reach(Dossier.objects, user, pk="00000000-0000-4000-8000-000000000000")
    assert str(there.value) == str(nowhere.value)


def test_holding_a_role_is_asked_at_a_place() -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    user = plant.person(Role.FILLER, gd)
    assert holds(user, Role.FILLER)
    assert holds(user, Role.FILLER, unit_id=gd.pk)
    assert not holds(user, Role.FILLER, unit_id=fj.pk)
    assert not holds(user, Role.REVIEWER, unit_id=gd.pk)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Role.ITC, Role.SUPERVISOR),
        (Role.ITC, Role.AUDITOR),
        (Role.AUDITOR, Role.STEWARD),
        (Role.AUDITOR, Role.SUPERVISOR),
    ],
)
def test_nobody_stands_on_two_of_the_three_sides(first: Role, second: Role) -> None:
    user = plant.person(first)
    at = plant.unit("GD") if second == Role.STEWARD else None
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleAssignment.objects.create(user=user, role=second, unit=at, since=date(2026, 1, 1))


def test_one_person_may_hold_two_roles_of_one_side() -> None:
    gd = plant.unit("GD")
    user = plant.person(Role.FILLER, gd)
    RoleAssignment.objects.create(user=user, role=Role.CUSTODIAN, unit=gd, since=date(2026, 1, 1))
    assert holds(User.objects.get(pk=user.pk), Role.CUSTODIAN, unit_id=gd.pk)


def test_a_grant_reaches_its_unit_and_regions_alone() -> None:
    some = Opened(7, 2, frozenset({"basic"}), ("4401", "35"))
    reached = [some.reaches(7, code) for code in ("440100", "440106", "440300", "350200", "")]
    assert reached == [True, True, False, True, False]
    assert not some.reaches(8, "440100")
    assert Opened(7, 2, frozenset({"basic"}), ()).reaches(7, "440300")
