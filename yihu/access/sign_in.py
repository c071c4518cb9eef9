"""The log's lines about coming and going; a wrong name and a wrong password look alike outside."""

from django.db import transaction

from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.audit import actions as audit
from yihu.org.models import Staff


def _unit_of(user: User) -> int | None:
    staff = Staff.objects.filter(account=user).first()
    return staff.unit_id if staff is not None else None


@transaction.atomic
def note_sign_in(by: User) -> None:
    """A person came in; until the next request the transaction is nobody's."""
    with for_group():
        audit.record(by, "signed_in", by, unit_id=_unit_of(by))


@transaction.atomic
def note_sign_out(by: User) -> None:
    """A person left."""
    audit.record(by, "signed_out", by, unit_id=_unit_of(by))


@transaction.atomic
def note_failure(username: str) -> None:
    """Somebody did not come in. An unknown name is not kept: it may be a mistyped password."""
    user = User.objects.filter(username=username).first()
    with for_group():
        if user is None:
            audit.record(None, "sign_in.failed", "access.user")
        else:
            audit.record(None, "sign_in.failed", user, unit_id=_unit_of(user))


@transaction.atomic
def note_new_password(by: User) -> None:
    """A person chose a new password; their other sessions end with the old one."""
    audit.record(by, "password.changed", by, unit_id=_unit_of(by))
