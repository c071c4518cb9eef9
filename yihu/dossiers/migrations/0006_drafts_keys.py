"""Drafts hang on their own unit's rows only; what was saved is only ever added (§3c, 5.2)."""

from typing import ClassVar

from django.db import migrations

KEYS = (  # table, constraint, column, table referred to
    ("dossiers_draft", "draft_dossier_fk", "dossier_id", "dossiers_dossier"),
    ("dossiers_draft", "draft_opened_by_fk", "opened_by_id", "org_staff"),
    ("dossiers_fieldsave", "field_save_draft_fk", "draft_id", "dossiers_draft"),
    ("dossiers_fieldsave", "field_save_by_fk", "by_id", "org_staff"),
    ("dossiers_attestation", "attestation_draft_fk", "draft_id", "dossiers_draft"),
    ("dossiers_attestation", "attestation_by_fk", "by_id", "org_staff"),
    ("dossiers_submission", "submission_draft_fk", "draft_id", "dossiers_draft"),
    ("dossiers_submission", "submission_submitted_by_fk", "submitted_by_id", "org_staff"),
    ("dossiers_submission", "submission_decided_by_fk", "decided_by_id", "org_staff"),
    ("dossiers_comment", "comment_draft_fk", "draft_id", "dossiers_draft"),
    ("dossiers_comment", "comment_by_fk", "by_id", "org_staff"),
)
FORWARD = (
    "".join(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (unit_id, {column}) "
        f"REFERENCES {other} (unit_id, id) DEFERRABLE INITIALLY DEFERRED;\n"
        for table, name, column, other in KEYS
    )
    + """
CREATE TRIGGER field_save_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dossiers_fieldsave
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""
)
BACKWARD = "DROP TRIGGER field_save_append_only ON dossiers_fieldsave;\n" + "".join(
    f"ALTER TABLE {table} DROP CONSTRAINT {name};\n" for table, name, _column, _other in KEYS
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("dossiers", "0005_drafts"),
        ("org", "0002_composite_keys"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
