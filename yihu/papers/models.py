"""Documents of a dossier, and the stored content behind them (§4.3c, 6.1.1)."""

from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from yihu.access.scope import ScopedQuerySet
from yihu.dossiers.models import Dossier
from yihu.org.models import OrgUnit, Staff
from yihu.papers.choices import Fault, Kind, Sensitivity, TextState, level_of


class Blob(models.Model):
    """Content that is stored once, however many documents show it; of no unit, never deleted.

    `checked_at` and `fault`: when it was last hashed again, and what was found.
    """

    sha256 = models.CharField("摘要", max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField("字节")
    stored_at = models.DateTimeField("入库时间", db_default=Now())
    checked_at = models.DateTimeField("最近核对时间", db_default=Now())
    fault = models.CharField("核对结果", max_length=8, choices=Fault, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "存储内容"
        indexes: ClassVar = [models.Index(fields=["checked_at", "sha256"], name="blob_by_check")]

    def __str__(self) -> str:
        return self.sha256


class Document(models.Model):
    """A file that belongs to a dossier. One taken off stays: a version may speak of it.

    `media_type` is what the content is, whatever `file_name` says; `pages` of a PDF or image,
    None where it has none or is locked; `text` was read from it, for the search.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, db_constraint=False, related_name="documents"
    )
    title = models.CharField("标题", max_length=200)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    blob = models.ForeignKey(Blob, models.PROTECT, db_column="sha256", related_name="documents")
    size = models.PositiveBigIntegerField("字节")
    media_type = models.CharField("格式", max_length=100)
    file_name = models.CharField("原文件名", max_length=255)
    pages = models.PositiveIntegerField("页数", null=True)
    locked = models.BooleanField("加密", db_default=False)
    sensitivity = models.CharField(
        "密级", max_length=10, choices=Sensitivity, db_default=Sensitivity.ORDINARY.value
    )
    text = models.TextField("文字", blank=True, db_default="")
    text_state = models.CharField(
        "文字识别", max_length=10, choices=TextState, db_default=TextState.WAITING.value
    )
    uploaded_by = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    uploaded_at = models.DateTimeField("上传时间")
    removed_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    removed_at = models.DateTimeField("撤下时间", null=True)
    removed_reason = models.CharField("撤下原因", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "资料"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="document_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "dossier", "blob"],
                condition=Q(removed_at=None),
                name="document_once",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None, removed_reason="")
                | Q(removed_at__isnull=False, removed_by__isnull=False) & ~Q(removed_reason=""),
                name="document_removed_by_someone",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "dossier", "-uploaded_at", "-id"], name="document_list"),
            models.Index(fields=["unit", "-uploaded_at", "-id"], name="document_of_unit"),
            models.Index(fields=["-uploaded_at", "-id"], name="document_all"),
            models.Index(
                fields=["uploaded_at", "id"],
                condition=Q(text_state__in=["waiting", "absent"]),
                name="document_unread",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def level(self) -> Sensitivity:
        """How secret it is, its kind and its file's mark considered."""
        return level_of(self.kind, self.sensitivity, core_file=self.dossier.mark.core)
