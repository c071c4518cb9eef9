"""Composite foreign keys (unit_id, id); an answer goes the other way on the same file; no line
of the register is ever deleted, and its number never another. Two characters find a letter.
"""

from typing import ClassVar

from django.db import migrations

WORDS = "(number || E'\\n' || subject || E'\\n' || counterpart)"
FORWARD = rf"""
ALTER TABLE letters_letter ADD CONSTRAINT letter_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE letters_letter ADD CONSTRAINT letter_document_fk
    FOREIGN KEY (unit_id, document_id) REFERENCES papers_document (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE letters_letter ADD CONSTRAINT letter_answers_fk
    FOREIGN KEY (unit_id, dossier_id, answers_id, answered_way)
    REFERENCES letters_letter (unit_id, dossier_id, id, direction)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE letters_letter ADD CONSTRAINT letter_entered_by_fk
    FOREIGN KEY (unit_id, entered_by_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE letters_letter ADD CONSTRAINT letter_waived_by_fk
    FOREIGN KEY (unit_id, waived_by_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE letters_letter ADD CONSTRAINT letter_voided_by_fk
    FOREIGN KEY (unit_id, voided_by_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER letter_kept BEFORE DELETE OR TRUNCATE ON letters_letter
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER letter_line_unchanged
    BEFORE UPDATE OF id, unit_id, dossier_id, direction, year, serial, entered_by_id, entered_at
    ON letters_letter FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

CREATE INDEX letter_search_grams ON letters_letter USING gin (grams({WORDS}));

CREATE FUNCTION search_letters(q text, units integer[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH candidate AS MATERIALIZED (
        SELECT id, unit_id, {WORDS} AS words FROM letters_letter
        WHERE grams({WORDS}) @> query_grams(q)
    )
    SELECT id FROM candidate
    WHERE (units IS NULL OR unit_id = ANY (units)) AND strpos(lower(words), lower(q)) > 0
$$;
"""
BACKWARD = """
DROP FUNCTION search_letters(text, integer[]);
DROP INDEX letter_search_grams;
DROP TRIGGER letter_line_unchanged ON letters_letter;
DROP TRIGGER letter_kept ON letters_letter;
ALTER TABLE letters_letter DROP CONSTRAINT letter_voided_by_fk;
ALTER TABLE letters_letter DROP CONSTRAINT letter_waived_by_fk;
ALTER TABLE letters_letter DROP CONSTRAINT letter_entered_by_fk;
ALTER TABLE letters_letter DROP CONSTRAINT letter_answers_fk;
ALTER TABLE letters_letter DROP CONSTRAINT letter_document_fk;
ALTER TABLE letters_letter DROP CONSTRAINT letter_dossier_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("letters", "0001_initial"),
        ("papers", "0003_search"),
        ("org", "0002_composite_keys"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
