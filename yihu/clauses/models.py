"""What was counted for a clause, by unit and month (§6.4.2)."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from yihu.access.scope import ScopedQuerySet
from yihu.org.models import OrgUnit


class Fact(models.Model):
    """条款指标: a figure of one unit in one month; `bottom` None makes it a count.

    The month that runs is reckoned anew each night; one that is over is closed with the last
    reckoning, and the database lets nobody change it (migration 0002). Rows of the group's own
    unit are what only headquarters can count.
    """

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    figure = models.CharField("条款", max_length=20)
    month = models.DateField("月份")
    top = models.DecimalField("分子", max_digits=18, decimal_places=0)
    bottom = models.DecimalField("分母", max_digits=18, decimal_places=0, null=True)
    closed = models.BooleanField("已封账", db_default=False)
    reckoned_at = models.DateTimeField("统计时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "条款指标"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "figure", "month"], name="clause_fact_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="clause_fact_first_of_month"),
            models.CheckConstraint(
                condition=Q(bottom=None) | Q(top__gte=0, bottom__gte=models.F("top")),
                name="clause_fact_part_of_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["month", "figure"], name="clause_fact_by_month"),
        ]

    def __str__(self) -> str:
        return f"{self.figure} {self.month:%Y-%m}"
