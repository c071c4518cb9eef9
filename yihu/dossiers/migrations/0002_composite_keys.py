"""Nothing can hang on another unit's row: composite foreign keys (unit_id, id).

Approved versions are only ever added (§3c).
"""

from typing import ClassVar

from django.db import migrations

FORWARD = """
ALTER TABLE dossiers_dossier ADD CONSTRAINT dossier_filler_fk
    FOREIGN KEY (unit_id, filler_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE dossiers_dossier ADD CONSTRAINT dossier_reviewer_fk
    FOREIGN KEY (unit_id, reviewer_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE dossiers_classchange ADD CONSTRAINT class_change_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE dossiers_fileversion ADD CONSTRAINT version_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE dossiers_fileversion ADD CONSTRAINT version_filled_by_fk
    FOREIGN KEY (unit_id, filled_by_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE dossiers_fileversion ADD CONSTRAINT version_approved_by_fk
    FOREIGN KEY (unit_id, approved_by_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dossiers_fileversion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""
BACKWARD = """
DROP TRIGGER version_append_only ON dossiers_fileversion;
ALTER TABLE dossiers_fileversion DROP CONSTRAINT version_approved_by_fk;
ALTER TABLE dossiers_fileversion DROP CONSTRAINT version_filled_by_fk;
ALTER TABLE dossiers_fileversion DROP CONSTRAINT version_dossier_fk;
ALTER TABLE dossiers_classchange DROP CONSTRAINT class_change_dossier_fk;
ALTER TABLE dossiers_dossier DROP CONSTRAINT dossier_reviewer_fk;
ALTER TABLE dossiers_dossier DROP CONSTRAINT dossier_filler_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("dossiers", "0001_initial"),
        ("org", "0002_composite_keys"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
