"""What was done: one append-only row per act, written in the transaction of the act."""

from typing import ClassVar

from django.db import models
from django.db.models.fields.json import KeyTextTransform


class Event(models.Model):
    """A fact that happened: the customer's timeline, and what other slices subscribe to.

    `actor_id`, `unit_id` and `dossier_id` are plain values, not foreign keys: a line of the log
    outlives what it speaks of, and this slice stands below those that own the rows.
    The database refuses UPDATE, DELETE and TRUNCATE (migration 0002).
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("时间")
    actor_id = models.BigIntegerField("操作人编号", null=True)
    actor_name = models.CharField("操作人", max_length=80)
    unit_id = models.IntegerField("所属单位", null=True)
    verb = models.CharField("动作", max_length=60)
    subject_type = models.CharField("对象类型", max_length=60)
    subject_id = models.CharField("对象编号", max_length=60)
    dossier_id = models.UUIDField("客户档案", null=True)
    data = models.JSONField("内容", default=dict)
    request_id = models.CharField("请求编号", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "事件"
        indexes: ClassVar = [
            models.Index(fields=["dossier_id", "-id"], name="event_dossier"),
            models.Index(fields=["unit_id", "-id"], name="event_unit"),
            models.Index(fields=["verb", "-id"], name="event_verb"),
            models.Index(  # from a paper's trace code to who printed it (§5.5)
                KeyTextTransform("trace", "data"),
                condition=models.Q(data__has_key="trace"),
                name="event_trace",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.verb}"
