"""Accounts and what each may do where."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any, ClassVar

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.db import connections, models
from django.utils.crypto import salted_hmac

from yihu.access.rules import GROUP_ROLES, UNIT_ROLES, WAITING, Asked, Role
from yihu.org.models import OrgUnit, Staff


class UserManager(BaseUserManager["User"]):
    """Accounts are opened by `access.actions.open_account`; sign-in looks them up here.

    Every request loads its account once, and nearly every page needs the person and the unit.
    """

    def get_queryset(self) -> models.QuerySet["User"]:
        return super().get_queryset().select_related("staff__unit")

    def get(self, *conditions: Any, **given: Any) -> "User":
        """By its number alone, which each request asks for, the account is `loaded`."""
        if type(self) is UserManager and not conditions and given.keys() == {"pk"}:
            found = self.loaded(given["pk"])
            if found is None:
                raise self.model.DoesNotExist
            return found
        return super().get(*conditions, **given)

    def loaded(self, pk: int) -> "User | None":
        """The account of that number, with person and unit; by a statement that is put together
        once a process, because that takes longer than to run it."""
        with connections[self.db].cursor() as cursor:
            cursor.execute(_loading(), [pk])
            row = cursor.fetchone()
        if row is None:
            return None
        values = iter(row)
        user: User
        user, staff, unit = (_made(model, values, self.db) for model in (User, Staff, OrgUnit))
        if staff.pk is None:  # nobody's, or of one who is not there for this person
            User._meta.get_field("staff").set_cached_value(user, None)
        else:
            staff.unit, user.staff = unit, staff
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """An account; it belongs to a staff member and ends with the post (§6.3.4).

    Nothing here proves anybody: what does lies in `Password` and below, which no person's
    transaction reads. `stamp` is drawn anew with each password, and sessions hang on it.
    """

    password = None  # type: ignore[assignment]  # how Django is told that it lies elsewhere
    last_login = None  # `used_at` says it
    username = models.CharField("账号（工号）", max_length=60, unique=True)
    name = models.CharField("姓名", max_length=80)
    staff = models.OneToOneField(
        Staff, models.PROTECT, null=True, blank=True, related_name="account"
    )
    is_active = models.BooleanField("启用", default=True)
    opened_at = models.DateTimeField("开通时间", auto_now_add=True)
    password_set_at = models.DateTimeField("密码设定时间", null=True, blank=True)
    password_usable = models.BooleanField("有本地密码", db_default=False)
    password_one_time = models.BooleanField("首次登录须改密码", default=False)
    factor_since = models.DateTimeField("启用二次验证时间", null=True, blank=True)
    used_at = models.DateTimeField("最近使用", null=True, blank=True)
    suspended_at = models.DateTimeField("停用时间", null=True, blank=True)
    suspended_why = models.CharField("停用原因", max_length=200, blank=True)
    reactivated_at = models.DateTimeField("恢复时间", null=True, blank=True)
    stamp = models.UUIDField("密码标记", db_default=RandomUUID(), editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="suspended_is_not_active",
                condition=models.Q(suspended_at__isnull=True) | models.Q(is_active=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"

    def has_usable_password(self) -> bool:
        return self.password_usable

    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is the password; asked at the door only (`for_door`)."""
        row = Password.objects.filter(user=self).first()
        return row is not None and check_password(raw_password, row.encoded)

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """What a session keeps; another one ends it. Django's own is of the password's hash."""
        said = f"{self.pk}:{self.stamp}"
        return salted_hmac("yihu.access.stamp", said, secret=secret, algorithm="sha256").hexdigest()


@cache
def _loading() -> str:
    """The columns of the account, its person and the person's unit, by the account's number."""
    statement, _number = User.objects.filter(pk=0).query.sql_with_params()
    return str(statement)


def _made(model: type[models.Model], values: Iterator[Any], database: str) -> Any:
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(database, names, list(islice(values, len(names))))


class Password(models.Model):
    """The hash of an account's password; no row where the account is proven elsewhere only."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    encoded = models.CharField("密码摘要", max_length=128)

    class Meta:
        verbose_name = verbose_name_plural = "密码"

    def __str__(self) -> str:
        return str(self.user_id)


class Session(models.Model):
    """A signed-in browser. `key` is SHA-256 of what its cookie holds; `seal` proves whose it is."""

    key = models.CharField("会话", max_length=64, primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    seal = models.CharField("印记", max_length=64, blank=True)
    data = models.TextField("内容")
    opened_at = models.DateTimeField("登录时间")
    expires_at = models.DateTimeField("失效时间")

    class Meta:
        verbose_name = verbose_name_plural = "登录会话"
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="session_expires")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.opened_at:%Y-%m-%d %H:%M}"


class RoleAssignment(models.Model):
    """A role that a person holds, at a unit or (no unit) for the group.

    `directory_group`: the directory's group that gave it and takes it ("" where people did).
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments")
    role = models.CharField("角色", max_length=12, choices=Role)
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    side = models.GeneratedField(
        expression=models.Case(
            models.When(role=Role.ITC, then=models.Value(1)),
            models.When(role=Role.AUDITOR, then=models.Value(2)),
            default=models.Value(0),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)
    directory_group = models.CharField("目录组", max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "角色"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["user", "role", "unit"], name="role_once", nulls_distinct=False
            ),
            ExclusionConstraint(  # 三员分立, also for two transactions at once
                name="role_sides_apart",
                expressions=[("user", RangeOperators.EQUAL), ("side", RangeOperators.NOT_EQUAL)],
            ),
            models.CheckConstraint(
                name="role_has_its_place",
                condition=models.Q(
                    role__in=[Role.SUPERVISOR, Role.ITC, Role.AUDITOR], unit__isnull=True
                )
                | models.Q(
                    role__in=[
                        Role.FILLER,
                        Role.REVIEWER,
                        Role.STEWARD,
                        Role.CUSTODIAN,
                        Role.READER,
                    ],
                    unit__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.unit_id or ''}"


class RoleRequest(models.Model):
    """A role that a unit wants for one of its people, and whose hands gave it (§6.3.2).

    `unit` employs the person; the role is held there, or for the group (`GROUP_ROLES`), which a
    second supervisor has to agree to. Who asks, who agrees and who opens are different people, none
    of them the person; each is written by their own hand (the trigger of migration 0009). Kept.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="role_requests")
    staff = models.ForeignKey(
        Staff, models.PROTECT, db_constraint=False, related_name="role_requests"
    )
    role = models.CharField("角色", max_length=12, choices=Role)
    reason = models.CharField("申请原因", max_length=200)
    state = models.CharField("状态", max_length=10, choices=Asked, db_default=Asked.ASKED.value)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("申请时间")
    agreed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField("同意时间", null=True)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField("开通时间", null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField("结束时间", null=True)
    end_reason = models.CharField("结束原因", max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "角色申请"
        indexes: ClassVar = [
            models.Index(fields=["state", "-asked_at"], name="role_request_state"),
            models.Index(fields=["unit", "-asked_at"], name="role_request_unit"),
        ]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="role_request_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "staff", "role"],
                condition=models.Q(state__in=[state.value for state in WAITING]),
                name="role_request_waits_once",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="role_request_says_why"),
            models.CheckConstraint(
                name="role_request_hands_apart",
                condition=(models.Q(agreed_by=None) | ~models.Q(agreed_by=models.F("asked_by")))
                & (models.Q(opened_by=None) | ~models.Q(opened_by=models.F("asked_by")))
                & (
                    models.Q(opened_by=None)
                    | models.Q(agreed_by=None)
                    | ~models.Q(opened_by=models.F("agreed_by"))
                ),
            ),
            models.CheckConstraint(
                name="role_request_second_hand",
                condition=models.Q(role__in=sorted(UNIT_ROLES), agreed_by=None)
                | models.Q(role__in=sorted(GROUP_ROLES))
                & (models.Q(opened_by=None) | models.Q(agreed_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="role_request_state",
                condition=models.Q(state=Asked.ASKED, agreed_by=None, opened_by=None, ended_at=None)
                | models.Q(
                    state=Asked.AGREED, agreed_by__isnull=False, opened_by=None, ended_at=None
                )
                | models.Q(state=Asked.OPENED, opened_by__isnull=False, ended_at=None)
                | models.Q(
                    state__in=[Asked.REFUSED, Asked.WITHDRAWN],
                    opened_by=None,
                    ended_at__isnull=False,
                )
                | models.Q(state=Asked.ENDED, opened_by__isnull=False, ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.role} {self.state}"

    @property
    def of_group(self) -> bool:
        """Held for the group, so two supervisors have to want it."""
        return self.role in GROUP_ROLES


class SignInTry(models.Model):
    """A failed try at the door, kept for a day.

    `account`, `device`: digests (`signing.rules`), so that no mistyped password is kept as a name;
    `device` is empty for a browser that the account does not know.
    """

    account = models.CharField("账号摘要", max_length=64)
    address = models.GenericIPAddressField("地址")
    device = models.CharField("设备摘要", max_length=64, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "登录尝试"
        indexes: ClassVar = [models.Index(fields=["account", "at"], name="try_account_at")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.address}"


class PastPassword(models.Model):
    """The hash of a password that the person had before."""

    user = models.ForeignKey(User, models.CASCADE, related_name="past_passwords")
    encoded = models.CharField("密码摘要", max_length=128)
    at = models.DateTimeField("设定时间")

    class Meta:
        verbose_name = verbose_name_plural = "曾用密码"
        indexes: ClassVar = [models.Index(fields=["user", "-at"], name="past_password_latest")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d}"


class PasswordReset(models.Model):
    """A one-time code to choose a new password, as digests. One is open per account at most.

    In two halves: `digest` of the one that ITC tells, `second_digest` of the one that somebody
    else hands over, so that neither of the two comes in with it. Only the server's own command
    line (`by` None) makes a whole one.
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="reset")
    digest = models.CharField("重置码摘要", max_length=64)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("发起时间")
    expires_at = models.DateTimeField("失效时间")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)
    second_digest = models.CharField("后半段摘要", max_length=64, blank=True, db_default="")
    second_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    second_at = models.DateTimeField("交付时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "密码重置"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="reset_by_two_hands",
                condition=models.Q(second_by=None, second_at=None, second_digest="")
                | models.Q(by__isnull=False, second_by__isnull=False, second_at__isnull=False)
                & ~models.Q(second_digest="")
                & ~models.Q(second_by=models.F("by"))
                & ~models.Q(second_by=models.F("user")),
            ),
            models.CheckConstraint(
                name="reset_by_another",
                condition=models.Q(by=None) | ~models.Q(by=models.F("user")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M}"


class SecondFactor(models.Model):
    """The key of a person's authenticator, sealed with a key that is not in the database."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="factor")
    sealed = models.TextField("密钥")
    last_step = models.BigIntegerField("最近用过的时间步")

    class Meta:
        verbose_name = verbose_name_plural = "二次验证"

    def __str__(self) -> str:
        return str(self.user_id)


class RecoveryCode(models.Model):
    """One of ten ways in when the phone is lost; each works once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField("恢复码摘要", max_length=64)
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "恢复码"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once"),
        ]

    def __str__(self) -> str:
        return str(self.user_id)


class FactorRemoval(models.Model):
    """A second factor taken off by ITC: whoever did so may not reset that password as well."""

    user = models.ForeignKey(User, models.CASCADE, related_name="factor_removals")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    why = models.CharField("原因", max_length=200)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "解除二次验证"

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d}"


class ApiToken(models.Model):
    """A person's own token for the interface: what it opens, until when; only its hash is kept.

    `seal` stands for hash and person, made with a key that the database does not give away.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    label = models.CharField("用途说明", max_length=60)
    uses = ArrayField(models.CharField(max_length=20), verbose_name="可用于")
    sha256 = models.CharField("摘要", max_length=64, unique=True)
    seal = models.CharField("封印", max_length=64)
    issued_at = models.DateTimeField("签发时间")
    expires_at = models.DateTimeField("到期时间")
    used_at = models.DateTimeField("最近使用", null=True, blank=True)
    revoked_at = models.DateTimeField("吊销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "个人接口令牌"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="token_ends_within_a_year",
                condition=models.Q(expires_at__gt=models.F("issued_at"))
                & models.Q(expires_at__lte=models.F("issued_at") + timedelta(days=366)),
            ),
            models.CheckConstraint(name="token_is_for_something", condition=~models.Q(uses=[])),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "-issued_at"], name="token_of_person")]

    def __str__(self) -> str:
        return self.label
