"""Every write at the door; each leaves one line in the log.

Whoever stands at the door is nobody yet: what is asked there, and all that is written of accounts,
is the door's own work, in which there is no customer. The line of the log is the group's there, the
person's elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yihu.access import credentials
from yihu.access.entering import for_door, for_group
from yihu.access.models import (
    FactorRemoval,
    PasswordReset,
    PastPassword,
    RecoveryCode,
    SecondFactor,
    Session,
    SignInTry,
    User,
)
from yihu.access.policy import Denied, require
from yihu.access.signing import devices, outside
from yihu.access.signing.policy import may_hand, may_run
from yihu.access.signing.queries import dormant, may_return, tries_of
from yihu.access.signing.rules import (
    HALF,
    KEPT,
    RECOVERY_CODES,
    RESET_HOURS,
    digest,
    fresh_code,
    fresh_half,
    plain_code,
    step_proven,
    wait_of,
)
from yihu.access.signing.seal import seal, unseal
from yihu.access.signing.sessions import end_session, end_sessions
from yihu.access.signing.welcome import welcome
from yihu.audit import actions as audit

PAST_KEPT = 5
NOTED_USE = timedelta(hours=1)
LANES = ("account", "code", "confirm", "reset.try")
"""The questions that a person may fail at, each with tries of its own."""


@dataclass(slots=True)
class Server:
    """Who sits at the server's own command line; not a person whom the platform knows."""

    pk: None = None
    name: str = "服务器命令行"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door says: who it is, or nobody, and how long to wait before another try."""

    user: User | None = None
    wait: timedelta = timedelta()


class NotSo(ValueError):
    """What was asked cannot be done as things stand; says in Chinese why and what to do."""


def _unit_of(user: User) -> int | None:
    return user.staff.unit_id if user.staff is not None else None


def _record(by: audit.Actor | None, verb: str, user: User, **data: object) -> None:
    audit.record(by, verb, user, unit_id=_unit_of(user), data=data)


@for_group()
def _told(by: audit.Actor | None, verb: str, user: User, **data: object) -> None:
    """The line of an act at the door, where nobody's transaction could read it back."""
    _record(by, verb, user, **data)


# In and out --------------------------------------------------------------------------------------


@cache
def _nobody(hasher: str) -> str:
    """A hash that no password has, as dear to check as a real one."""
    return make_password("nobody's password", hasher=hasher)


def _hold(account: str) -> None:
    """One try at a time for an account: the count before it and its failure belong together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [account])


@transaction.atomic
@for_door()
def knock(username: str, password: str, *, address: str, cookie: str, at: datetime) -> Answer:
    """Somebody gives a name and a password.

    Known and unknown names take the same queries and the same hash. A name that nobody has is not
    kept: it may be a mistyped password. `cookie`: of `devices`, "" where there is none.
    """
    account = digest("account", username)
    _hold(account)
    user = User.objects.filter(username=username).first()
    encoded = credentials.encoded_of(user)
    lane = devices.lane_of(cookie, username, str(user.stamp) if user is not None else "")
    wait = wait_of(tries_of(account, at), address=address, device=lane, at=at)
    if wait:
        return Answer(wait=wait)
    nobody = _nobody("default")
    known = user is not None and user.is_active
    right = check_password(password, encoded or nobody) and bool(encoded) and known
    vouched = not right and outside.proves(username, password)
    if right or vouched:
        welcome(username, outside.groups_of(username), opens=vouched, at=at)
        found = User.objects.filter(username=username, is_active=True).first()
        if found is not None:
            return Answer(found)
    SignInTry.objects.create(account=account, address=address, device=lane, at=at)
    if user is None:
        with for_group():
            audit.record(None, "sign_in.failed", "access.user")
    else:
        _told(None, "sign_in.failed", user)
    return Answer()


@transaction.atomic
@for_door()
def prove_again(
    user: User, typed: str, *, code: bool, lane: str, address: str, at: datetime
) -> Answer:
    """A person who is known gives a code (or the password again, where `code` is not set).

    `lane`: what is asked for, so that tries at one question do not use up those of another.
    """
    account = digest(lane, user.username)
    _hold(account)
    wait = wait_of(tries_of(account, at), address=address, device="", at=at)
    if wait:
        return Answer(wait=wait)
    if code:
        right = _code_is_right(user, typed, at)
    else:
        right = user.check_password(typed) or outside.proves(user.username, typed)
    if right:
        return Answer(user)
    SignInTry.objects.create(account=account, address=address, device="", at=at)
    _told(None, "sign_in.failed", user, at=lane)
    return Answer()


def _code_is_right(user: User, typed: str, at: datetime) -> bool:
    """A code of the authenticator or a recovery code; either works once, also for two at once."""
    plain = plain_code(typed)
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        return False
    step = step_proven(unseal(factor.sealed), plain, at)
    if step is not None:
        fresh = SecondFactor.objects.filter(user=user, last_step__lt=step)
        return fresh.update(last_step=step) == 1
    unused = RecoveryCode.objects.filter(
        user=user, digest=digest("recovery", plain), used_at__isnull=True
    )
    if unused.update(used_at=at) != 1:
        return False
    _told(user, "recovery_code.used", user)
    return True


@transaction.atomic
def note_sign_in(by: User, *, means: str, at: datetime) -> None:
    """A person came in. `means`: password, code, oidc."""
    note_use(by, at)
    _told(by, "signed_in", by, means=means)


@transaction.atomic
@for_group()
def note_refused_identity() -> None:
    """The provider vouched for somebody who has no account here, or a closed one."""
    audit.record(None, "sign_in.failed", "access.user", data={"at": "oidc"})


@transaction.atomic
def note_sign_out(by: User) -> None:
    """A person left."""
    _record(by, "signed_out", by)


def note_use(user: User, at: datetime) -> None:
    """The account was used, by page, API, token or feed; written at most once an hour."""
    if user.used_at is None or at - user.used_at >= NOTED_USE:
        user.used_at = at
        with for_door():
            User.objects.filter(pk=user.pk).update(used_at=at)


@transaction.atomic
def end_own_session(by: User, handle: str) -> bool:
    """A person ends one of their own sessions; whether there was one."""
    ended = end_session(by, handle)
    if ended:
        _record(by, "sessions.ended", by, count=1)
    return ended


@transaction.atomic
def end_own_others(by: User, *, current_key: str | None) -> int:
    """A person ends all their sessions but this one. Returns how many."""
    ended = end_sessions(by, except_key=current_key)
    _record(by, "sessions.ended", by, count=ended)
    return ended


# Passwords ---------------------------------------------------------------------------------------


@for_door()
def _set_password(user: User, password: str, at: datetime) -> None:
    before = credentials.encoded_of(user)
    if before:
        PastPassword.objects.create(user=user, encoded=before, at=at)
        old = PastPassword.objects.filter(user=user).order_by("-at", "-pk")[PAST_KEPT:]
        PastPassword.objects.filter(pk__in=[row.pk for row in old]).delete()
    credentials.keep(user, make_password(password))
    user.password_set_at, user.password_one_time = at, False
    user.save(update_fields=["password_set_at", "password_one_time"])


@transaction.atomic
def choose_password(by: User, password: str, *, at: datetime, current_key: str | None) -> None:
    """A person chooses a new password, checked already; their other sessions end."""
    _set_password(by, password, at)
    end_sessions(by, except_key=current_key)
    _record(by, "password.changed", by)


@transaction.atomic
def start_reset(by: User | Server, user: User, *, why: str, at: datetime) -> str:
    """Make a one-time code by which the person chooses a new password; it is told only here.

    To ITC half of it: the other half is handed over by somebody else (`hand_half`), so that whoever
    starts a reset cannot redeem it. The server's command line gets a whole one.

    Who took off the person's second factor within the day may not do this as well: both together
    would open the account (SECURITY.md T14). Raises: Denied, NotSo.
    """
    _require_run(by, user)
    if not user.is_active:
        raise NotSo(_("此账号已停用或注销，不能重置密码；请先恢复账号。"))
    since = at - timedelta(hours=RESET_HOURS)
    with for_door():
        removed = FactorRemoval.objects.filter(user=user, by_id=by.pk, at__gt=since).exists()
    if by.pk and removed:
        raise Denied(_("您在一天内解除过此账号的二次验证，密码须由另一名管理员重置。"))
    code = fresh_half() if by.pk else fresh_code()
    with for_door():
        PasswordReset.objects.update_or_create(
            user=user,
            defaults={
                "second_digest": "",
                "second_by": None,
                "second_at": None,
                "digest": digest("reset", plain_code(code)),
                "by_id": by.pk,
                "at": at,
                "expires_at": at + timedelta(hours=RESET_HOURS),
                "used_at": None,
            },
        )
    _record(by, "reset.started", user, why=why)
    return code


@transaction.atomic
def hand_half(by: User, user: User, *, at: datetime) -> str:
    """Make the other half of an open reset, for the person whom one has before oneself.

    Raises: Denied, for ITC and for everybody's own; NotSo where none waits.
    """
    with for_door():
        row = (
            PasswordReset.objects.select_for_update(of=("self",))
            .select_related("user__staff")
            .filter(user=user, used_at=None, by__isnull=False, expires_at__gt=at)
            .first()
        )
    require(row is not None and may_hand(by, row), _("交付重置码的"))
    assert row is not None
    if row.second_by_id is not None:
        raise NotSo(_("后半段已经交付过；本人没有收到的，请信息技术中心重新发起。"))
    half = fresh_half()
    with for_door():
        PasswordReset.objects.filter(pk=row.pk).update(
            second_digest=digest("reset", plain_code(half)), second_by=by, second_at=at
        )
    _record(by, "reset.handed", user)
    return half


def _redeemable(code: str, at: datetime) -> QuerySet[PasswordReset]:
    """The reset that this code opens now: a whole one, or both halves one after the other."""
    plain = plain_code(code)
    first, second = digest("reset", plain[:HALF]), digest("reset", plain[HALF:])
    whole = Q(by=None, digest=digest("reset", plain))
    return PasswordReset.objects.filter(
        whole | Q(by__isnull=False, digest=first, second_digest=second),
        expires_at__gt=at,
        used_at=None,
    )


@transaction.atomic
@for_door()
def try_reset_code(username: str, code: str, *, address: str, at: datetime) -> Answer:
    """Whoever has the code may choose a password; the same answer for every reason why not."""
    account = digest("reset.try", username)
    _hold(account)
    wait = wait_of(tries_of(account, at), address=address, device="", at=at)
    if wait:
        return Answer(wait=wait)
    row = _redeemable(code, at).filter(user__username=username, user__is_active=True).first()
    if row is not None:
        return Answer(row.user)
    SignInTry.objects.create(account=account, address=address, device="", at=at)
    with for_group():
        audit.record(None, "sign_in.failed", "access.user", data={"at": "reset"})
    return Answer()


@transaction.atomic
@for_door()
def redeem_reset(user: User, code: str, password: str, *, at: datetime) -> bool:
    """Set the password that the person chose with the code, once; every session ends."""
    right = _redeemable(code, at).filter(user=user)
    if right.update(used_at=at) != 1:
        return False
    _set_password(user, password, at)
    end_sessions(user)
    _told(user, "password.reset", user)
    return True


# Second factor -----------------------------------------------------------------------------------


@transaction.atomic
def enrol(by: User, key: str, code: str, *, at: datetime, current_key: str | None) -> list[str]:
    """Begin with an authenticator whose first code is right; returns the ten recovery codes.

    Raises: NotSo, for a wrong code, and where there is an authenticator already.
    """
    step = step_proven(key, plain_code(code), at)
    if step is None:
        raise NotSo(_("验证码不正确。请等手机上出现下一个六位数再输入；仍不对请核对手机时间。"))
    with for_door():
        _made, new = SecondFactor.objects.get_or_create(
            user=by, defaults={"sealed": seal(key), "last_step": step}
        )
        if not new:
            raise NotSo(_("此账号已启用二次验证；换手机请联系信息技术中心解除后重新启用。"))
        User.objects.filter(pk=by.pk).update(factor_since=at)
    by.factor_since = at
    end_sessions(by, except_key=current_key)
    codes = _fresh_codes(by)
    _record(by, "factor.enrolled", by)
    return codes


@for_door()
def _fresh_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = [fresh_code() for _n in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=digest("recovery", plain_code(code))) for code in codes
    )
    return codes


@transaction.atomic
def renew_codes(by: User) -> list[str]:
    """Ten new recovery codes; the old ones are void."""
    require(by.factor_since is not None)
    codes = _fresh_codes(by)
    _record(by, "recovery_codes.renewed", by)
    return codes


@transaction.atomic
def remove_factor(by: User | Server, user: User, *, why: str, at: datetime) -> None:
    """Take off a lost phone's second factor; every session ends.

    Who started a reset of that password within the day may not do this as well. Raises: Denied,
    NotSo.
    """
    _require_run(by, user)
    if user.factor_since is None:
        raise NotSo(_("此账号没有启用二次验证，无需解除。"))
    since = at - timedelta(hours=RESET_HOURS)
    with for_door():
        reset = PasswordReset.objects.filter(user=user, by_id=by.pk, at__gt=since).exists()
    if by.pk and reset:
        raise Denied(_("您在一天内重置过此账号的密码，二次验证须由另一名管理员解除。"))
    with for_door():
        SecondFactor.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()
        User.objects.filter(pk=user.pk).update(factor_since=None)
        FactorRemoval.objects.create(user=user, by_id=by.pk, why=why, at=at)
    user.factor_since = None
    end_sessions(user)
    _record(by, "factor.removed", user, why=why)


# Accounts ----------------------------------------------------------------------------------------


def _require_run(by: User | Server, user: User) -> None:
    if isinstance(by, User):
        require(may_run(by, user), _("管理此账号的"))


@transaction.atomic
def suspend(by: User | Server | None, user: User, *, why: str, at: datetime) -> None:
    """Close an account for a while; `by` None is the clock. Every session ends. Raises: Denied."""
    if by is not None:
        _require_run(by, user)
    with for_door():
        row = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        if not row.is_active:
            raise NotSo(_("此账号已停用或注销。"))
        User.objects.filter(pk=user.pk).update(is_active=False, suspended_at=at, suspended_why=why)
    end_sessions(user)
    _record(by, "account.suspended", user, why=why)


@transaction.atomic
def reactivate(by: User | Server, user: User, *, why: str, at: datetime) -> None:
    """Open a suspended account again on its unit's request. Raises: Denied, NotSo."""
    _require_run(by, user)
    with for_door():
        row = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        if not may_return(row):
            raise NotSo(
                _("只有停用的账号可以恢复，且本人须在职；离职、退休、调离人员的账号不再启用。")
            )
        User.objects.filter(pk=user.pk).update(
            is_active=True, suspended_at=None, suspended_why="", reactivated_at=at
        )
    _record(by, "account.reactivated", user, why=why)


@transaction.atomic
def unlock(by: Server, user: User, *, why: str, at: datetime) -> None:
    """Forget the failed tries of the account, and open it if it is suspended. Raises: NotSo."""
    lanes = (digest(lane, user.username) for lane in LANES)
    SignInTry.objects.filter(account__in=list(lanes)).delete()
    if not user.is_active:
        reactivate(by, user, why=why, at=at)
    _record(by, "account.unlocked", user, why=why)


def suspend_dormant(at: datetime) -> int:
    """Suspend every account that was not used for `DORMANT_DAYS`. Returns how many."""
    why = _("连续 %(n)d 天未使用，系统自动停用") % {"n": settings.DORMANT_DAYS}
    late = list(dormant(at, days=settings.DORMANT_DAYS))
    for user in late:
        suspend(None, user, why=why, at=at)
    return len(late)


@transaction.atomic
@for_door()
def sweep(at: datetime) -> dict[str, int]:
    """Remove what opens nothing and counts for nothing any more, each kind by one statement.

    Sessions past their end, tries that no limit counts, reset codes past their day, used recovery
    codes of a factor that is off, removals that keep nobody from a reset. Idempotent. Returns how
    many of each; the log keeps what they were for. A known browser is no row: its mark lies in its
    own cookie and dies with the password.
    """
    day = at - timedelta(hours=RESET_HOURS)
    rows: dict[str, QuerySet[Any]] = {
        "sessions": Session.objects.filter(expires_at__lt=at),
        "tries": SignInTry.objects.filter(at__lt=at - KEPT),
        "resets": PasswordReset.objects.filter(expires_at__lt=at, at__lt=day),
        "codes": RecoveryCode.objects.filter(user__factor_since__isnull=True),
        "removals": FactorRemoval.objects.filter(at__lt=day),
    }
    return {kind: found.delete()[0] for kind, found in rows.items()}
