"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import of_file, of_unit


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("duties", "0006_events_keys"),
        ("dossiers", "0011_quick_rows"),
    ]
    operations: ClassVar = [
        *of_file("duties_occasion", "dossier_id"),
        *of_file("duties_waiver", "dossier_id"),
        *of_unit("duties_strictercycle"),
    ]
