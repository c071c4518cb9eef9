"""Composite foreign keys (unit_id, id); what was looked at is only ever added."""

from typing import ClassVar

from django.db import migrations

TABLES = ("reveal", "marking", "seal")
FORWARD = "".join(
    f"ALTER TABLE disclosure_{table} ADD CONSTRAINT {table}_dossier_fk "
    "FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id) "
    "DEFERRABLE INITIALLY DEFERRED;"
    for table in TABLES
)
KEPT = (
    "CREATE TRIGGER reveal_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON disclosure_reveal "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();"
    "CREATE TRIGGER marking_kept BEFORE DELETE OR TRUNCATE ON disclosure_marking "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();"
    "CREATE TRIGGER seal_kept BEFORE DELETE OR TRUNCATE ON disclosure_seal "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();"
    "CREATE TRIGGER seal_unchanged BEFORE UPDATE OF id, unit_id, dossier_id, name, kept, "
    "requested_on, reason, sealed_by_id, sealed_at ON disclosure_seal "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();"
)
BACKWARD = (
    "DROP TRIGGER seal_unchanged ON disclosure_seal; DROP TRIGGER seal_kept ON disclosure_seal;"
    "DROP TRIGGER marking_kept ON disclosure_marking;"
    "DROP TRIGGER reveal_kept ON disclosure_reveal;"
) + "".join(
    f"ALTER TABLE disclosure_{table} DROP CONSTRAINT {table}_dossier_fk;" for table in TABLES
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("disclosure", "0001_initial"),
        ("dossiers", "0010_rows"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD + KEPT, BACKWARD)]
