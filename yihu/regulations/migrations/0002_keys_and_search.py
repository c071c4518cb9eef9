"""An edition follows one of the same unit and carries out one of the group's; what was checked
stays; no regulation is deleted. Two characters of number, title, summary or text find it.
"""

from typing import ClassVar

from django.db import migrations

WORDS = "(number || E'\\n' || title || E'\\n' || edition || E'\\n' || summary || E'\\n' || text)"
FORWARD = rf"""
ALTER TABLE regulations_regulation ADD CONSTRAINT regulation_supersedes_fk
    FOREIGN KEY (unit_id, supersedes_id) REFERENCES regulations_regulation (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE regulations_regulation ADD CONSTRAINT regulation_carries_out_fk
    FOREIGN KEY (carries_out_id, carries_group) REFERENCES regulations_regulation (id, of_group)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE regulations_checked ADD CONSTRAINT checked_regulation_fk
    FOREIGN KEY (unit_id, regulation_id) REFERENCES regulations_regulation (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER regulation_kept BEFORE DELETE OR TRUNCATE ON regulations_regulation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER regulation_unchanged
    BEFORE UPDATE OF id, unit_id, of_group, number, edition, effective_on, chain, supersedes_id,
        carries_out_id, entered_by_id, entered_at
    ON regulations_regulation FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER regulation_checked_kept BEFORE UPDATE OR DELETE OR TRUNCATE
    ON regulations_checked FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

CREATE INDEX regulation_search_grams ON regulations_regulation USING gin (grams({WORDS}));

CREATE FUNCTION search_regulations(q text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH candidate AS MATERIALIZED (
        SELECT id, {WORDS} AS words FROM regulations_regulation
        WHERE grams({WORDS}) @> query_grams(q)
    )
    SELECT id FROM candidate WHERE strpos(lower(words), lower(q)) > 0
$$;
"""
BACKWARD = """
DROP FUNCTION search_regulations(text);
DROP INDEX regulation_search_grams;
DROP TRIGGER regulation_checked_kept ON regulations_checked;
DROP TRIGGER regulation_unchanged ON regulations_regulation;
DROP TRIGGER regulation_kept ON regulations_regulation;
ALTER TABLE regulations_checked DROP CONSTRAINT checked_regulation_fk;
ALTER TABLE regulations_regulation DROP CONSTRAINT regulation_carries_out_fk;
ALTER TABLE regulations_regulation DROP CONSTRAINT regulation_supersedes_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("regulations", "0001_initial"),
        ("papers", "0003_search"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
