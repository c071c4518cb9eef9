"""The job that plans every unit anew; everybody reads how far it is (§6.2.1)."""

from typing import ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from yihu.access.rows import EVERYTHING, policies


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("duties", "0011_rated_for_every_file"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Replan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("why", models.CharField(max_length=40, verbose_name="缘由")),
                ("as_of", models.DateField(verbose_name="决定日")),
                (
                    "asked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="决定时间",
                    ),
                ),
                ("units", models.PositiveIntegerField(verbose_name="单位数")),
                ("done", models.PositiveIntegerField(db_default=0, verbose_name="已重排单位数")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "正在重排"),
                            ("done", "已重排"),
                            ("failed", "没有完成"),
                        ],
                        db_default="running",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "更新任务重排",
                "verbose_name_plural": "更新任务重排",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state", "running")),
                            models.Q(
                                models.Q(("state", "running"), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="replan_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("done__lte", models.F("units"))), name="replan_done"
                    ),
                ],
            },
        ),
        *policies("duties_replan", read="true", write=EVERYTHING),
    ]
