"""What a unit's ledgers named is that unit's (§5.5, 6.3.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import of_unit


class Migration(migrations.Migration):
    dependencies: ClassVar = [("contracts", "0005_strays"), ("access", "0003_scope")]
    operations: ClassVar = [*of_unit("contracts_stray")]
