"""Everything that ends with a post, in one transaction (§6.3.4).

Each kind of credential registers how it ends: here accounts, roles and sessions; tokens, grants,
links, feeds and running exports in the `AppConfig.ready` of their slices. The name is the label
of the table that holds it (`app.model`), so that a test can tell which tables are missing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from yihu.access import sessions
from yihu.access.entering import for_group
from yihu.access.models import PasswordReset, RoleAssignment, RoleRequest, User
from yihu.access.rules import WAITING, Asked

End = Callable[[Sequence[int], datetime], int]
_ends: dict[str, End] = {}


def contribute(name: str, function: End) -> None:
    """`function(user_ids, at)` ends what the accounts hold of this kind; returns how many."""
    _ends[name] = function


def registered() -> list[str]:
    """The kinds that end with a post, in the order in which they end."""
    return list(_ends)


@transaction.atomic
@for_group()
def end_all(user_ids: Sequence[int], at: datetime) -> dict[str, int]:
    """End everything that the accounts hold; by kind, how many ended. Idempotent.

    It ends whoever says so and wherever it lies, so it is the group's own work.
    """
    return {name: function(user_ids, at) for name, function in _ends.items()}


def end_accounts(user_ids: Sequence[int], at: datetime) -> int:
    """The account is read anew on each request, so whatever is under way ends with the next."""
    return User.objects.filter(pk__in=user_ids, is_active=True).update(is_active=False)


def end_roles(user_ids: Sequence[int], at: datetime, *, unit_id: int | None = None) -> int:
    """Roles (at one unit, where one is named) were held until yesterday."""
    yesterday = localtime(at).date() - timedelta(days=1)
    rows = RoleAssignment.objects.filter(user__in=user_ids).filter(
        Q(until=None) | Q(until__gt=yesterday)
    )
    if unit_id is not None:
        rows = rows.filter(unit=unit_id)
    return rows.update(until=yesterday)


def end_sessions(user_ids: Sequence[int], at: datetime) -> int:
    """Sessions of the accounts are deleted, on whatever machine they are."""
    return sessions.end_sessions(list(user_ids))


def end_resets(user_ids: Sequence[int], at: datetime) -> int:
    """A code to choose a new password that nobody redeemed opens nothing any more."""
    return PasswordReset.objects.filter(user__in=user_ids, used_at=None).delete()[0]


def end_requests(user_ids: Sequence[int], at: datetime) -> int:
    """What was asked for the people is withdrawn, what was opened to them ended with the post."""
    rows = RoleRequest.objects.filter(staff__account__in=user_ids)
    ended = rows.filter(state=Asked.OPENED).update(
        state=Asked.ENDED, ended_at=at, end_reason=_("离岗注销")
    )
    return ended + rows.filter(state__in=WAITING).update(
        state=Asked.WITHDRAWN, ended_at=at, end_reason=_("离岗撤回")
    )


contribute("access.user", end_accounts)
contribute("access.roleassignment", end_roles)
contribute("access.rolerequest", end_requests)
contribute("access.session", end_sessions)
contribute("access.passwordreset", end_resets)
