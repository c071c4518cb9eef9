"""The same rows as 0003, and no plan that holds the policies of files (C31)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import bounds, read_as_of_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [("contracts", "0003_rows"), ("dossiers", "0011_quick_rows")]
    operations: ClassVar = [
        bounds("contract_id"),
        read_as_of_file("contracts_contract", "dossier_id", section="performance"),
        read_as_of_file("contracts_contractamendment", "contract_id", section="performance"),
        read_as_of_file("contracts_offtake", "contract_id", section="performance"),
    ]
