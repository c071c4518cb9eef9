"""What the interface keeps of its callers: their pace, and the answers of their batches."""

from typing import Any, ClassVar

from django.db import models

from yihu.access.models import ApiToken, User


class Pace(models.Model):
    """How many requests a token made in the running minute."""

    token = models.OneToOneField(ApiToken, models.CASCADE, primary_key=True, related_name="+")
    minute = models.DateTimeField("分钟")
    used = models.PositiveIntegerField("次数")

    class Meta:
        verbose_name = verbose_name_plural = "接口调用频率"

    def __str__(self) -> str:
        return f"{self.token_id}: {self.used}"


class Call(models.Model):
    """An answered batch under its idempotency key; `sha256`: of its kind, unit and body."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="batches")
    key = models.CharField("幂等键", max_length=80)
    sha256 = models.CharField("请求摘要", max_length=64)
    answer = models.JSONField("答复")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "接口报送"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "key"], name="batch_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "at"], name="batch_by_age")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
