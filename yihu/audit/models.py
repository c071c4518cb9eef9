"""What was done: one append-only row per act, written in the transaction of the act."""

from typing import ClassVar

from django.db import models
from django.db.models.fields.json import KeyTextTransform


class Looked(models.Func):
    """Whether a line, by its verb, says that somebody looked (`rules.LOOKS`, migration 0007)."""

    function = "event_looked"
    output_field = models.BooleanField()


class Event(models.Model):
    """A fact that happened: the customer's timeline, and what other slices subscribe to.

    `actor_id`, `unit_id` and `dossier_id` are plain values, not foreign keys: a line of the log
    outlives what it speaks of, and this slice stands below those that own the rows.
    The database refuses UPDATE, DELETE and TRUNCATE (migration 0002), keeps the rows in a
    partition a month, and notes in `xid` which transaction wrote each (migration 0004).
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
            models.Index(
                fields=["dossier_id", "-id"],
                condition=~models.Q(Looked("verb")),
                name="event_deeds",
            ),
            models.Index(fields=["actor_id", "-id"], name="event_actor"),
            models.Index(
                fields=["at", "actor_id"], condition=models.Q(Looked("verb")), name="event_reads"
            ),
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


class Block(models.Model):
    """Some events under one seal, chained to the block before; only `seal_events()` writes it.

    What is hashed, and how, stands in migration 0005. `count` may be 0: a heartbeat.
    """

    number = models.BigIntegerField("序号", primary_key=True)
    sealed_at = models.DateTimeField("封存时间")
    first_id = models.BigIntegerField("起", null=True)
    last_id = models.BigIntegerField("止", null=True)
    count = models.BigIntegerField("记录数")
    root = models.CharField("内容摘要", max_length=64)
    previous = models.CharField("上一块的链头", max_length=64)
    head = models.CharField("链头", max_length=64)
    floor = models.BigIntegerField("最早未完的事务")
    ceiling = models.BigIntegerField("尚未开始的事务")
    life = models.CharField("数据库系统", max_length=20)

    class Meta:
        verbose_name = verbose_name_plural = "封存块"

    def __str__(self) -> str:
        return f"{self.number} {self.head[:12]}"


class Anchor(models.Model):
    """A head sent off the machine, or (`problem`) the attempt that failed."""

    id = models.BigAutoField(primary_key=True)
    number = models.BigIntegerField("块序号")
    sink = models.CharField("去处", max_length=20)
    at = models.DateTimeField("时间")
    problem = models.CharField("未成的原因", max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = "链头外送"
        indexes: ClassVar = [models.Index(fields=["sink", "-at"], name="anchor_sink")]

    def __str__(self) -> str:
        return f"{self.number} {self.sink}"
