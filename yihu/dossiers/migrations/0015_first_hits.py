"""The first page of a search and how many it finds, by one look at its hits.

Thousands of hits joined under the policies to count them, and again to sort them, took nine tenths
of the page. Within the scope as 0010 has it, and for those whom no region bounds.
"""

from typing import ClassVar

from django.db import migrations

FORWARD = r"""
CREATE FUNCTION first_dossiers(q text, units integer[], most integer,
    OUT ids uuid[], OUT hits bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH within AS MATERIALIZED (
        SELECT scope_narrowed(units) AS units, q ~ '^\S{2}$' AS is_gram
    ), hit AS MATERIALIZED (
        SELECT id, pinyin FROM dossiers_dossier
        WHERE grams(search_text) @> query_grams(q)
          AND ((SELECT w.units IS NULL FROM within w)
               OR unit_id = ANY ((SELECT w.units FROM within w)::integer[]))
          AND ((SELECT is_gram FROM within)
               OR strpos(lower(search_text), lower(q)) > 0)
    )
    SELECT ARRAY(SELECT id FROM hit ORDER BY pinyin, id LIMIT most), (SELECT count(*) FROM hit)
$$;
"""
BACKWARD = "DROP FUNCTION first_dossiers(text, integer[], integer);"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("dossiers", "0014_unapproved")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
