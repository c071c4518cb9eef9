"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import of_unit


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("duties", "0005_events_keys"),
        ("access", "0003_scope"),
        ("dossiers", "0010_rows"),
    ]
    operations: ClassVar = [
        *of_unit("duties_occasion", via="dossier_id dossiers_dossier"),
        *of_unit("duties_waiver", via="dossier_id dossiers_dossier"),
        *of_unit("duties_strictercycle"),
    ]
