"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import of_unit


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("contracts", "0002_composite_keys"),
        ("access", "0003_scope"),
        ("dossiers", "0010_rows"),
    ]
    operations: ClassVar = [
        *of_unit("contracts_contract", via="dossier_id dossiers_dossier", section="performance"),
        *of_unit(
            "contracts_contractamendment",
            via="contract_id contracts_contract",
            section="performance",
        ),
        *of_unit("contracts_offtake", via="contract_id contracts_contract", section="performance"),
    ]
