"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import of_file, of_unit, search_within

OF_FILE = ("visit", "participant", "followup", "progress", "need", "revision")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("visits", "0002_composite_keys"),
        ("dossiers", "0011_quick_rows"),
    ]
    operations: ClassVar = [
        *(
            operation
            for table in OF_FILE
            for operation in of_file(f"visits_{table}", "dossier_id", section="interviews")
        ),
        *of_unit("visits_quota"),
        search_within("search_visits", "q units"),
    ]
