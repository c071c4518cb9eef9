"""The register of letters in and out (§4.3c)."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from yihu.access.scope import ScopedQuerySet
from yihu.dossiers.models import NEVER, Dossier
from yihu.letters.choices import INITIAL, Direction, Standing
from yihu.org.models import OrgUnit, Staff
from yihu.papers.choices import MASKED, Sensitivity
from yihu.papers.models import Document


class Letter(models.Model):
    """往来函件: one line of a unit's register; corrected or voided, never deleted.

    `serial` runs by unit, direction and year of registering; `number` is the letter's own.
    `reply_due_on`: by when an answer is expected, None where none is asked for. A letter is
    answered by another of the same file and the other direction that `answers` it, or by a
    reason why it needs none (`waived_*`). Foreign keys to unit-owned tables are composite.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, db_constraint=False, related_name="letters"
    )
    direction = models.CharField("收发", max_length=3, choices=Direction)
    year = models.PositiveSmallIntegerField("登记年度")
    serial = models.PositiveIntegerField("登记序号")
    number = models.CharField("文号", max_length=60, blank=True, db_default="")
    dated_on = models.DateField("函件日期")
    counterpart = models.CharField("对方单位", max_length=120)
    subject = models.CharField("主题", max_length=200)
    sensitivity = models.CharField(
        "密级", max_length=10, choices=Sensitivity, db_default=Sensitivity.ORDINARY.value
    )
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, db_constraint=False, related_name="letters"
    )
    reply_due_on = models.DateField("回复期限", null=True)
    due_rank = models.GeneratedField(
        expression=Coalesce("reply_due_on", models.Value(NEVER)),
        output_field=models.DateField(),
        db_persist=True,
    )
    answers = models.ForeignKey(
        "self", models.PROTECT, null=True, db_constraint=False, related_name="replies"
    )
    answered_way = models.GeneratedField(
        expression=models.Case(
            models.When(direction="in", then=models.Value("out")), default=models.Value("in")
        ),
        output_field=models.CharField(max_length=3),
        db_persist=True,
    )
    entered_by = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    entered_at = models.DateTimeField("登记时间")
    waived_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    waived_at = models.DateTimeField("免复时间", null=True)
    waived_reason = models.CharField("免复理由", max_length=200, blank=True, db_default="")
    voided_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    voided_at = models.DateTimeField("作废时间", null=True)
    voided_reason = models.CharField("作废原因", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "往来函件"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="letter_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "dossier", "id", "direction"], name="letter_of_file_and_way"
            ),
            models.UniqueConstraint(
                fields=["unit", "direction", "year", "serial"], name="letter_serial"
            ),
            models.CheckConstraint(
                condition=Q(direction__in=Direction.values), name="letter_direction"
            ),
            models.CheckConstraint(condition=Q(serial__gte=1), name="letter_serial_from_one"),
            models.CheckConstraint(
                condition=Q(reply_due_on=None) | Q(reply_due_on__gte=models.F("dated_on")),
                name="letter_reply_after_letter",
            ),
            models.CheckConstraint(
                condition=Q(waived_at=None, waived_by=None, waived_reason="")
                | Q(waived_at__isnull=False, waived_by__isnull=False) & ~Q(waived_reason=""),
                name="letter_waived_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, voided_reason="")
                | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(voided_reason=""),
                name="letter_voided_by_someone",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "dossier", "-dated_on", "-id"], name="letter_of_file"),
            models.Index(fields=["unit", "-entered_at", "-id"], name="letter_of_unit"),
            models.Index(fields=["-entered_at", "-id"], name="letter_all"),
            models.Index(fields=["unit", "-dated_on", "-id"], name="letter_by_date"),
            models.Index(fields=["-dated_on", "-id"], name="letter_all_by_date"),
            models.Index(fields=["unit", "due_rank", "id"], name="letter_by_due"),
            models.Index(fields=["due_rank", "id"], name="letter_all_by_due"),
            models.Index(
                fields=["unit", "answers", "dated_on"],
                condition=Q(answers__isnull=False, voided_at=None),
                name="letter_answers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register_number} {self.subject}"

    @property
    def secret(self) -> bool:
        """A core secret, or personal."""
        return self.sensitivity in MASKED

    @property
    def register_number(self) -> str:
        """来2026-0012."""
        return f"{INITIAL[Direction(self.direction)]}{self.year}-{self.serial:04d}"

    def standing(self, today: date) -> Standing:
        """Where its answer stands; the row must carry `answered_on` (queries.letters)."""
        if self.voided_at is not None:
            return Standing.VOIDED
        if self.answered_on is not None:  # type: ignore[attr-defined]  # annotated by the query
            return Standing.ANSWERED
        if self.waived_at is not None:
            return Standing.WAIVED
        if self.reply_due_on is None:
            return Standing.UNASKED
        return Standing.OVERDUE if self.reply_due_on < today else Standing.OPEN


class Correction(models.Model):
    """更正: what a line of the register said before, and what it says since; only ever added."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="+")
    letter = models.ForeignKey(
        Letter, models.PROTECT, db_constraint=False, related_name="corrections"
    )
    was = models.JSONField("原内容")
    became = models.JSONField("更正为")
    reason = models.CharField("更正原因", max_length=200)
    by = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    at = models.DateTimeField("更正时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "函件更正"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="correction_unit_id"),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_says_why"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "letter", "-at"], name="correction_of_letter"),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.at:%Y-%m-%d}"
