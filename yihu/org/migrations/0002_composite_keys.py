"""Nothing can hang on another unit's row: composite foreign keys (unit_id, id)."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
ALTER TABLE org_personnelevent ADD CONSTRAINT personnel_event_staff_fk
    FOREIGN KEY (unit_id, staff_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = """
ALTER TABLE org_personnelevent DROP CONSTRAINT personnel_event_staff_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("org", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
