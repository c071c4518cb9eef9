"""Since when a file is of its customer, where it was not opened for it: a join, a code corrected.

What happened to that customer before is not owed by the file (§6.2.1c).
"""

from typing import ClassVar

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION note_customer_since() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    NEW.customer_since := now();
    RETURN NEW;
END $$;
CREATE TRIGGER dossier_customer_since BEFORE UPDATE OF customer_id ON dossiers_dossier
    FOR EACH ROW WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id)
    EXECUTE FUNCTION note_customer_since();
"""
BACKWARD = """
DROP TRIGGER dossier_customer_since ON dossiers_dossier;
DROP FUNCTION note_customer_since();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("dossiers", "0012_rows_of_impact")]
    operations: ClassVar = [
        migrations.AddField(
            "dossier",
            "customer_since",
            models.DateTimeField("归属该客户时间", blank=True, null=True),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
