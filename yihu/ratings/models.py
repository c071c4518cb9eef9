"""Results of customer ratings, year by year (§6.1.3)."""

from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from yihu.access.scope import ScopedQuerySet
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.org.models import OrgUnit


class ResultState(models.TextChoices):
    PROVISIONAL = "provisional", _("初评")
    FINAL = "final", _("最终")


class RatingResult(models.Model):
    """A customer's score (0 to 100), grade and proposed class of one rating year."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, db_constraint=False, related_name="ratings"
    )
    year = models.PositiveSmallIntegerField("评级年度")
    score = models.DecimalField("得分", max_digits=6, decimal_places=2)
    grade = models.CharField("信用等级", max_length=8, blank=True, db_default="")
    klass = models.CharField("客户类别", max_length=12, choices=Klass, blank=True, db_default="")
    rated_on = models.DateField("评级日期", null=True, blank=True)
    state = models.CharField("状态", max_length=12, choices=ResultState)
    entered_at = models.DateTimeField("录入时间", db_default=Now())
    changed_at = models.DateTimeField("更新时间", db_default=Now())

    opened_as: ClassVar = "performance"
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客户评级结果"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "dossier", "year"], name="rating_once_a_year"),
            models.UniqueConstraint(fields=["unit", "id"], name="rating_unit_id"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="rating_score"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.year} {self.grade}"
