"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import of_unit, search_within


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("letters", "0002_composite_keys"),
        ("access", "0003_scope"),
        ("dossiers", "0010_rows"),
    ]
    operations: ClassVar = [
        *of_unit("letters_letter", via="dossier_id dossiers_dossier"),
        search_within("search_letters", "q units"),
    ]
