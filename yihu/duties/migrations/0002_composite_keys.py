"""Nothing can hang on another unit's row: composite foreign keys (unit_id, id)."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
ALTER TABLE duties_duty ADD CONSTRAINT duty_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = """
ALTER TABLE duties_duty DROP CONSTRAINT duty_dossier_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("duties", "0001_initial"),
        ("dossiers", "0002_composite_keys"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
