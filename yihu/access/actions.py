"""Opening accounts and giving roles (§6.3.2)."""

from datetime import date

from django.contrib.auth.hashers import is_password_usable
from django.contrib.postgres.functions import RandomUUID
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from yihu.access import credentials
from yihu.access.entering import for_door
from yihu.access.models import Password, RecoveryCode, RoleAssignment, SecondFactor, User
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.audit.actions import Actor
from yihu.org.models import OrgUnit, Staff


class Taken(ValueError):
    """The number belongs to an account that is in use; says in Chinese what to do."""


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
    A number whose account ended with another post is free: the old account stays for history under
    `number@unit`, and the new one begins with the roles named here and nothing of the old. Who came
    back to the very post gets its account again, as empty. Raises: Taken where the number is in
    use; IntegrityError where the roles stand on two sides (三员分立).
    """
    with for_door():
        old = _held(username, staff)
        returned = old is not None and old.username == username
        if old is not None and returned:
            user = _emptied(old)
        else:
            user = User.objects.create(
                username=username, name=name, staff=staff, password_one_time=one_time
            )
        if is_password_usable(password_hash):
            credentials.keep(user, password_hash)
        RoleAssignment.objects.bulk_create(
            RoleAssignment(user=user, role=role, unit=unit, since=since) for role, unit in roles
        )
    if old is not None and not returned:
        audit.record(
            by,
            "account.renamed",
            old,
            unit_id=old.staff.unit_id if old.staff is not None else None,
            data={"was": username, "now": old.username},
        )
    audit.record(
        by,
        "account.opened",
        user,
        unit_id=staff.unit_id if staff is not None else None,
        data={"roles": [[role, unit.code if unit else None] for role, unit in roles]},
    )
    return user


def _held(number: str, staff: Staff | None) -> User | None:
    """The closed account that has this number, renamed unless it is of this very post.

    Raises: Taken where somebody may still come in by it, or could again.
    """
    old = User.objects.select_for_update(of=("self",)).filter(username=number).first()
    if old is None:
        return None
    if old.is_active or old.suspended_at is not None:
        raise Taken(
            _("账号 %(number)s 已存在且没有注销；请先登记本人的人事变动，或恢复原账号。")
            % {"number": number}
        )
    if staff is not None and old.staff_id == staff.pk:
        return old
    place = old.staff.unit.code if old.staff is not None else "0"
    kept = f"{number}@{place}"
    again = User.objects.filter(username__startswith=kept).count()
    old.username = f"{kept}.{again + 1}" if again else kept
    old.save(update_fields=["username"])
    return old


def _emptied(old: User) -> User:
    """The account of who came back to the same post, with no way in and no role of before."""
    Password.objects.filter(user=old).delete()
    SecondFactor.objects.filter(user=old).delete()
    RecoveryCode.objects.filter(user=old).delete()
    RoleAssignment.objects.filter(user=old).delete()
    User.objects.filter(pk=old.pk).update(
        is_active=True,
        password_usable=False,
        factor_since=None,
        stamp=RandomUUID(),
        reactivated_at=Now(),
    )
    return User.objects.get(pk=old.pk)
