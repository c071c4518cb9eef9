"""Who moves to another unit keeps the number and nothing else (§6.3.4)."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.access.door import knock, with_factor
from yihu.access.actions import Taken, open_account
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.access.signing import actions
from yihu.audit.models import Event
from yihu.handover.tokens import issue
from yihu.kit.clock import now, today
from yihu.org.models import Staff

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.4")]
NEW = "Pinus-tabuliformis-77"


@pytest.fixture
def mover() -> User:
    """Somebody of Guangdong whose account bears the employee number."""
    user = plant.person(Role.STEWARD, plant.unit("GD"))
    assert user.staff is not None
    User.objects.filter(pk=user.pk).update(username=user.staff.employee_no)
    with_factor(user)
    return User.objects.get(pk=user.pk)


def told(*events: dict[str, Any]) -> Any:
    """What the HR system says by its interface."""
    return Client().post(
        reverse("handover:api-personnel"),
        json.dumps(events),
        content_type="application/json",
        headers={
            "Authorization": f"Bearer {issue(f'HR{now()}', at=now())}",
            "Idempotency-Key": f"batch-{now():%H%M%S%f}",
        },
    )


def transfer(user: User, to: str = "FJ") -> Staff:
    """A transfer of today, by the interface; the row at the new unit."""
    plant.unit(to, region="350000")
    assert user.staff is not None
    answer = told(
        {
            "unit": user.staff.unit.code, "employee_no": user.staff.employee_no,
            "name": user.staff.name, "kind": "transfer", "effective_on": today().isoformat(),
            "other_unit": to, "other_post": "市场专员",
        }
    )  # fmt: skip
    assert answer.status_code == 200, answer.content.decode()
    return Staff.objects.get(unit__code=to, employee_no=user.staff.employee_no)


def test_the_new_post_has_the_number_and_none_of_the_old_rights(mover: User) -> None:
    number, old = mover.username, mover.pk
    arrived = transfer(mover)
    said = ["--name", mover.name, "--role", "reader", "--unit", "FJ"]
    call_command("account", "open", number, *said)
    new, kept = User.objects.get(username=number), User.objects.get(pk=old)
    assert (kept.username, kept.is_active) == (f"{number}@GD", False)
    assert (new.staff_id, new.is_active, new.factor_since) == (arrived.pk, True, None)
    assert {(role, new.staff.unit_id) for role, _unit in scope_of(new).roles} == {
        ("reader", arrived.unit_id)
    }
    assert scope_of(kept).roles == frozenset()
    assert knock(Client(), number, plant.PASSWORD).status_code == 200
    assert knock(Client(), kept.username, plant.PASSWORD).status_code == 200
    line = Event.objects.get(verb="account.renamed")
    assert (line.subject_id, line.data) == (str(old), {"was": number, "now": kept.username})


def test_the_new_account_comes_in_by_its_own_password(mover: User) -> None:
    number = mover.username
    arrived = transfer(mover)
    new = open_account(
        None, arrived, username=number, name=arrived.name, password_hash="!",
        roles=[(Role.READER, arrived.unit)], since=today(),
    )  # fmt: skip
    code = actions.start_reset(actions.Server(), new, why="新岗位", at=now())
    assert actions.redeem_reset(new, code, NEW, at=now())
    assert knock(Client(), number, NEW).status_code == 302


def test_an_account_in_use_keeps_its_number(mover: User) -> None:
    other = plant.staff(plant.unit("FJ", region="350000"))
    given: dict[str, Any] = {
        "username": mover.username, "name": other.name, "password_hash": "!",
        "roles": [(Role.READER, other.unit)], "since": today(),
    }  # fmt: skip
    with pytest.raises(Taken, match="没有注销"):
        open_account(None, other, **given)
    actions.suspend(None, mover, why="久未使用", at=now())
    with pytest.raises(Taken, match="没有注销"):
        open_account(None, other, **given)
    assert User.objects.get(pk=mover.pk).username == mover.username


def test_who_comes_back_to_the_post_begins_anew(mover: User) -> None:
    number = mover.username
    transfer(mover)
    staff = mover.staff
    assert staff is not None
    Staff.objects.filter(pk=staff.pk).update(status="active")
    back = open_account(
        None, staff, username=number, name=staff.name, password_hash="!",
        roles=[(Role.READER, staff.unit)], since=today(),
    )  # fmt: skip
    assert back.pk == mover.pk
    assert (back.is_active, back.factor_since, back.has_usable_password()) == (True, None, False)
    assert scope_of(back).roles == frozenset({("reader", staff.unit_id)})
    assert knock(Client(), number, plant.PASSWORD).status_code == 200


def test_twice_the_same_way_leaves_two_old_accounts(mover: User) -> None:
    number = mover.username
    for round_ in range(2):
        arrived = transfer(User.objects.get(username=number), f"F{round_}")
        open_account(
            None, arrived, username=number, name=arrived.name, password_hash="!",
            roles=[(Role.READER, arrived.unit)], since=today(),
        )  # fmt: skip
    kept = User.objects.filter(username__startswith=f"{number}@").values_list("username", flat=True)
    assert sorted(kept) == [f"{number}@F0", f"{number}@GD"]
    assert User.objects.get(username=number).staff.unit.code == "F1"


def test_the_number_stays_unique_in_the_database(mover: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username=mover.username, name="重号")
