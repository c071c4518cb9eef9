"""Of thousands of hits the best few are met on the way, as a list meets its first (0018).

First come names that begin with the words, then initials that do, then whatever holds them, each
by name. Where there are many, each is gone through in its order until there are enough: an index
knows where names begin with the first two letters, and no search has fewer. 有限公司, which nearly
every name holds, took as long as to read all files.

`units` have been narrowed to the scope by who calls it (0010).
"""

from typing import ClassVar

from django.db import migrations

STARTS = {
    "dossier_name_starts": ("name_full", ""),
    "dossier_short_starts": ("short_name", " WHERE short_name <> ''"),
    "dossier_initials_start": ("initials", ""),
}
INDEXES = [
    statement
    for name, (column, where) in STARTS.items()
    for statement in (
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        f"CREATE INDEX CONCURRENTLY {name} ON dossiers_dossier (left({column}, 2), pinyin, id)"
        + where,
    )
]
NO_INDEXES = [f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name in STARTS]
MANY = 500
"""So many hits are sorted rather than gone through."""
HIT = r"""(units IS NULL OR unit_id = ANY (units))
          AND (q ~ '^\S{2}$' OR strpos(lower(search_text), lower(q)) > 0)"""
BEST = rf"""
CREATE OR REPLACE FUNCTION vault.best_dossiers(q text, units integer[], most integer)
RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
DECLARE
    ids uuid[];
    hits bigint;
BEGIN
    WITH hit AS MATERIALIZED (
        SELECT id, name_full, short_name, initials, pinyin FROM dossiers_dossier
        WHERE grams(search_text) @> query_grams(q) AND {HIT}
        LIMIT {MANY}
    )
    SELECT ARRAY(
        SELECT id FROM hit
        ORDER BY CASE
            WHEN starts_with(name_full, q) OR starts_with(short_name, q) THEN 0
            WHEN starts_with(initials, lower(q)) THEN 1
            ELSE 2
        END, pinyin, id
        LIMIT most), (SELECT count(*) FROM hit)
    INTO ids, hits;
    IF hits < {MANY} THEN
        RETURN QUERY SELECT unnest(ids);
        RETURN;
    END IF;
    ids := ARRAY(
        SELECT id FROM (
            (SELECT id, pinyin FROM dossiers_dossier
             WHERE left(name_full, 2) = left(q, 2) AND starts_with(name_full, q)
               AND strpos(lower(search_text), lower(q)) > 0
               AND (units IS NULL OR unit_id = ANY (units))
             ORDER BY pinyin, id LIMIT most)
            UNION
            (SELECT id, pinyin FROM dossiers_dossier
             WHERE short_name <> '' AND left(short_name, 2) = left(q, 2)
               AND starts_with(short_name, q)
               AND strpos(lower(search_text), lower(q)) > 0
               AND (units IS NULL OR unit_id = ANY (units))
             ORDER BY pinyin, id LIMIT most)
        ) AS named ORDER BY pinyin, id LIMIT most);
    IF cardinality(ids) < most THEN
        ids := ids || ARRAY(
            SELECT id FROM dossiers_dossier
            WHERE left(initials, 2) = left(lower(q), 2) AND starts_with(initials, lower(q))
              AND strpos(lower(search_text), lower(q)) > 0
              AND (units IS NULL OR unit_id = ANY (units)) AND id <> ALL (ids)
            ORDER BY pinyin, id LIMIT most - cardinality(ids));
    END IF;
    IF cardinality(ids) < most THEN
        ids := ids || ARRAY(
            SELECT id FROM dossiers_dossier
            WHERE strpos(lower(search_text), lower(q)) > 0
              AND (units IS NULL OR unit_id = ANY (units)) AND id <> ALL (ids)
            ORDER BY pinyin, id LIMIT most - cardinality(ids));
    END IF;
    RETURN QUERY SELECT unnest(ids);
END $$;
"""
BEFORE = r"""
CREATE OR REPLACE FUNCTION vault.best_dossiers(q text, units integer[], most integer)
RETURNS SETOF uuid
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
ALTER FUNCTION vault.best_dossiers(text, integer[], integer) RESET plan_cache_mode;
ALTER FUNCTION vault.best_dossiers(text, integer[], integer) RESET enable_seqscan;
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar = [("dossiers", "0019_counted")]
    operations: ClassVar = [
        migrations.RunSQL(INDEXES, NO_INDEXES),
        migrations.RunSQL(BEST, BEFORE),
    ]
