"""The HR system's door: who may come in, and each call answered once (§6.3.4)."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yihu.access.entering import for_door
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused
from yihu.handover.models import Token
from yihu.handover.personnel import receive
from yihu.kit.batch import Answer, once

PREFIX = "yihu-personnel-"


@transaction.atomic
def issue(label: str, *, at: datetime) -> str:
    """A new token of that name, shown once: only its SHA-256 is kept.

    Raises: Refused where the name is taken.
    """
    if Token.objects.filter(label=label).exists():
        raise Refused(_("已有名为“%(label)s”的令牌，请另取名称，或先吊销。") % {"label": label})
    secret = PREFIX + secrets.token_urlsafe(32)
    made = Token.objects.create(label=label, sha256=_hash(secret), issued_at=at)
    audit.record(None, "token.issued", made, data={"label": label})
    return secret


@transaction.atomic
def revoke(label: str, *, at: datetime) -> None:
    """The token opens nothing from now on. Raises: Refused where there is none of that name."""
    row = Token.objects.select_for_update().filter(label=label, revoked_at=None).first()
    if row is None:
        raise Refused(_("没有名为“%(label)s”的有效令牌。") % {"label": label})
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    audit.record(None, "token.revoked", row, data={"label": label})


def holder(authorization: str) -> Token | None:
    """The token of an `Authorization: Bearer …` header; None where it opens nothing."""
    scheme, _space, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    with for_door():
        return Token.objects.filter(sha256=_hash(secret.strip()), revoked_at=None).first()


@transaction.atomic
def answer(
    token: Token,
    *,
    key: str,
    body: bytes,
    rows: list[tuple[int, Mapping[str, object]]],
    today: date,
    at: datetime,
) -> Answer:
    """Take the events once. Raises: Reused, Wrong, Unfit; then nothing is kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(6034, 1)")

    def make() -> Mapping[str, Any]:
        source = _("接口：%(label)s") % {"label": token.label}
        taken = receive(source, rows, today=today, at=at)
        Token.objects.filter(pk=token.pk).update(used_at=at)
        return {"new": taken.new, "unchanged": taken.same, "applied": taken.applied}

    return once(token.calls, key=key, said=body, at=at, make=make)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
