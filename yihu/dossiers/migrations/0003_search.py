"""Two Chinese characters find a file: one- and two-character grams under a GIN index.

pg_trgm serves nothing below three characters. The operators are not leakproof, so a row-level
policy would switch the index off; hence a SECURITY DEFINER function that returns candidate ids,
which the caller joins under its own scope.
"""

from typing import ClassVar

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

FORWARD = r"""
CREATE FUNCTION grams(t text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog AS $$
    SELECT coalesce(array_agg(DISTINCT g), '{}') FROM (
        SELECT substr(lower(t), i, n) AS g
        FROM generate_series(1, length(t)) AS i, (VALUES (1), (2)) AS size (n)
        WHERE i + n - 1 <= length(t)
    ) AS cut WHERE g !~ '\s'
$$;

CREATE FUNCTION query_grams(q text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog AS $$
    SELECT CASE WHEN length(q) = 1 THEN ARRAY[lower(q)] ELSE (
        SELECT coalesce(array_agg(DISTINCT g), '{}') FROM (
            SELECT substr(lower(q), i, 2) AS g FROM generate_series(1, length(q) - 1) AS i
        ) AS cut WHERE g !~ '\s'
    ) END
$$;

CREATE INDEX dossier_search_grams ON dossiers_dossier USING gin (grams(search_text));

CREATE FUNCTION search_dossiers(q text, units integer[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH candidate AS MATERIALIZED (
        SELECT id, unit_id, search_text FROM dossiers_dossier
        WHERE grams(search_text) @> query_grams(q)
    )
    SELECT id FROM candidate
    WHERE (units IS NULL OR unit_id = ANY (units))
      AND strpos(lower(search_text), lower(q)) > 0
$$;
"""
BACKWARD = """
DROP FUNCTION search_dossiers(text, integer[]);
DROP INDEX dossier_search_grams;
DROP FUNCTION query_grams(text);
DROP FUNCTION grams(text);
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("dossiers", "0002_composite_keys")]
    operations: ClassVar = [TrigramExtension(), migrations.RunSQL(FORWARD, BACKWARD)]
