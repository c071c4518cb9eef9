"""Accounts and what each may do where."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models

from yihu.access.rules import Role
from yihu.org.models import OrgUnit, Staff


class UserManager(BaseUserManager["User"]):
    """Accounts are opened by `access.actions.open_account`; sign-in looks them up here.

    Every request loads its account once, and nearly every page needs the person and the unit.
    """

    def get_queryset(self) -> models.QuerySet["User"]:
        return super().get_queryset().select_related("staff__unit")

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """An account; it belongs to a staff member and ends with the post (§6.3.4)."""

    username = models.CharField("账号（工号）", max_length=30, unique=True)
    name = models.CharField("姓名", max_length=80)
    staff = models.OneToOneField(
        Staff, models.PROTECT, null=True, blank=True, related_name="account"
    )
    is_active = models.BooleanField("启用", default=True)
    opened_at = models.DateTimeField("开通时间", auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "账号"

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"


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
    """A role that a person holds, at a unit or (no unit) for the group."""

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
