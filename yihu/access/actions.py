"""Opening accounts and giving roles (§6.3.2)."""

from datetime import date

from django.contrib.auth.hashers import is_password_usable
from django.db import transaction

from yihu.access import credentials
from yihu.access.entering import for_door
from yihu.access.models import RoleAssignment, User
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.audit.actions import Actor
from yihu.org.models import OrgUnit, Staff


@transaction.atomic
def open_account(
    by: Actor | None,
    staff: Staff | None,
    *,
    username: str,
    name: str,
    password_hash: str,
    roles: list[tuple[Role, OrgUnit | None]],
    since: date,
    one_time: bool = False,
) -> User:
    """Open an account with its roles; `by` None is the installation itself.

    `password_hash`: as `make_password` gives it; `one_time`: to be changed at the first sign-in.
    Raises: IntegrityError where the account exists, or the roles stand on two sides (三员分立).
    """
    with for_door():
        user = User.objects.create(
            username=username, name=name, staff=staff, password_one_time=one_time
        )
        if is_password_usable(password_hash):
            credentials.keep(user, password_hash)
        RoleAssignment.objects.bulk_create(
            RoleAssignment(user=user, role=role, unit=unit, since=since) for role, unit in roles
        )
    audit.record(
        by,
        "account.opened",
        user,
        unit_id=staff.unit_id if staff is not None else None,
        data={"roles": [[role, unit.code if unit else None] for role, unit in roles]},
    )
    return user
