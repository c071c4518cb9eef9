"""Composite foreign keys (unit_id, id). A seed and a draw once made, a frozen file, a published
checklist, what was found and said stay what they are. Two questions of the checks, as functions.
"""

from typing import ClassVar

from django.db import migrations

KEYS = (  # table, column, referred table
    ("subject", "dossier", "dossiers_dossier"),
    ("subject", "version", "dossiers_fileversion"),
    ("result", "subject", "inspections_subject"),
    ("result", "finding", "inspections_finding"),
    ("finding", "subject", "inspections_subject"),
    ("finding", "dossier", "dossiers_dossier"),
    ("finding", "original", "originals_original"),
    ("finding", "repeats", "inspections_finding"),
    ("finding", "order", "inspections_order"),
    ("itemmark", "subject", "inspections_subject"),
    ("reply", "finding", "inspections_finding"),
    ("evidence", "finding", "inspections_finding"),
    ("evidence", "reply", "inspections_reply"),
)
ADD = "\n".join(
    f"ALTER TABLE inspections_{table} ADD CONSTRAINT inspection_{table}_{column}_fk"
    f" FOREIGN KEY (unit_id, {column}_id) REFERENCES {to} (unit_id, id)"
    " DEFERRABLE INITIALLY DEFERRED;"
    for table, column, to in KEYS
)
DROP = "\n".join(
    f"ALTER TABLE inspections_{table} DROP CONSTRAINT inspection_{table}_{column}_fk;"
    for table, column, _to in KEYS
)
KEPT = (  # trigger, when, table
    ("checklist_published", "UPDATE OR DELETE OR TRUNCATE", "checklist"),
    ("finding_kept", "DELETE OR TRUNCATE", "finding"),
    (
        "finding_stays_itself",
        "UPDATE OF id, unit_id, inspection_id, subject_id, dossier_id, serial, check_code, item,"
        " place_kind, place, original_id, topic, severity, cause, clause, text, evidence,"
        " found_by_id, found_at",
        "finding",
    ),
    ("order_kept", "DELETE OR TRUNCATE", "order"),
    (
        "order_stays_itself",
        "UPDATE OF id, unit_id, inspection_id, number, due_on, text, issued_by_id, issued_at",
        "order",
    ),
    ("reply_kept", "DELETE OR TRUNCATE", "reply"),
    ("reply_stays_itself", "UPDATE OF id, unit_id, finding_id, text, root, by_id, at", "reply"),
    ("evidence_only_added", "UPDATE OR DELETE OR TRUNCATE", "evidence"),
    (
        "subject_frozen",
        "UPDATE OF id, unit_id, inspection_id, dossier_id, version_id, version_number, sha256,"
        " number, name_full, credit_code, klass, region_code, gas_uses, facts, hands, whole,"
        " weight, lot, drawn",
        "subject",
    ),
)
TRIGGERS = "\n".join(
    f"CREATE TRIGGER {name} BEFORE {when} ON inspections_{table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();"
    for name, when, table in KEPT
)
NO_TRIGGERS = "\n".join(
    f"DROP TRIGGER {name} ON inspections_{table};" for name, _when, table in KEPT
)
FORWARD = r"""
-- What the draw hangs on is said once: a second seed would be a second chance.
CREATE TRIGGER draw_stays BEFORE UPDATE ON inspections_inspection FOR EACH ROW
    WHEN (OLD.seed <> '' AND (OLD.seed, OLD.klasses, OLD.units, OLD.offtake, OLD.method,
            OLD.amount, OLD.minimum, OLD.weighted, OLD.cutoff_on, OLD.checklist_id)
        IS DISTINCT FROM (NEW.seed, NEW.klasses, NEW.units, NEW.offtake, NEW.method,
            NEW.amount, NEW.minimum, NEW.weighted, NEW.cutoff_on, NEW.checklist_id)
      OR OLD.population_sha256 <> '' AND (OLD.population_sha256, OLD.draw_sha256)
        IS DISTINCT FROM (NEW.population_sha256, NEW.draw_sha256))
    EXECUTE FUNCTION refuse_rewriting();

-- Whether a value of a file says anything, as `guide.rules.is_empty` has it.
CREATE FUNCTION inspection_filled(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE jsonb_typeof(value)
        WHEN 'string' THEN btrim(value #>> '{}', E' \t\n\r\f\u00a0\u3000') <> ''
        WHEN 'array' THEN inspection_leaf(value)
        WHEN 'object' THEN inspection_leaf(value)
        WHEN 'number' THEN true
        WHEN 'boolean' THEN true
        ELSE false END
$$;
CREATE FUNCTION inspection_says(value jsonb, codes text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE jsonb_typeof(value)
        WHEN 'array' THEN value ?| codes
        WHEN 'string' THEN (value #>> '{}') = ANY (codes)
        WHEN 'boolean' THEN (value #>> '{}') = ANY (codes)
        ELSE false END
$$;
"""
LEAF = r"""
CREATE FUNCTION inspection_leaf(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_path_exists(value, 'strict $.** ? (@.type() == "number" || @.type() == "boolean"
        || @.type() == "string" && @ like_regex "[^\\s\u00a0\u3000]")')
$$;
"""
BACKWARD = """
DROP FUNCTION inspection_says(jsonb, text[]);
DROP FUNCTION inspection_filled(jsonb);
DROP TRIGGER draw_stays ON inspections_inspection;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("inspections", "0001_initial"),
        ("originals", "0002_composite_keys"),
        ("dossiers", "0002_composite_keys"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(ADD, DROP),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.RunSQL(LEAF, "DROP FUNCTION inspection_leaf(jsonb);"),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
