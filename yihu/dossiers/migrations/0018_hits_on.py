"""Of many hits the first by name are met on the way, and no more are counted than a list tells.

To sort thousands of hits for a page of fifty, and to count them, grows with the files. Where there
are so many, names are gone through in their order until the page is full: every so many-th is one.
The function of before is left for processes that were started before this one.
"""

from typing import ClassVar

from django.db import migrations

FORWARD = r"""
CREATE FUNCTION first_dossiers(q text, units integer[], most integer, far integer,
    OUT ids uuid[], OUT hits bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
DECLARE
    within integer[] := scope_narrowed(units);
BEGIN
    WITH hit AS MATERIALIZED (
        SELECT id, pinyin FROM dossiers_dossier
        WHERE grams(search_text) @> query_grams(q)
          AND (within IS NULL OR unit_id = ANY (within))
          AND (q ~ '^\S{2}$' OR strpos(lower(search_text), lower(q)) > 0)
        LIMIT far
    )
    SELECT ARRAY(SELECT id FROM hit ORDER BY pinyin, id LIMIT most), (SELECT count(*) FROM hit)
    INTO ids, hits;
    IF hits = far THEN
        ids := ARRAY(
            SELECT id FROM dossiers_dossier
            WHERE strpos(lower(search_text), lower(q)) > 0
              AND (within IS NULL OR unit_id = ANY (within))
            ORDER BY pinyin, id LIMIT most);
    END IF;
END $$;
"""
BACKWARD = "DROP FUNCTION first_dossiers(text, integer[], integer, integer);"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("dossiers", "0017_counting_on")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
