"""What the group's directory is told apart by: its tokens, its groups, the roles that they give.

People themselves are `org.Staff`; here stands only what the identity system keeps of its own.
Nobody's transaction reads tokens, entries or members: they are there for the door alone.
"""

from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from yihu.access.models import User
from yihu.access.rules import GROUP_ROLES, UNIT_ROLES, Role
from yihu.access.scope import ScopedQuerySet
from yihu.org.models import OrgUnit


def _person(label: str, *, empty: bool = False) -> Any:
    return models.ForeignKey(User, models.PROTECT, verbose_name=label, null=empty, related_name="+")


class ScimToken(models.Model):
    """What the identity system shows; only its SHA-256 is kept. `used` in `minute` is its pace."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    label = models.CharField("名称", max_length=60)
    sha256 = models.CharField("摘要", max_length=64, unique=True)
    issued_by = _person("签发人")
    issued_at = models.DateTimeField("签发时间")
    expires_at = models.DateTimeField("到期时间")
    revoked_by = _person("吊销人", empty=True)
    revoked_at = models.DateTimeField("吊销时间", null=True)
    used_at = models.DateTimeField("最近使用", null=True)
    minute = models.DateTimeField("计数的一分钟", null=True)
    used = models.PositiveIntegerField("这一分钟的次数", db_default=0)

    class Meta:
        verbose_name = verbose_name_plural = "目录令牌"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["label"], condition=Q(revoked_at=None), name="scim_token_label"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="scim_token_ends"
            ),
            models.CheckConstraint(
                condition=Q(revoked_by=None, revoked_at=None)
                | Q(revoked_by__isnull=False, revoked_at__isnull=False),
                name="scim_token_revoked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Entry(models.Model):
    """What the identity system keeps of a person: its own key, and whether it took them away."""

    number = models.CharField("工号", max_length=30, primary_key=True)
    external_id = models.CharField("目录编号", max_length=200, null=True, unique=True)
    removed_at = models.DateTimeField("移出目录时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "目录人员"

    def __str__(self) -> str:
        return self.number


class Group(models.Model):
    """A group of the directory, as SCIM told it."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    name = models.CharField("目录组", max_length=200)
    external_id = models.CharField("目录编号", max_length=200, null=True, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "目录组"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(Lower("name"), name="directory_group_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """Somebody of a group, by employee number, whether or not they have an account."""

    id = models.BigAutoField(primary_key=True)
    group = models.ForeignKey(Group, models.CASCADE, related_name="members")
    number = models.CharField("工号", max_length=30)

    class Meta:
        verbose_name = verbose_name_plural = "目录组成员"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["group", "number"], name="directory_member_once"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["number"], name="directory_member_of")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.number}"


class Mapping(models.Model):
    """A group of the directory gives a role (§6.3.2): ITC writes it, the unit agrees to it.

    A role of the group's own (`GROUP_ROLES`) asks for two supervisors, as it does for a person.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    group = models.CharField("目录组", max_length=200)
    role = models.CharField("角色", max_length=12, choices=Role)
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, null=True, verbose_name="单位", related_name="+"
    )
    reason = models.CharField("原因", max_length=200)
    made_by = _person("登记人")
    made_at = models.DateTimeField("登记时间")
    agreed_by = _person("同意人", empty=True)
    agreed_at = models.DateTimeField("同意时间", null=True)
    second_by = _person("第二名同意人", empty=True)
    second_at = models.DateTimeField("第二次同意时间", null=True)
    ended_by = _person("停用人", empty=True)
    ended_at = models.DateTimeField("停用时间", null=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "目录组与角色"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                Lower("group"),
                "role",
                "unit",
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="mapping_once",
            ),
            models.CheckConstraint(
                condition=Q(role__in=sorted(GROUP_ROLES), unit=None)
                | Q(role__in=sorted(UNIT_ROLES), unit__isnull=False, second_by=None),
                name="mapping_has_its_place",
            ),
            models.CheckConstraint(
                condition=(Q(agreed_by=None) | ~Q(agreed_by=F("made_by")))
                & (Q(second_by=None) | ~Q(second_by=F("made_by")) & ~Q(second_by=F("agreed_by"))),
                name="mapping_hands_apart",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=False, agreed_at__isnull=False)
                | Q(agreed_by=None, agreed_at=None, second_by=None, second_at=None),
                name="mapping_agreed_in_order",
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None, ended_at=None)
                | Q(ended_by__isnull=False, ended_at__isnull=False),
                name="mapping_ended_by_somebody",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["unit", "-made_at", "-id"], name="mapping_of_unit"),
            models.Index(fields=["-made_at", "-id"], name="mapping_all"),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.role}"

    @property
    def of_group(self) -> bool:
        """Held for the group, so two supervisors have to want it."""
        return self.role in GROUP_ROLES

    @property
    def in_force(self) -> bool:
        """Agreed to by all who must, and not ended."""
        agreed = self.second_by_id if self.of_group else self.agreed_by_id
        return agreed is not None and self.ended_at is None
