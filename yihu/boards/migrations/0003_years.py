"""Last year and the one before, gas, and which file was touched."""

from typing import ClassVar

import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("boards", "0002_rows"),
        ("dossiers", "0014_unapproved"),
        ("org", "0005_append_only_events"),
    ]

    operations: ClassVar = [
        # What stands is reckoned anew at once, as on another day.
        migrations.RunSQL("DELETE FROM boards_standing", migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="flow",
            name="board_flow_once",
        ),
        migrations.RemoveConstraint(
            model_name="stock",
            name="board_stock_once",
        ),
        migrations.AddField(
            model_name="filefact",
            name="amount_last",
            field=models.DecimalField(
                db_default=0, decimal_places=2, max_digits=20, verbose_name="上年金额"
            ),
        ),
        migrations.AddField(
            model_name="filefact",
            name="amount_older",
            field=models.DecimalField(
                db_default=0, decimal_places=2, max_digits=20, verbose_name="前年金额"
            ),
        ),
        migrations.AddField(
            model_name="filefact",
            name="supply",
            field=models.CharField(
                blank=True,
                choices=[("pipeline", "只用管道气"), ("lng", "只用 LNG"), ("both", "管道气和 LNG")],
                db_default="",
                max_length=8,
                verbose_name="气源",
            ),
        ),
        migrations.AddField(
            model_name="filefact",
            name="tonne_last",
            field=models.DecimalField(
                db_default=0, decimal_places=4, max_digits=20, verbose_name="上年（吨）"
            ),
        ),
        migrations.AddField(
            model_name="filefact",
            name="tonne_older",
            field=models.DecimalField(
                db_default=0, decimal_places=4, max_digits=20, verbose_name="前年（吨）"
            ),
        ),
        migrations.AddField(
            model_name="stock",
            name="tonne_last",
            field=models.DecimalField(
                db_default=0, decimal_places=4, max_digits=20, verbose_name="上年（吨）"
            ),
        ),
        migrations.AddField(
            model_name="stock",
            name="tonne_older",
            field=models.DecimalField(
                db_default=0, decimal_places=4, max_digits=20, verbose_name="前年（吨）"
            ),
        ),
        migrations.AddField(
            model_name="filefact",
            name="wan_m3_last",
            field=models.DecimalField(
                db_default=0, decimal_places=4, max_digits=20, verbose_name="上年（万立方米）"
            ),
        ),
        migrations.AddField(
            model_name="filefact",
            name="wan_m3_older",
            field=models.DecimalField(
                db_default=0, decimal_places=4, max_digits=20, verbose_name="前年（万立方米）"
            ),
        ),
        migrations.AddField(
            model_name="stock",
            name="wan_m3_last",
            field=models.DecimalField(
                db_default=0, decimal_places=4, max_digits=20, verbose_name="上年（万立方米）"
            ),
        ),
        migrations.AddField(
            model_name="stock",
            name="wan_m3_older",
            field=models.DecimalField(
                db_default=0, decimal_places=4, max_digits=20, verbose_name="前年（万立方米）"
            ),
        ),
        migrations.AddField(
            model_name="flow",
            name="supply",
            field=models.CharField(
                blank=True,
                choices=[("pipeline", "只用管道气"), ("lng", "只用 LNG"), ("both", "管道气和 LNG")],
                db_default="",
                max_length=8,
                verbose_name="气源",
            ),
        ),
        migrations.AddField(
            model_name="stock",
            name="amount_last",
            field=models.DecimalField(
                db_default=0, decimal_places=2, max_digits=20, verbose_name="上年金额"
            ),
        ),
        migrations.AddField(
            model_name="stock",
            name="amount_older",
            field=models.DecimalField(
                db_default=0, decimal_places=2, max_digits=20, verbose_name="前年金额"
            ),
        ),
        migrations.AddField(
            model_name="stock",
            name="paying_last",
            field=models.PositiveIntegerField(db_default=0, verbose_name="上年有金额的档案"),
        ),
        migrations.AddField(
            model_name="stock",
            name="supply",
            field=models.CharField(
                blank=True,
                choices=[("pipeline", "只用管道气"), ("lng", "只用 LNG"), ("both", "管道气和 LNG")],
                db_default="",
                max_length=8,
                verbose_name="气源",
            ),
        ),
        migrations.AddField(
            model_name="touched",
            name="file",
            field=models.UUIDField(null=True, verbose_name="档案"),
        ),
        migrations.AddField(
            model_name="filefact",
            name="tonne_last_rise",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.expressions.CombinedExpression(
                    models.F("tonne_last"), "-", models.F("tonne_older")
                ),
                output_field=models.DecimalField(decimal_places=4, max_digits=20),
            ),
        ),
        migrations.AddField(
            model_name="filefact",
            name="wan_m3_last_rise",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.expressions.CombinedExpression(
                    models.F("wan_m3_last"), "-", models.F("wan_m3_older")
                ),
                output_field=models.DecimalField(decimal_places=4, max_digits=20),
            ),
        ),
        migrations.AddIndex(
            model_name="filefact",
            index=models.Index(fields=["wan_m3_last_rise", "id"], name="board_last_rise"),
        ),
        migrations.AddIndex(
            model_name="filefact",
            index=models.Index(fields=["tonne_last_rise", "id"], name="board_last_rise_lng"),
        ),
        migrations.AddIndex(
            model_name="filefact",
            index=models.Index(
                fields=["unit", "wan_m3_last_rise", "id"], name="board_unit_last_rise"
            ),
        ),
        migrations.AddIndex(
            model_name="filefact",
            index=models.Index(
                fields=["unit", "tonne_last_rise", "id"], name="board_unit_last_lng"
            ),
        ),
        migrations.AddConstraint(
            model_name="flow",
            constraint=models.UniqueConstraint(
                fields=(
                    "unit",
                    "month",
                    "klass",
                    "province",
                    "gas_use",
                    "supply",
                    "source",
                    "band",
                ),
                name="board_flow_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="stock",
            constraint=models.UniqueConstraint(
                fields=("unit", "klass", "province", "gas_use", "supply"), name="board_stock_once"
            ),
        ),
    ]
