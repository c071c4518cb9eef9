"""Reports, what was said of them, and the picture that came with one.

A report belongs to whoever wrote it; besides them ITC alone reads it. It holds what they wrote,
where they were and the number of the request, and no form, no search and no customer by itself.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Case, F, Q, Value, When

from yihu.access.models import User
from yihu.helpdesk.choices import State

BEGINNING, FAR = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=100_000)
"""What waits comes before all that was answered, until the year 2136."""


class Report(models.Model):
    """One problem. `path`: of the page, without its query; `number`: of the request there.

    `turn`: its place on ITC's list: the unanswered first, the oldest on top, then the newest.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    reporter = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("报告时间")
    path = models.CharField("页面", max_length=300, blank=True)
    number = models.CharField("请求编号", max_length=40, blank=True)
    text = models.CharField("问题", max_length=2000)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField("办结时间", null=True)
    turn = models.GeneratedField(
        expression=Case(
            When(state=State.OPEN, then=F("at") - Value(BEGINNING)),
            default=Value(FAR) - (F("at") - Value(BEGINNING)),
        ),
        output_field=models.DurationField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = verbose_name_plural = "问题报告"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False)
                | (~Q(state=State.CLOSED) & Q(closed_at=None)),
                name="report_closed_has_its_time",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["at", "id"], name="report_at"),
            models.Index(fields=["reporter", "at", "id"], name="report_mine"),
            models.Index(fields=["at", "id"], condition=Q(state=State.OPEN), name="report_waiting"),
            models.Index(fields=["turn", "id"], name="report_turn"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class Message(models.Model):
    """What ITC answered, or the person added. `reporter`: whose report it is."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="messages")
    reporter = models.ForeignKey(User, models.PROTECT, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    text = models.CharField("内容", max_length=2000)

    class Meta:
        verbose_name = verbose_name_plural = "问题答复"
        indexes: ClassVar[list[Any]] = [models.Index(fields=["report", "at"], name="message_at")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class Picture(models.Model):
    """The screenshot that a person chose to send, drawn anew, so that nothing else is in it."""

    report = models.OneToOneField(Report, models.CASCADE, primary_key=True, related_name="picture")
    reporter = models.ForeignKey(User, models.PROTECT, related_name="+")
    content = models.BinaryField("图片（WebP）")

    class Meta:
        verbose_name = verbose_name_plural = "问题截图"

    def __str__(self) -> str:
        return str(self.report_id)
