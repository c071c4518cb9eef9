from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("visits", "0003_rows")]
    operations: ClassVar = [
        migrations.AddField(
            "progress", "due_on", models.DateField(null=True, verbose_name="此前期限")
        ),
    ]
