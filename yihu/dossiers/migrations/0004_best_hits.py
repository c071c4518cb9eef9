"""The best few of thousands of hits, chosen where they lie, and no second look at two characters.

A query of two characters is itself a gram, so the index has already proven it. Ordering and
limiting inside the function spares the caller a join of every hit.
"""

from typing import ClassVar

from django.db import migrations

SEARCH = r"""
CREATE OR REPLACE FUNCTION search_dossiers(q text, units integer[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH candidate AS MATERIALIZED (
        SELECT id, unit_id, search_text FROM dossiers_dossier
        WHERE grams(search_text) @> query_grams(q)
    )
    SELECT id FROM candidate
    WHERE (units IS NULL OR unit_id = ANY (units))
      AND (%s strpos(lower(search_text), lower(q)) > 0)
$$;
"""
BEST = r"""
CREATE FUNCTION best_dossiers(q text, units integer[], most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH candidate AS MATERIALIZED (
        SELECT id, unit_id, search_text, name_full, short_name, initials, pinyin
        FROM dossiers_dossier
        WHERE grams(search_text) @> query_grams(q)
    )
    SELECT id FROM candidate
    WHERE (units IS NULL OR unit_id = ANY (units))
      AND (q ~ '^\S{2}$' OR strpos(lower(search_text), lower(q)) > 0)
    ORDER BY CASE
        WHEN starts_with(name_full, q) OR starts_with(short_name, q) THEN 0
        WHEN starts_with(initials, lower(q)) THEN 1
        ELSE 2
    END, pinyin, id
    LIMIT most
$$;
"""
FORWARD = SEARCH % r"q ~ '^\S{2}$' OR" + BEST
BACKWARD = "DROP FUNCTION best_dossiers(text, integer[], integer);" + SEARCH % ""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("dossiers", "0003_search")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
