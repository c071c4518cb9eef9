"""A token is issued to oneself, revoked by oneself, and ends with the post (§6.3.4)."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.ending import contribute
from yihu.access.entering import for_door, of_token_seal
from yihu.access.models import ApiToken, User
from yihu.access.scope import Unreachable
from yihu.access.tokens.queries import digest_of
from yihu.access.tokens.rules import MOST, PREFIX, Days, Use
from yihu.audit import actions as audit

NOTED = timedelta(minutes=10)


class TooMany(Exception):
    """So many of the person's tokens stand that no more are issued; says so."""


@transaction.atomic
def issue(
    by: User, *, label: str, uses: Collection[Use], days: Days, at: datetime
) -> tuple[ApiToken, str]:
    """A token of one's own, told once: only its hash is kept. Raises: TooMany."""
    secret = PREFIX + secrets.token_urlsafe(32)
    digest = digest_of(secret)
    with for_door():
        User.objects.select_for_update(of=("self",)).get(pk=by.pk)
        standing = ApiToken.objects.filter(user=by, revoked_at=None, expires_at__gt=at)
        if standing.count() >= MOST:
            raise TooMany(_("有效的令牌已有 %(most)d 个，请先吊销不用的。") % {"most": MOST})
        made = ApiToken.objects.create(
            user=by,
            label=label,
            uses=sorted(uses),
            sha256=digest,
            seal=of_token_seal(digest, by.pk),
            issued_at=at,
            expires_at=at + timedelta(days=days),
        )
        made.refresh_from_db()
    audit.record(
        by,
        "own_token.issued",
        made,
        unit_id=_unit_of(by),
        data={"kinds": made.uses, "until": made.expires_at},
    )
    return made, secret


@transaction.atomic
def revoke(by: User, pk: UUID, *, at: datetime) -> bool:
    """One of one's own opens nothing from now on; whether it stood. Raises: Unreachable."""
    with for_door():
        rows = ApiToken.objects.filter(user=by, pk=pk)
        if not rows.exists():
            raise Unreachable("access.apitoken", {"pk": pk})
        ended = rows.filter(revoked_at=None).update(revoked_at=at)
    if ended:
        audit.record(by, "own_token.revoked", by, unit_id=_unit_of(by))
    return bool(ended)


def note_use(pk: UUID, *, before: datetime | None, at: datetime) -> None:
    """When a token was last used, within ten minutes; the account was used with it."""
    if before is None or at - before >= NOTED:
        with for_door(), transaction.atomic():
            ApiToken.objects.filter(pk=pk).update(used_at=at)
            User.objects.filter(tokens=pk).update(used_at=at)


def end_tokens(user_ids: Sequence[int], at: datetime) -> int:
    """Tokens of the accounts open nothing any more."""
    return ApiToken.objects.filter(user__in=user_ids, revoked_at=None).update(revoked_at=at)


def _unit_of(user: User) -> int | None:
    return user.staff.unit_id if user.staff is not None else None


contribute("access.apitoken", end_tokens)
