"""制度库: the group's regulations and each unit's own, edition by edition (§4.3a, 7.2, 7.3)."""

from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Func, Q, Value

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.org.models import OrgUnit
from yihu.papers.choices import TextState
from yihu.papers.models import Blob
from yihu.regulations.choices import Standing
from yihu.regulations.rules import READERS


class RegulationQuerySet(ScopedQuerySet):
    """The group's are read by all who keep or read customer files, a unit's own by that unit."""

    def visible_to(self, user: User) -> Self:
        """Only what the person may see; regions say nothing about a regulation."""
        scope = scope_of(user)
        if scope.everything:
            return self.all()
        if not holds(user, *READERS):
            return self.none()
        return self.filter(Q(of_group=True) | Q(unit__in=scope.own_ids))


class Regulation(models.Model):
    """One edition of a regulation, with its file.

    `unit` issued it: the group, or a unit for itself (`of_group` tells which). It is in force
    from `effective_on` until the day before `ended_on`, None while nothing ends it. `chain` is
    the key of the first edition, shared by those that follow. `carries_out`: the edition of the
    group's that a unit's rule carries out. The file hangs on no dossier: the row itself holds
    the stored content and its text.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="regulations")
    of_group = models.BooleanField("集团制度")
    number = models.CharField("制度编号", max_length=60)
    title = models.CharField("名称", max_length=200)
    edition = models.CharField("版次", max_length=30)
    effective_on = models.DateField("施行日期")
    ended_on = models.DateField("失效日期", null=True)
    ended_reason = models.CharField("废止原因", max_length=200, blank=True, db_default="")
    chain = models.UUIDField("沿革")
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, db_constraint=False, related_name="successor"
    )
    carries_out = models.ForeignKey(
        "self", models.PROTECT, null=True, db_constraint=False, related_name="carried_out_by"
    )
    carries_group = models.GeneratedField(
        expression=Value(True), output_field=models.BooleanField(), db_persist=True
    )
    summary = models.TextField("摘要", max_length=1000, blank=True, db_default="")
    blob = models.ForeignKey(
        Blob, models.PROTECT, null=True, db_column="sha256", related_name="regulations"
    )
    file_name = models.CharField("原文件名", max_length=255, blank=True, db_default="")
    media_type = models.CharField("格式", max_length=100, blank=True, db_default="")
    pages = models.PositiveIntegerField("页数", null=True)
    locked = models.BooleanField("加密", db_default=False)
    text = models.TextField("文字", blank=True, db_default="")
    text_state = models.CharField(
        "文字识别", max_length=10, choices=TextState, db_default=TextState.NONE.value
    )
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField("入库时间")

    objects: ClassVar[Any] = RegulationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "制度"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="regulation_unit_id"),
            models.UniqueConstraint(fields=["id", "of_group"], name="regulation_id_level"),
            models.UniqueConstraint(
                fields=["unit", "number", "edition"],
                condition=Q(ended_on=None) | Q(ended_on__gt=F("effective_on")),
                name="regulation_edition_once",
            ),
            ExclusionConstraint(
                name="regulation_one_in_force",
                expressions=[
                    (F("unit"), RangeOperators.EQUAL),
                    (F("number"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("effective_on"),
                            F("ended_on"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("effective_on")),
                name="regulation_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(of_group=False) | Q(carries_out=None),
                name="regulation_group_carries_none_out",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-effective_on", "-id"], name="regulation_by_date"),
            models.Index(fields=["number", "id"], name="regulation_by_number"),
            models.Index(fields=["unit", "number", "id"], name="regulation_of_unit"),
            models.Index(fields=["chain", "effective_on"], name="regulation_chain"),
            models.Index(fields=["carries_out"], name="regulation_carried"),
            models.Index(
                fields=["entered_at", "id"],
                condition=Q(text_state__in=["waiting", "absent"]),
                name="regulation_unread",
            ),
        ]

    def __str__(self) -> str:
        return f"《{self.title}》（{self.number}，{self.edition}）"

    def standing(self, today: date) -> Standing:
        """What it is worth on that day; the row must carry `followed` (queries.regulations)."""
        if self.ended_on is not None and self.ended_on <= today:
            if self.followed:  # type: ignore[attr-defined]  # annotated by the query
                return Standing.SUPERSEDED
            return Standing.REPEALED
        return Standing.COMING if self.effective_on > today else Standing.IN_FORCE


class Checked(models.Model):
    """核对无需修订: a unit's rule stands although the group's has a newer edition; append-only."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    regulation = models.ForeignKey(
        Regulation, models.PROTECT, db_constraint=False, related_name="checks"
    )
    against = models.ForeignKey(Regulation, models.PROTECT, db_constraint=False, related_name="+")
    against_group = models.GeneratedField(
        expression=Value(True), output_field=models.BooleanField(), db_persist=True
    )
    basis = models.CharField("依据", max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("核对时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "核对无需修订"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="regulation_check_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "regulation", "against"], name="regulation_checked_once"
            ),
            models.CheckConstraint(condition=~Q(basis=""), name="regulation_check_has_basis"),
        ]

    def __str__(self) -> str:
        return f"{self.regulation_id} {self.against_id}"
