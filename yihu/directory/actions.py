"""Tokens issued and revoked, and what a group gives: written by ITC, agreed to by the unit."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yihu.access.entering import for_door
from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.rules import GROUP_ROLES, Role
from yihu.access.scope import Unreachable
from yihu.audit import actions as audit
from yihu.directory import policy
from yihu.directory.granting import end_given, settle_all
from yihu.directory.models import Group, Mapping, ScimToken
from yihu.directory.rules import NAME_MOST, PREFIX, TOKEN_DAYS
from yihu.kit import text
from yihu.org.models import OrgUnit


class Unfit(ValueError):
    """What was said cannot stand; the sentence says which field and the way out."""


class Lapsed(Exception):
    """Things are no longer so; the sentence says how they are and what to do."""


def digest_of(secret: str) -> str:
    """All that is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


# Tokens ------------------------------------------------------------------------------------------


@transaction.atomic
def issue(by: User, label: str, *, days: int, at: datetime) -> str:
    """A token for the identity system, told once. Raises: Denied, Unfit."""
    require(policy.may_keep(by), _("签发目录令牌的"))
    name = text.line(label)[:60]
    if not name:
        raise Unfit(_("请写明哪个系统使用这个令牌。"))
    if not 1 <= days <= TOKEN_DAYS:
        raise Unfit(_("有效期应在 1 到 %(most)d 天之间。") % {"most": TOKEN_DAYS})
    secret = PREFIX + secrets.token_urlsafe(32)
    with for_door():
        _one_at_a_time()
        if ScimToken.objects.filter(label=name, revoked_at=None).exists():
            raise Unfit(_("已有名为“%(label)s”的令牌，请另取名称，或先吊销。") % {"label": name})
        made = ScimToken.objects.create(
            label=name,
            sha256=digest_of(secret),
            issued_by=by,
            issued_at=at,
            expires_at=at + timedelta(days=days),
        )
        made.refresh_from_db()
    audit.record(by, "directory_token.issued", made, data={"label": name, "until": made.expires_at})
    return secret


@transaction.atomic
def revoke(by: User, pk: UUID, *, at: datetime) -> bool:
    """The token opens nothing from now on; whether it did. Raises: Denied, Unreachable."""
    require(policy.may_keep(by), _("吊销目录令牌的"))
    with for_door():
        row = ScimToken.objects.filter(pk=pk).first()
        if row is None:
            raise Unreachable("directory.scimtoken", {"pk": pk})
        ended = ScimToken.objects.filter(pk=pk, revoked_at=None).update(
            revoked_at=at, revoked_by=by
        )
    if ended:
        audit.record(by, "directory_token.revoked", row, data={"label": row.label})
    return bool(ended)


# What a group gives ------------------------------------------------------------------------------


@transaction.atomic
def map_group(
    by: User, *, group: str, role: Role, unit: OrgUnit | None, reason: str, at: datetime
) -> Mapping:
    """Ask that a group give a role; the unit has to agree. Raises: Denied, Unfit."""
    require(policy.may_keep(by), _("设置目录组的"))
    name, why = text.line(group), text.line(reason)[:200]
    if not name or len(name) > NAME_MOST:
        raise Unfit(_("请写明目录组的名称，最多 %(most)d 个字。") % {"most": NAME_MOST})
    if not why:
        raise Unfit(_("请写明原因，例如单位的申请单号；同意的人据此决定。"))
    if (role in GROUP_ROLES) != (unit is None):
        said = (
            _("%(role)s属于集团，请不要选单位。")
            if role in GROUP_ROLES
            else _("%(role)s属于单位，请选择单位。")
        )
        raise Unfit(said % {"role": role.label})
    with for_door():
        _one_at_a_time()
        if Mapping.objects.filter(group__iexact=name, role=role, unit=unit, ended_at=None).exists():
            raise Unfit(_("这个目录组已经对应此角色，或正在等待同意。"))
        made = Mapping.objects.create(
            group=name, role=role, unit=unit, reason=why, made_by=by, made_at=at
        )
        made.refresh_from_db()
    _record(by, "directory_mapping.made", made)
    return made


@transaction.atomic
def agree(by: User, row: Mapping, *, at: datetime) -> Mapping:
    """The unit, or headquarters, wants it so; the second supervisor's word opens what is the
    group's own. Raises: Denied, Lapsed."""
    with for_door():
        fresh = _locked(row)
        if fresh.ended_at is not None or fresh.in_force:
            raise Lapsed(_("这一条已经同意或停用，请刷新页面查看。"))
        require(policy.may_agree(by, fresh), _("同意此项对应的"))
        if fresh.agreed_by_id is None:
            fresh.agreed_by, fresh.agreed_at = by, at
        else:
            fresh.second_by, fresh.second_at = by, at
        fresh.save(update_fields=["agreed_by", "agreed_at", "second_by", "second_at"])
    _record(by, "directory_mapping.agreed", fresh)
    if fresh.in_force:
        with for_door():
            numbers = [
                number
                for group in Group.objects.filter(name__iexact=fresh.group)
                for number in group.members.values_list("number", flat=True)
            ]
        settle_all(numbers, at=at)
    return fresh


@transaction.atomic
def end(by: User, row: Mapping, *, at: datetime) -> int:
    """It gives nothing any more, and what it gave ends at once. Raises: Denied, Lapsed."""
    with for_door():
        fresh = _locked(row)
        if fresh.ended_at is not None:
            raise Lapsed(_("这一条已经停用，请刷新页面查看。"))
        require(policy.may_end(by, fresh), _("停用此项对应的"))
        fresh.ended_by, fresh.ended_at = by, at
        fresh.save(update_fields=["ended_by", "ended_at"])
    _record(by, "directory_mapping.ended", fresh)
    return end_given(fresh, at=at)


def _locked(row: Mapping) -> Mapping:
    found: Mapping = Mapping.objects.select_for_update().get(pk=row.pk)
    return found


def _record(by: User, verb: str, row: Mapping) -> None:
    why = _("目录组 %(group)s") % {"group": row.group}
    data = {"role": row.role, "of": row.unit_id, "why": why}
    audit.record(by, verb, row, unit_id=row.unit_id, data=data)


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(6032, 1)")
