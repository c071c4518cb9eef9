"""Nothing can hang on another unit's row: composite foreign keys (unit_id, id)."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
ALTER TABLE ratings_ratingresult ADD CONSTRAINT rating_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = """
ALTER TABLE ratings_ratingresult DROP CONSTRAINT rating_dossier_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("ratings", "0001_initial"),
        ("dossiers", "0002_composite_keys"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
