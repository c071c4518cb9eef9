"""Query policies of units, and what one person was given to read beyond the post (§6.3)."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.grants.rules import Level, Section, State
from yihu.org.models import OrgUnit


class QueryPolicy(models.Model):
    """An edition of a unit's query policy (§6.3.1); the newest in effect holds. Append-only."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="query_policies")
    number = models.PositiveIntegerField("版次")
    effective_on = models.DateField("生效日期")
    basis = models.CharField("制定依据", max_length=200)
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    published_at = models.DateTimeField("发布时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "查询权限规定"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "number"], name="query_policy_number"),
            models.UniqueConstraint(fields=["unit", "id"], name="query_policy_unit_id"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.number}"


class PolicyLine(models.Model):
    """What people of a post may be given within the policy; post `*`: of any post."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    policy = models.ForeignKey(
        QueryPolicy, models.CASCADE, db_constraint=False, related_name="lines"
    )
    place = models.PositiveSmallIntegerField("次序")
    post = models.CharField("岗位", max_length=80)
    sections = ArrayField(models.CharField(max_length=12, choices=Section), verbose_name="范围")
    regions = ArrayField(models.CharField(max_length=6), db_default=[], verbose_name="区域")
    level = models.PositiveSmallIntegerField("最高密级", choices=Level)
    days = models.PositiveSmallIntegerField("最长天数")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "查询权限规定条目"
        ordering: ClassVar = ["place"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "policy", "place"], name="policy_line_place"),
            models.CheckConstraint(condition=Q(days__range=(1, 366)), name="policy_line_days"),
            models.CheckConstraint(condition=Q(sections__len__gt=0), name="policy_line_sections"),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.post}"


class Grant(models.Model):
    """What one person asked to read of a unit's files, who agreed, and who opened it.

    `regions` none: all that the unit has. `within`: the unit's policy covered it when it was
    agreed to; outside it two people agree. Requester, those who agree and whoever opens it are
    different people, each written by their own hand (the trigger of migration 0002).
    Opened it stands from `since` until `until`, and no longer than `confirmed_until`.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="grants")
    person = models.ForeignKey(User, models.PROTECT, related_name="grants")
    purpose = models.CharField("查询目的", max_length=200)
    sections = ArrayField(models.CharField(max_length=12, choices=Section), verbose_name="范围")
    regions = ArrayField(models.CharField(max_length=6), db_default=[], verbose_name="区域")
    level = models.PositiveSmallIntegerField("最高密级", choices=Level)
    since = models.DateField("起")
    until = models.DateField("止")
    state = models.CharField("状态", max_length=10, choices=State, db_default=State.ASKED.value)
    within = models.BooleanField("规定以内", null=True)
    asked_at = models.DateTimeField("申请时间")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField("审批时间", null=True)
    second_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    second_at = models.DateTimeField("第二次审批时间", null=True)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField("开通时间", null=True)
    confirmed_until = models.DateField("确认至", null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField("结束时间", null=True)
    reason = models.CharField("结束原因", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "查询权限"
        indexes: ClassVar = [
            models.Index(fields=["unit", "state", "-asked_at"], name="grant_unit_state"),
            models.Index(fields=["person", "-asked_at"], name="grant_person"),
            models.Index(fields=["state", "-asked_at"], name="grant_state"),
        ]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="grant_unit_id"),
            models.CheckConstraint(condition=~Q(purpose=""), name="grant_has_purpose"),
            models.CheckConstraint(condition=Q(sections__len__gt=0), name="grant_has_sections"),
            models.CheckConstraint(condition=Q(level__range=(1, 3)), name="grant_level"),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="grant_ends"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("person")),
                name="grant_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(second_by=None)
                | (~Q(second_by=F("person")) & ~Q(second_by=F("approved_by"))),
                name="grant_second_is_another",
            ),
            models.CheckConstraint(
                condition=Q(opened_by=None)
                | (
                    ~Q(opened_by=F("person"))
                    & ~Q(opened_by=F("approved_by"))
                    & (Q(second_by=None) | ~Q(opened_by=F("second_by")))
                ),
                name="grant_opened_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.APPROVED, State.OPENED])
                | (
                    Q(approved_by__isnull=False, within__isnull=False)
                    & (Q(within=True) | Q(second_by__isnull=False))
                ),
                name="grant_agreed_to_first",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.OPENED)
                | Q(opened_by__isnull=False, confirmed_until__isnull=False),
                name="grant_opened_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.REFUSED, State.ENDED])
                | (Q(ended_at__isnull=False) & ~Q(reason="")),
                name="grant_ended_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} → {self.unit_id} {self.since} – {self.until}"
