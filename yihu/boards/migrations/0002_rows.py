"""Figures are read by who reads the unit as a whole, and written by the group's work (§5.5).

What was touched is added by whoever touches it, and taken away by the group's work alone.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, OWN, WHOLE, policies

READ = f"{EVERYTHING} OR ({WHOLE} AND {OWN})"
KEY = (
    "ALTER TABLE boards_filefact ADD CONSTRAINT boards_filefact_dossier_fk"
    " FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)"
    " ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;"
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("boards", "0001_initial"),
        ("access", "0003_scope"),
        ("dossiers", "0010_rows"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(
            KEY, "ALTER TABLE boards_filefact DROP CONSTRAINT boards_filefact_dossier_fk;"
        ),
        *(
            operation
            for table in ("filefact", "stock", "flow", "standing")
            for operation in policies(f"boards_{table}", read=READ, write=EVERYTHING)
        ),
        *policies("boards_touched", read=OWN, write=EVERYTHING, add=OWN),
    ]
