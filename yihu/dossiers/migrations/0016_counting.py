"""How many files there are, counted where they lie.

Under its policies a table is counted by an index that holds all that they ask, or else by its rows:
twice what the narrowest index takes, and of one class ten times. The units that are open to the
person as a whole are known before the statement is planned, so no row is asked whose it is.
"""

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION count_dossiers(units bigint[], class text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    within bigint[] := units;
BEGIN
    IF scope_everything() IS NOT TRUE THEN
        within := ARRAY(SELECT unnest(scope_whole())
            INTERSECT SELECT unnest(coalesce(units, scope_whole())));
    END IF;
    RETURN (SELECT count(*) FROM dossiers_dossier
        WHERE (within IS NULL OR unit_id = ANY (within)) AND (class IS NULL OR klass = class));
END $$;
"""
BACKWARD = "DROP FUNCTION count_dossiers(bigint[], text);"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("dossiers", "0015_first_hits")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
