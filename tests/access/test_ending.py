"""What ends with a post ends at once, whatever kind of credential it is (§6.3.4, T6–T8)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tests import plant
from yihu.access import ending
from yihu.access.leavers import reconcile
from yihu.access.models import PasswordReset, RoleAssignment, Session, User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.org.actions import apply_personnel_events
from yihu.org.models import PersonnelEvent, Staff

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.4")]
DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)
CREDENTIAL = {"until", "expires_at", "expire_date", "secret_hash", "token_hash", "stamp"}
HOLDER = {"user", "holder", "owner", "person"}
"""A table with one of each is a way in: what it opens, and whose it is."""


def _event(user: User, kind: str, **more: Any) -> None:
    assert user.staff is not None
    PersonnelEvent.objects.create(
        unit=user.staff.unit, staff=user.staff, kind=kind, effective_on=DAY, **more
    )


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _sessions(user: User) -> int:
    return Session.objects.filter(user=user).count()


@pytest.mark.parametrize("kind", ["transfer", "retire", "leave"])
def test_everything_ends_in_one_transaction(kind: str) -> None:
    gd = plant.unit("GD")
    leaver, stayer = plant.person(Role.FILLER, gd), plant.person(Role.FILLER, gd)
    theirs, mine = _signed_in(leaver), _signed_in(stayer)
    PasswordReset.objects.create(
        user=leaver, digest="0" * 64, at=NOW, expires_at=NOW + timedelta(hours=24)
    )
    assert theirs.get("/").status_code == 200
    _event(leaver, kind)
    apply_personnel_events(today=DAY, now=NOW)
    assert theirs.get("/").status_code == 302
    assert mine.get("/").status_code == 200
    assert (_sessions(leaver), _sessions(stayer)) == (0, 1)
    assert not User.objects.get(pk=leaver.pk).is_active
    assert RoleAssignment.objects.get(user=leaver).until < DAY
    line = Event.objects.get(verb="account.closed")
    held = ("access.user", "access.roleassignment", "access.session", "access.passwordreset")
    assert line.data["ended"] == dict.fromkeys(held, 1)


def test_every_table_that_is_a_way_in_is_registered() -> None:
    ways = {
        model._meta.label_lower
        for model in apps.get_models()
        if {field.name for field in model._meta.get_fields()} & CREDENTIAL
        and (
            model is User
            or any(
                field.name in HOLDER and field.related_model is User for field in model._meta.fields
            )
        )
    }
    assert {"access.user", "access.roleassignment", "access.session", "grants.grant"} <= ways
    assert ways <= set(ending.registered())


def test_a_transferee_starts_anew_without_roles() -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    mover = plant.person(Role.FILLER, gd)
    assert mover.staff is not None
    _event(mover, "transfer", other_unit=fj, other_post="市场专员")
    apply_personnel_events(today=DAY, now=NOW)
    there = Staff.objects.get(unit=fj, employee_no=mover.staff.employee_no)
    assert (there.status, there.post, there.name) == ("active", "市场专员", mover.staff.name)
    assert not User.objects.filter(staff=there).exists()
    assert Staff.objects.get(pk=mover.staff.pk).status == "transferred"
    assert apply_personnel_events(today=DAY, now=NOW) == 0
    assert Staff.objects.filter(employee_no=mover.staff.employee_no).count() == 2


def test_the_end_of_a_second_post_leaves_the_first() -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    both = plant.person(Role.FILLER, gd)
    RoleAssignment.objects.create(user=both, role=Role.READER, unit=fj, since=date(2026, 1, 1))
    _event(both, "concurrent", other_unit=fj)
    apply_personnel_events(today=DAY, now=NOW)
    until = dict(RoleAssignment.objects.filter(user=both).values_list("unit__code", "until"))
    assert until == {"GD": None, "FJ": DAY - timedelta(days=1)}
    assert User.objects.get(pk=both.pk).is_active


def test_a_late_entry_does_not_undo_a_leaving() -> None:
    gone = plant.person(Role.FILLER, plant.unit("GD"))
    _event(gone, "leave")
    apply_personnel_events(today=DAY, now=NOW)
    assert gone.staff is not None
    PersonnelEvent.objects.create(
        unit=gone.staff.unit, staff=gone.staff, kind="join", effective_on=date(2020, 1, 1)
    )
    apply_personnel_events(today=DAY, now=NOW + timedelta(minutes=1))
    assert Staff.objects.get(pk=gone.staff.pk).status == "left"


def test_reconciling_finds_nobody_or_closes_them() -> None:
    orphan = plant.person(Role.FILLER, plant.unit("GD"))
    assert reconcile(at=NOW) == []
    Staff.objects.filter(pk=orphan.staff_id).update(status="left")  # by hand, past every door
    assert reconcile(at=NOW) == [orphan.username]
    assert reconcile(at=NOW) == []
    assert not User.objects.get(pk=orphan.pk).is_active
    line = Event.objects.get(verb="accounts.reconciled")
    assert line.data == {"accounts": [orphan.username]}
