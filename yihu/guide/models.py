"""Editions of the filling guide (§4.1b, §6.1.4): numbered, drafted, published, then immutable."""

from typing import Any, ClassVar

from django.db import models

from yihu.access.models import User


class Edition(models.Model):
    """One edition; `definition` is its sections and fields as `guide.rules.parse` reads them.

    Without `published_at` it is a draft, of which there is one at most. A draft's `based_on` is
    the edition that it will follow, and `changes` say how values get from there to here, as
    `guide.carry.Change` reads them. `version` counts the saves of a draft.
    """

    number = models.PositiveIntegerField("版次", unique=True)
    title = models.CharField("名称", max_length=120)
    effective_on = models.DateField("生效日")
    deadline_on = models.DateField("补填截止日", null=True, blank=True)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    definition = models.JSONField("内容")
    based_on = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by"
    )
    changes = models.JSONField("数据衔接", db_default=models.Value([], models.JSONField()))
    version = models.PositiveIntegerField("保存次数", db_default=1)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField("最近保存时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "填报指南"
        ordering: ClassVar = ["-number"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["published_at"],
                condition=models.Q(published_at__isnull=True),
                nulls_distinct=False,
                name="edition_one_draft",
            ),
            models.CheckConstraint(
                condition=models.Q(deadline_on__isnull=True)
                | models.Q(deadline_on__gte=models.F("effective_on")),
                name="edition_deadline_after_effect",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-effective_on", "-number"], name="edition_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.title} 第 {self.number} 版"


class Adoption(models.Model):
    """The moment from which files are read and filled by an edition: their data has come along.

    An edition is in force from its effective day, once it has been adopted (§4.1b, 6.1.4). The
    database refuses UPDATE and DELETE (migration 0004).
    """

    edition = models.OneToOneField(Edition, models.PROTECT, related_name="adoption")
    at = models.DateTimeField("启用时间")
    dossiers = models.PositiveIntegerField("换版档案数", default=0)
    drafts = models.PositiveIntegerField("换版草稿数", default=0)
    set_aside = models.PositiveIntegerField("只读保留的值", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "填报指南启用"

    def __str__(self) -> str:
        return f"第 {self.edition_id} 版 {self.at:%Y-%m-%d}"
