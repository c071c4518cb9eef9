"""A unit asks for a role, headquarters' second hand agrees, ITC opens it; either side ends it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yihu.access.actions import Taken, open_account
from yihu.access.entering import for_door
from yihu.access.models import RoleAssignment, RoleRequest, User
from yihu.access.policy import require
from yihu.access.roles import policy
from yihu.access.roles.queries import held_on
from yihu.access.rules import GROUP_ROLES, WAITING, Asked, Role, side_of
from yihu.audit import actions as audit
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import EmploymentStatus


class Unfit(ValueError):
    """What was said cannot stand; the sentence says which field and the way out."""


class Lapsed(Exception):
    """Things are no longer so; the sentence says how they are and what to do."""


@dataclass(frozen=True, slots=True)
class Given:
    """Whose account the role went to; `new`: it was made for it and has no password yet."""

    user: User
    new: bool


@transaction.atomic
def ask(
    by: User, staff: Staff, role: Role, *, reason: str, at: datetime, today: date
) -> RoleRequest:
    """Ask for a role of one of the unit's people. Raises: Denied; Unfit."""
    require(policy.may_ask(by, staff, role), _("为此人申请这一角色的"))
    why = reason.strip()[:200]
    if not why:
        raise Unfit(_("请写明申请原因，例如岗位调整通知的文号。"))
    _fit(staff, role, today)
    if RoleRequest.objects.filter(staff=staff, role=role, state__in=WAITING).exists():
        raise Unfit(_("同样的申请还在办理中，请等待办理或先撤回。"))
    made = RoleRequest.objects.create(
        unit_id=staff.unit_id, staff=staff, role=role, reason=why, asked_by=by, asked_at=at
    )
    made.refresh_from_db()
    _record(by, "role.asked", made)
    return made


@transaction.atomic
def agree(by: User, request: RoleRequest, *, at: datetime) -> RoleRequest:
    """A second supervisor wants it as well. Raises: Denied; Lapsed."""
    row = _locked(request)
    _still(row, Asked.ASKED)
    require(policy.may_agree(by, row), _("同意此项角色申请的"))
    row.agreed_by, row.agreed_at, row.state = by, at, Asked.AGREED
    row.save(update_fields=["agreed_by", "agreed_at", "state"])
    _record(by, "role.agreed", row)
    return row


def open_(by: User, request: RoleRequest, *, at: datetime, today: date) -> Given:
    """ITC opens what was wanted, with an account where there is none; that has no password.

    Raises: Denied; Lapsed where somebody was quicker or the person is not as they were.
    """
    try:
        return _open(by, request, at=at, today=today)
    except IntegrityError:
        raise Lapsed(_("此人的账号或角色刚有变动，没有开通；请刷新页面后重试。")) from None


@transaction.atomic
def _open(by: User, request: RoleRequest, *, at: datetime, today: date) -> Given:
    row = _locked(request)
    _still(row, *WAITING)
    require(policy.may_open(by, row), _("开通此项角色申请的"))
    # two openings for one person come one after the other, the second seeing the first
    staff = (
        Staff.objects.select_for_update(of=("self",)).select_related("unit").get(pk=row.staff_id)
    )
    role = Role(row.role)
    try:
        _fit(staff, role, today)
    except Unfit as unfit:
        raise Lapsed(str(unfit)) from None
    row.opened_by, row.opened_at, row.state = by, at, Asked.OPENED
    row.save(update_fields=["opened_by", "opened_at", "state"])
    given = _give(by, staff, role, None if row.of_group else staff.unit, today)
    _record(by, "role.opened", row)
    return given


def _give(by: User, staff: Staff, role: Role, unit: OrgUnit | None, today: date) -> Given:
    user = User.objects.filter(staff=staff, is_active=True).first()
    if user is not None:
        with for_door():
            RoleAssignment.objects.update_or_create(
                user=user,
                role=role,
                unit=unit,
                defaults={"since": today, "until": None, "directory_group": ""},
            )
        return Given(user, new=False)
    try:
        made = open_account(
            by,
            staff,
            username=staff.employee_no,
            name=staff.name,
            password_hash=make_password(None),
            roles=[(role, unit)],
            since=today,
        )
    except Taken as taken:
        raise Lapsed(str(taken)) from None
    return Given(made, new=True)


@transaction.atomic
def refuse(by: User, request: RoleRequest, *, reason: str, at: datetime) -> RoleRequest:
    """Whoever could agree or open does not. Raises: Denied; Lapsed; Unfit."""
    row = _locked(request)
    _still(row, *WAITING)
    require(policy.may_agree(by, row) or policy.may_open(by, row), _("办理此项角色申请的"))
    return _close(by, row, Asked.REFUSED, reason, at)


@transaction.atomic
def withdraw(by: User, request: RoleRequest, *, at: datetime) -> RoleRequest:
    """Whoever asked takes it back. Raises: Denied; Lapsed."""
    row = _locked(request)
    _still(row, *WAITING)
    require(policy.may_withdraw(by, row), _("撤回他人申请的"))
    return _close(by, row, Asked.WITHDRAWN, _("申请人撤回"), at)


@transaction.atomic
def end(by: User, held: RoleAssignment, *, reason: str, at: datetime, today: date) -> None:
    """End a role at once: the scope is reckoned anew with the next request, sessions stay.

    The group never loses the last holder of one of its own roles. Raises: Denied; Lapsed; Unfit.
    """
    require(policy.may_end(by, held), _("注销此角色的"))
    why = reason.strip()[:200]
    if not why:
        raise Unfit(_("请写明注销原因。"))
    if held.directory_group:
        said = _("此角色由目录组“%(group)s”授予：请在目录中移出该组，或停用它与角色的对应。")
        raise Unfit(said % {"group": held.directory_group})
    with for_door():
        rows = held_on(today).filter(Q(pk=held.pk) | Q(unit=None, role=held.role))
        others = {
            row.pk: row.user.is_active
            for row in rows.select_for_update(of=("self",)).select_related("user").order_by("pk")
        }
        if others.pop(held.pk, None) is None:
            raise Lapsed(_("此角色已经注销，请刷新页面查看。"))
        if held.role in GROUP_ROLES and not any(others.values()):
            raise Unfit(
                _("这是集团最后一名%(role)s，请先开通接任的人，再注销。")
                % {"role": Role(held.role).label}
            )
        RoleAssignment.objects.filter(pk=held.pk).update(until=today - timedelta(days=1))
    staff = held.user.staff
    if staff is not None and held.unit_id in {None, staff.unit_id}:
        RoleRequest.objects.filter(
            unit=staff.unit_id, staff=staff, role=held.role, state=Asked.OPENED
        ).update(state=Asked.ENDED, ended_by=by, ended_at=at, end_reason=why)
    audit.record(
        by,
        "role.ended",
        held.user,
        unit_id=held.unit_id or (staff.unit_id if staff is not None else None),
        data={"role": held.role, "of": held.unit_id, "why": why},
    )


def _fit(staff: Staff, role: Role, today: date) -> None:
    """Whether the person can hold the role as things stand. Raises: Unfit.

    Who reads only a unit does not see every role that somebody holds; ITC, who opens, does.
    """
    if staff.status != EmploymentStatus.ACTIVE:
        raise Unfit(_("%(name)s不在职，不能开通角色。") % {"name": staff.name})
    user = User.objects.filter(staff=staff).first()
    if user is None:
        return
    if user.suspended_at is not None:
        raise Unfit(_("%(name)s的账号已停用，请先由信息技术中心恢复账号。") % {"name": staff.name})
    if not user.is_active:
        return
    unit_id = None if role in GROUP_ROLES else staff.unit_id
    if held_on(today).filter(user=user, role=role, unit=unit_id).exists():
        raise Unfit(_("%(name)s已经是%(role)s。") % {"name": staff.name, "role": role.label})
    other = next(
        (
            one
            for one in RoleAssignment.objects.filter(user=user).values_list("role", flat=True)
            if side_of(one) != side_of(role)
        ),
        None,
    )
    if other is not None:
        raise Unfit(
            _("三员分立：%(name)s担任或担任过%(other)s，同一账号不能再任%(role)s，请另选他人。")
            % {"name": staff.name, "other": Role(other).label, "role": role.label}
        )


def _locked(request: RoleRequest) -> RoleRequest:
    rows = RoleRequest.objects.select_for_update(of=("self",)).select_related("staff", "unit")
    return rows.get(pk=request.pk)


def _still(row: RoleRequest, *states: str) -> None:
    if row.state not in states:
        raise Lapsed(
            _("这项申请现在是“%(state)s”，请刷新页面查看。") % {"state": Asked(row.state).label}
        )


def _close(by: User, row: RoleRequest, state: Asked, reason: str, at: datetime) -> RoleRequest:
    why = reason.strip()[:200]
    if not why:
        raise Unfit(_("请写明原因。"))
    row.state, row.ended_by, row.ended_at, row.end_reason = state, by, at, why
    row.save(update_fields=["state", "ended_by", "ended_at", "end_reason"])
    _record(by, f"role.{state}", row)
    return row


def _record(by: User, verb: str, row: RoleRequest) -> None:
    audit.record(by, verb, row, data={"staff": row.staff_id, "role": row.role})
