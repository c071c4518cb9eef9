"""The same rows as 0003, and no plan that holds the policies of files (C31)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import read_as_of_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [("duties", "0003_rows"), ("dossiers", "0011_quick_rows")]
    operations: ClassVar = [
        read_as_of_file("duties_duty", "dossier_id"),
    ]
