"""A credit code that a file bore before: it still finds the file, whoever writes its search text."""

from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION dossier_found_by_former_codes() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
    code text;
BEGIN
    FOREACH code IN ARRAY NEW.former_codes LOOP
        IF strpos(NEW.search_text, lower(code)) = 0 THEN
            NEW.search_text := NEW.search_text || ' ' || lower(code);
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER dossier_found_by_former_codes
    BEFORE INSERT OR UPDATE OF search_text, former_codes ON dossiers_dossier
    FOR EACH ROW WHEN (cardinality(NEW.former_codes) > 0)
    EXECUTE FUNCTION dossier_found_by_former_codes();
"""
BACKWARD = """
DROP TRIGGER dossier_found_by_former_codes ON dossiers_dossier;
DROP FUNCTION dossier_found_by_former_codes();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("dossiers", "0008_guide_impact")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="dossier",
            name="former_codes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=18), db_default=[], size=None
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
