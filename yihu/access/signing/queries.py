"""What is read at the door, and what ITC sees of accounts: never a customer."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Greatest
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from yihu.access.entering import for_door
from yihu.access.models import PasswordReset, RecoveryCode, SignInTry, User
from yihu.access.roles.queries import held_on
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.access.signing.passwords import must_change
from yihu.access.signing.rules import ACCOUNT_WINDOW, FORCED, Try
from yihu.org.models import OrgUnit
from yihu.org.rules import EmploymentStatus


def tries_of(account: str, at: datetime) -> list[Try]:
    """The failed tries of the last hour, oldest first; few, since the limits keep them so."""
    rows = SignInTry.objects.filter(account=account, at__gt=at - ACCOUNT_WINDOW).order_by("at")
    return [Try(*row) for row in rows.values_list("address", "device", "at")]


def half_in(user_id: int) -> User | None:
    """Who gave the right password and owes a code; nobody's transaction yet."""
    with for_door():
        rows = User.objects.filter(pk=user_id, is_active=True, factor_since__isnull=False)
        return rows.first()


def open_account_of(number: str) -> User | None:
    """Whom the group's provider vouches for, where the account here is open."""
    with for_door():
        return User.objects.filter(username=number, is_active=True).first()


def owes_factor(user: User) -> bool:
    """Whether a role of the person asks for a second factor that is not there yet."""
    if not settings.SECOND_FACTOR or user.factor_since is not None:
        return False
    return any(role in FORCED for role, _at in scope_of(user).roles)


def owed_first(user: User, *, outside: bool, at: datetime) -> str:
    """The page that a person must deal with before any other; "" when there is none.

    `outside`: the session was opened by the group's identity, so our password plays no part.
    """
    if not outside and must_change(user, at):
        return "password"
    return "factor" if owes_factor(user) else ""


def codes_left(user: User) -> int:
    """How many recovery codes still work."""
    with for_door():
        return RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()


# Accounts ----------------------------------------------------------------------------------------


class State(models.TextChoices):
    """How an account stands."""

    OPEN = "open", _("在用")
    SUSPENDED = "suspended", _("停用")
    CLOSED = "closed", _("注销")


def with_use() -> models.QuerySet[Any]:
    """Accounts with `state`, and `counted_at`: the last of opening, use and reactivation."""
    return User.objects.annotate(
        counted_at=Greatest("opened_at", "used_at", "reactivated_at"),
        state=models.Case(
            models.When(is_active=True, then=models.Value(State.OPEN)),
            models.When(suspended_at__isnull=False, then=models.Value(State.SUSPENDED)),
            default=models.Value(State.CLOSED),
        ),
    )


def dormant(at: datetime, *, days: int) -> models.QuerySet[Any]:
    """Accounts that could sign in and were not used for so many days."""
    return with_use().filter(is_active=True, counted_at__lte=at - timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Warned:
    """An account that is about to be suspended, and in how many days."""

    account: User
    days_left: int


def warned_to(user: User, at: datetime) -> list[Warned]:
    """Accounts near their suspension: a steward's unit's, and all of them to ITC."""
    scope = scope_of(user)
    rows = dormant(at, days=settings.DORMANT_WARN_DAYS)
    if not scope.holds(Role.ITC):
        units = [unit for role, unit in scope.roles if role == Role.STEWARD]
        if not units:
            return []
        rows = rows.filter(staff__unit__in=units)
    end = timedelta(days=settings.DORMANT_DAYS)
    return [
        Warned(row, max(0, (row.counted_at + end - at).days)) for row in rows.order_by("counted_at")
    ]


def accounts(day: date) -> models.QuerySet[Any]:
    """Every account with its unit and the roles it holds that day, for ITC's list."""
    assigned = held_on(day)
    return with_use().prefetch_related(models.Prefetch("assignments", assigned))


def filtered(data: dict[str, Any], at: datetime) -> models.QuerySet[Any]:
    """The list under the conditions of `AccountFilter`."""
    day = localtime(at).date()
    rows = accounts(day)
    if data.get("q"):
        words = data["q"]
        rows = rows.filter(models.Q(username__icontains=words) | models.Q(name__icontains=words))
    if data.get("unit"):
        rows = rows.filter(staff__unit=data["unit"])
    if data.get("state"):
        rows = rows.filter(state=data["state"])
    if data.get("role"):
        rows = rows.filter(pk__in=held_on(day).filter(role=data["role"]).values("user"))
    if data.get("dormant"):
        rows = rows.filter(
            is_active=True, counted_at__lte=at - timedelta(days=settings.DORMANT_WARN_DAYS)
        )
    return rows


def units() -> list[tuple[int, str]]:
    """The units that an account may belong to."""
    return list(OrgUnit.objects.values_list("pk", "short_name"))


def may_return(account: User) -> bool:
    """Whether a suspended account may be opened again: its person is still employed."""
    staff = account.staff
    return account.suspended_at is not None and (
        staff is None or staff.status == EmploymentStatus.ACTIVE
    )


def to_hand(user: User, at: datetime) -> list[PasswordReset]:
    """Resets whose second half waits for this person to hand it over, the oldest first."""
    scope = scope_of(user)
    if not (scope.holds(Role.STEWARD) or scope.holds(Role.SUPERVISOR)):
        return []
    rows = PasswordReset.objects.filter(
        used_at=None, second_by=None, by__isnull=False, expires_at__gt=at, user__is_active=True
    ).exclude(user=user.pk)
    if not scope.holds(Role.SUPERVISOR):
        units = [unit for role, unit in scope.roles if role == Role.STEWARD]
        rows = rows.filter(user__staff__unit__in=units)
    with for_door():
        return list(rows.select_related("user__staff__unit", "by").order_by("at"))


def open_reset(account: User, at: datetime) -> PasswordReset | None:
    """The reset that somebody may still redeem."""
    rows = PasswordReset.objects.filter(user=account, used_at__isnull=True, expires_at__gt=at)
    with for_door():
        return rows.select_related("second_by").first()
