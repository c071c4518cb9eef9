"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import of_unit


class Migration(migrations.Migration):
    dependencies: ClassVar = [("intake", "0001_initial"), ("access", "0003_scope")]
    operations: ClassVar = [
        *of_unit("intake_import"),
    ]
