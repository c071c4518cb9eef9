"""Rounds that are being made final, accepted classes that are on their way (§6.1.3)."""

from typing import ClassVar

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("customers", "0002_joined_into"),
        ("ratings", "0007_rows_of_rounds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.RemoveConstraint(
            model_name="ratinground",
            name="rating_round_reviewed_before_final",
        ),
        migrations.RemoveConstraint(
            model_name="ratinground",
            name="rating_round_final_by_someone",
        ),
        migrations.AddField(
            model_name="ratingproposal",
            name="carried_at",
            field=models.DateTimeField(null=True, verbose_name="生效时间"),
        ),
        migrations.AlterField(
            model_name="ratinground",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "待计算"),
                    ("computing", "正在计算"),
                    ("computed", "已计算"),
                    ("handed", "待复核"),
                    ("reviewed", "已复核"),
                    ("closing", "正在定稿"),
                    ("final", "已定稿"),
                    ("dropped", "已作废"),
                ],
                db_default="open",
                max_length=9,
                verbose_name="状态",
            ),
        ),
        migrations.AddIndex(
            model_name="ratingproposal",
            index=models.Index(
                condition=models.Q(("carried_at", None), ("verdict", "accepted")),
                fields=["round"],
                name="rating_proposal_to_carry",
            ),
        ),
        migrations.AddConstraint(
            model_name="ratingproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("carried_at", None), ("verdict", "accepted"), _connector="OR"),
                name="rating_proposal_carried_if_accepted",
            ),
        ),
        migrations.AddConstraint(
            model_name="ratinground",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["reviewed", "closing", "final"]), _negated=True),
                    models.Q(
                        ("handed_by__isnull", False),
                        ("kind", "real"),
                        ("reviewed_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="rating_round_reviewed_before_final",
            ),
        ),
        migrations.AddConstraint(
            model_name="ratinground",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["closing", "final"]), _negated=True),
                    models.Q(("final_at__isnull", False), ("final_by__isnull", False)),
                    _connector="OR",
                ),
                name="rating_round_final_by_someone",
            ),
        ),
        migrations.RunSQL(  # what was accepted so far was carried out at once
            "UPDATE ratings_ratingproposal SET carried_at = decided_at WHERE verdict = 'accepted'",
            migrations.RunSQL.noop,
        ),
    ]
