"""Editions of the filling guide (§4.1b, §6.1.4): numbered, published, then immutable."""

from typing import ClassVar

from django.db import models


class Edition(models.Model):
    """One edition; `definition` is its sections and fields as `guide.rules.parse` reads them."""

    number = models.PositiveIntegerField("版次", unique=True)
    title = models.CharField("名称", max_length=120)
    effective_on = models.DateField("生效日")
    deadline_on = models.DateField("补填截止日", null=True, blank=True)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    definition = models.JSONField("内容")

    class Meta:
        verbose_name = verbose_name_plural = "填报指南"
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return f"{self.title} 第 {self.number} 版"
