"""The files of a list are counted up to a number, beyond which nobody asks in passing.

What a list takes must not grow with the files that there are. The function of before is left for
processes that were started before this one.
"""

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION count_dossiers(units bigint[], class text, most bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    within bigint[] := units;
BEGIN
    IF scope_everything() IS NOT TRUE THEN
        within := ARRAY(SELECT unnest(scope_whole())
            INTERSECT SELECT unnest(coalesce(units, scope_whole())));
    END IF;
    RETURN (SELECT count(*) FROM (
        SELECT FROM dossiers_dossier
        WHERE (within IS NULL OR unit_id = ANY (within)) AND (class IS NULL OR klass = class)
        LIMIT most) AS found);
END $$;
"""
BACKWARD = "DROP FUNCTION count_dossiers(bigint[], text, bigint);"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("dossiers", "0016_counting")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
