"""Nothing can hang on another unit's row: composite foreign keys (unit_id, id)."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
ALTER TABLE contracts_contract ADD CONSTRAINT contract_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE contracts_contractamendment ADD CONSTRAINT amendment_contract_fk
    FOREIGN KEY (unit_id, contract_id) REFERENCES contracts_contract (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE contracts_offtake ADD CONSTRAINT offtake_contract_fk
    FOREIGN KEY (unit_id, contract_id) REFERENCES contracts_contract (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = """
ALTER TABLE contracts_offtake DROP CONSTRAINT offtake_contract_fk;
ALTER TABLE contracts_contractamendment DROP CONSTRAINT amendment_contract_fk;
ALTER TABLE contracts_contract DROP CONSTRAINT contract_dossier_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("contracts", "0001_initial"),
        ("dossiers", "0002_composite_keys"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
