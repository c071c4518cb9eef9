"""A row a file and round is written with five indexes, none of which another begins with."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("customers", "0002_joined_into"),
        ("dossiers", "0014_unapproved"),
        ("org", "0005_append_only_events"),
        ("ratings", "0008_long_jobs"),
    ]

    operations: ClassVar = [
        migrations.RemoveConstraint(
            model_name="ratingscore",
            name="rating_score_once_a_round",
        ),
        migrations.RemoveIndex(
            model_name="ratingscore",
            name="rating_score_customer",
        ),
        migrations.AlterField(
            model_name="ratingscore",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.customer",
            ),
        ),
        migrations.AlterField(
            model_name="ratingscore",
            name="dossier",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dossiers.dossier",
            ),
        ),
        migrations.AlterField(
            model_name="ratingscore",
            name="round",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="scores",
                to="ratings.ratinground",
            ),
        ),
        migrations.AlterField(
            model_name="ratingscore",
            name="unit",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="org.orgunit",
            ),
        ),
        migrations.AddConstraint(
            model_name="ratingscore",
            constraint=models.UniqueConstraint(
                fields=("dossier", "round", "unit"), name="rating_score_once_a_round"
            ),
        ),
    ]
