"""Uploads of spreadsheets: what was in them, what was confirmed, what came of it."""

from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.intake.choices import ImportKind, ImportState
from yihu.org.models import OrgUnit


class Import(models.Model):
    """One uploaded file of one unit: parsed, previewed, confirmed or not.

    `digest` fingerprints what the preview promised; a confirm that would do anything else
    changes nothing and shows the new preview instead.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    kind = models.CharField("类型", max_length=12, choices=ImportKind)
    state = models.CharField("状态", max_length=12, choices=ImportState)
    file_name = models.CharField("文件名", max_length=255)
    sha256 = models.CharField("文件摘要", max_length=64)
    size = models.PositiveBigIntegerField("字节")
    progress = models.PositiveSmallIntegerField("进度（%）", default=0)
    counts = models.JSONField("计数", default=dict)
    problems = models.JSONField("拒收与提示", default=list)
    preview = models.JSONField("预览", default=dict)
    digest = models.CharField("预览摘要", max_length=64, blank=True, default="")
    refusal = models.CharField("拒绝原因", max_length=500, blank=True, default="")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("上传时间", db_default=Now())
    committed_at = models.DateTimeField("入库时间", null=True, blank=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="import_unit_id"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-at", "id"], name="import_history"),
        ]

    def __str__(self) -> str:
        return self.file_name
