"""The group-wide identity of a legal entity. Only headquarters reads these tables as such."""

from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now

from yihu.customers.rules import ClassSource, Klass


class Customer(models.Model):
    """One legal entity, by its unified social credit code (GB 32100-2015).

    `joined_into`: the identity that this one turned out to be; its files stand there.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("名称", max_length=200)
    klass = models.CharField("客户分类", max_length=12, choices=Klass, blank=True)
    created_at = models.DateTimeField("建立时间", db_default=Now())
    joined_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="joined"
    )

    class Meta:
        verbose_name = verbose_name_plural = "客户"
        indexes: ClassVar = [models.Index(fields=["name", "id"], name="customer_name")]

    def __str__(self) -> str:
        return self.name


class CustomerClass(models.Model):
    """The class from a day on, and which rating or decision set it (annex 2.5 to 2.8)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="classes")
    klass = models.CharField("客户分类", max_length=12, choices=Klass)
    effective_on = models.DateField("生效日")
    source = models.CharField("来源", max_length=12, choices=ClassSource)
    basis = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "客户分类历史"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "effective_on"], name="customer_class_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.klass} {self.effective_on}"
