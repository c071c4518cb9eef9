"""休眠 and 关闭 of a file, with its history: no row of it before, so nothing is checked for long."""

import datetime
from typing import ClassVar

import django.contrib.postgres.functions
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from yihu.access.rows import of_file

FORWARD = """
ALTER TABLE duties_closure ADD CONSTRAINT closure_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = "ALTER TABLE duties_closure DROP CONSTRAINT closure_dossier_fk;"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("dossiers", "0018_hits_on"),
        ("duties", "0014_lighter_duties"),
        ("org", "0006_staff_number"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="waiver",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("asked", "待集团审批"),
                    ("consented", "已同意"),
                    ("refused", "未同意"),
                    ("withdrawn", "已撤回"),
                ],
                db_default="asked",
                max_length=10,
                verbose_name="结论",
            ),
        ),
        migrations.CreateModel(
            name="Closure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("dormant", "休眠"), ("closed", "关闭")],
                        max_length=8,
                        verbose_name="申请状态",
                    ),
                ),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("ended", "合同已全部终止，不再合作"),
                            ("cancelled", "客户已注销、吊销或歇业"),
                            ("moved", "业务已转至其他所属单位"),
                            ("double", "与另一份档案重复"),
                            ("mistaken", "误建档案，未成交"),
                            ("other", "其他（在理由中写明）"),
                        ],
                        max_length=10,
                        verbose_name="事由",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("asked", "待集团审批"),
                            ("consented", "已同意"),
                            ("refused", "未同意"),
                            ("withdrawn", "已撤回"),
                        ],
                        db_default="asked",
                        max_length=10,
                        verbose_name="结论",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                (
                    "note",
                    models.CharField(
                        blank=True, db_default="", max_length=200, verbose_name="意见"
                    ),
                ),
                ("since", models.DateField(null=True, verbose_name="起始日")),
                (
                    "until",
                    models.DateField(db_default=datetime.date(9999, 12, 31), verbose_name="恢复日"),
                ),
                ("ended_at", models.DateTimeField(null=True, verbose_name="恢复时间")),
                (
                    "ended_why",
                    models.CharField(
                        blank=True, db_default="", max_length=200, verbose_name="恢复理由"
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="closures",
                        to="dossiers.dossier",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.orgunit",
                    ),
                ),
            ],
            options={
                "verbose_name": "休眠与关闭",
                "verbose_name_plural": "休眠与关闭",
                "indexes": [
                    models.Index(fields=["unit", "-asked_at", "-id"], name="closure_of_unit"),
                    models.Index(fields=["-asked_at", "-id"], name="closure_all"),
                    models.Index(
                        fields=["unit", "dossier", "-asked_at"], name="closure_of_dossier"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "id"), name="closure_unit_id"),
                    models.UniqueConstraint(
                        condition=models.Q(("verdict", "asked")),
                        fields=("unit", "dossier"),
                        name="closure_one_asked",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None), ("verdict", "consented")),
                        fields=("unit", "dossier"),
                        name="closure_one_standing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="closure_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None), ("decided_by", None), ("verdict", "asked")
                            ),
                            models.Q(
                                models.Q(("verdict", "asked"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="closure_decided_by_someone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("verdict__in", ["asked", "withdrawn"]),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="closure_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("verdict", "refused"), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="closure_refusal_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("since__isnull", False),
                                ("until__gte", models.F("since")),
                                ("verdict", "consented"),
                            ),
                            models.Q(
                                models.Q(("verdict", "consented"), _negated=True),
                                ("ended_at", None),
                                ("since", None),
                                ("until", datetime.date(9999, 12, 31)),
                            ),
                            _connector="OR",
                        ),
                        name="closure_holds_once_consented",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at", None),
                                ("ended_why", ""),
                                ("until", datetime.date(9999, 12, 31)),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("until__lt", datetime.date(9999, 12, 31)),
                                models.Q(("ended_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="closure_ended_says_why",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        *of_file("duties_closure", "dossier_id"),
    ]
