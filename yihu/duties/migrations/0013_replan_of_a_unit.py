"""A replan of one unit, whose own rule it follows (§4.3a)."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("duties", "0012_replan"), ("org", "0005_append_only_events")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="replan",
            name="of_unit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="org.orgunit",
            ),
        ),
    ]
