"""Nothing can hang on another unit's row: composite foreign keys (unit_id, id).

No document and no content is ever deleted, and content is never another than it was (§3c).
"""

from typing import ClassVar

from django.db import migrations

FORWARD = """
ALTER TABLE papers_document ADD CONSTRAINT document_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE papers_document ADD CONSTRAINT document_uploaded_by_fk
    FOREIGN KEY (unit_id, uploaded_by_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE papers_document ADD CONSTRAINT document_removed_by_fk
    FOREIGN KEY (unit_id, removed_by_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER document_kept BEFORE DELETE OR TRUNCATE ON papers_document
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER blob_kept BEFORE DELETE OR TRUNCATE ON papers_blob
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER blob_unchanged BEFORE UPDATE OF sha256, size, stored_at ON papers_blob
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""
BACKWARD = """
DROP TRIGGER blob_unchanged ON papers_blob;
DROP TRIGGER blob_kept ON papers_blob;
DROP TRIGGER document_kept ON papers_document;
ALTER TABLE papers_document DROP CONSTRAINT document_removed_by_fk;
ALTER TABLE papers_document DROP CONSTRAINT document_uploaded_by_fk;
ALTER TABLE papers_document DROP CONSTRAINT document_dossier_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("papers", "0001_initial"),
        ("dossiers", "0002_composite_keys"),
        ("org", "0002_composite_keys"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
