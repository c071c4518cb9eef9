"""Composite foreign keys (unit_id, id) of what came with the duties of events."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
ALTER TABLE duties_occasion ADD CONSTRAINT occasion_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE duties_waiver ADD CONSTRAINT waiver_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE duties_waiver ADD CONSTRAINT waiver_duty_fk
    FOREIGN KEY (unit_id, duty_id) REFERENCES duties_duty (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = """
ALTER TABLE duties_waiver DROP CONSTRAINT waiver_duty_fk;
ALTER TABLE duties_waiver DROP CONSTRAINT waiver_dossier_fk;
ALTER TABLE duties_occasion DROP CONSTRAINT occasion_dossier_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("duties", "0005_events"),
        ("dossiers", "0002_composite_keys"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
