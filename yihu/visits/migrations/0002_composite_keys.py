"""Composite foreign keys (unit_id, id); visits stay, and what was said of them is only added to.

Two characters find a visit by its purpose, minutes or intelligence.
"""

from typing import ClassVar

from django.db import migrations

TABLES = ("visit", "participant", "followup", "progress", "need", "revision", "quota")
STAFF = {
    "visit": ("lead", "recorded_by", "cancelled_by", "entered_by"),
    "participant": ("staff",),
    "followup": ("owner", "entered_by"),
    "progress": ("by",),
    "need": ("owner",),
    "revision": ("by",),
    "quota": ("set_by",),
}
ABOVE = {
    "participant": "visit",
    "followup": "visit",
    "progress": "followup",
    "need": "visit",
    "revision": "visit",
}
WORDS = (
    "(number || E'\\n' || purpose || E'\\n' || place || E'\\n' || summary || E'\\n' || conclusions"
    " || E'\\n' || market_intel || E'\\n' || competitor_intel)"
)


def keys() -> list[tuple[str, str, str, str, str]]:
    """Table, name of the key, its columns, the table it leads to, the columns there."""
    found = []
    for table in TABLES:
        if table != "quota":
            found.append((table, "dossier", "dossier_id", "dossiers_dossier", "id"))
        for column in STAFF[table]:
            found.append((table, column, f"{column}_id", "org_staff", "id"))
        if above := ABOVE.get(table):
            columns = f"dossier_id, {above}_id"
            found.append((table, above, columns, f"visits_{above}", "dossier_id, id"))
    found.append(("visit", "document", "document_id", "papers_document", "id"))
    return found


FORWARD = "\n".join(
    f"ALTER TABLE visits_{table} ADD CONSTRAINT visits_{table}_{name}_fk"
    f" FOREIGN KEY (unit_id, {columns}) REFERENCES {above} (unit_id, {there})"
    " DEFERRABLE INITIALLY DEFERRED;"
    for table, name, columns, above, there in keys()
)
FORWARD += f"""
CREATE TRIGGER visit_kept BEFORE DELETE OR TRUNCATE ON visits_visit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER visit_line_unchanged
    BEFORE UPDATE OF id, unit_id, dossier_id, year, serial, number, entered_by_id, entered_at
    ON visits_visit FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER followup_kept BEFORE DELETE OR TRUNCATE ON visits_followup
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER need_kept BEFORE DELETE OR TRUNCATE ON visits_need
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER progress_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON visits_progress
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER revision_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON visits_revision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

CREATE INDEX visit_search_grams ON visits_visit USING gin (grams({WORDS}));

CREATE FUNCTION search_visits(q text, units integer[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH candidate AS MATERIALIZED (
        SELECT id, unit_id, {WORDS} AS words FROM visits_visit
        WHERE grams({WORDS}) @> query_grams(q)
    )
    SELECT id FROM candidate
    WHERE (units IS NULL OR unit_id = ANY (units)) AND strpos(lower(words), lower(q)) > 0
$$;
"""
BACKWARD = """
DROP FUNCTION search_visits(text, integer[]);
DROP INDEX visit_search_grams;
DROP TRIGGER revision_kept ON visits_revision;
DROP TRIGGER progress_kept ON visits_progress;
DROP TRIGGER need_kept ON visits_need;
DROP TRIGGER followup_kept ON visits_followup;
DROP TRIGGER visit_line_unchanged ON visits_visit;
DROP TRIGGER visit_kept ON visits_visit;
""" + "\n".join(
    f"ALTER TABLE visits_{table} DROP CONSTRAINT visits_{table}_{name}_fk;"
    for table, name, _columns, _above, _there in reversed(keys())
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("visits", "0001_initial"),
        ("papers", "0003_search"),
        ("org", "0002_composite_keys"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
