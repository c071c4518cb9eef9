"""Headquarters' rules of the clock: everybody reads them, only headquarters writes (§4.1, 6.2.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, policies

TABLES = ("cadenceedition", "cadenceline", "calendarcorrection")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("duties", "0008_policy_stays"), ("access", "0006_halves")]
    operations: ClassVar = [
        operation
        for table in TABLES
        for operation in policies(f"duties_{table}", read="true", write=EVERYTHING)
    ]
