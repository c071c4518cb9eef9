"""Documents that wait for their text; two characters of a title or text find the document.

As for dossiers (their migration 0003): grams under a GIN index, candidates from a function that
the caller joins under its own scope.
"""

from typing import ClassVar

from django.db import migrations, models

WORDS = "(title || E'\\n' || file_name || E'\\n' || text)"
FORWARD = rf"""
CREATE INDEX document_search_grams ON papers_document USING gin (grams({WORDS}));

CREATE FUNCTION search_documents(q text, units integer[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH candidate AS MATERIALIZED (
        SELECT id, unit_id, {WORDS} AS words FROM papers_document
        WHERE grams({WORDS}) @> query_grams(q)
    )
    SELECT id FROM candidate
    WHERE (units IS NULL OR unit_id = ANY (units))
      AND (q ~ '^\S{{2}}$' OR strpos(lower(words), lower(q)) > 0)
$$;
"""
BACKWARD = """
DROP FUNCTION search_documents(text, integer[]);
DROP INDEX document_search_grams;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("papers", "0002_composite_keys"), ("dossiers", "0003_search")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(text_state__in=["waiting", "absent"]),
                fields=["uploaded_at", "id"],
                name="document_unread",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
