"""Composite foreign keys (unit_id, id). What a segment said stays; a month that is over does too.

A month is of the unit whose customers it counts; its segment is that unit's own or the group's.
"""

from typing import ClassVar

from django.db import migrations

KEYS = (  # table, column, referred table
    ("segmentversion", "segment", "care_segment"),
    ("suggestion", "dossier", "dossiers_dossier"),
    ("suggestion", "decided_by", "org_staff"),
)
ADD = "\n".join(
    f"ALTER TABLE care_{table} ADD CONSTRAINT care_{table}_{column}_fk"
    f" FOREIGN KEY (unit_id, {column}_id) REFERENCES {to} (unit_id, id)"
    " DEFERRABLE INITIALLY DEFERRED;"
    for table, column, to in KEYS
)
DROP = "\n".join(
    f"ALTER TABLE care_{table} DROP CONSTRAINT care_{table}_{column}_fk;"
    for table, column, _to in KEYS
)
FORWARD = """
CREATE TRIGGER segment_kept BEFORE DELETE OR TRUNCATE ON care_segment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER segment_stays_itself BEFORE UPDATE OF id, unit_id, of_group, code ON care_segment
    FOR EACH ROW
    WHEN ((OLD.id, OLD.unit_id, OLD.of_group, OLD.code)
        IS DISTINCT FROM (NEW.id, NEW.unit_id, NEW.of_group, NEW.code))
    EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER segment_version_only_added BEFORE UPDATE OR DELETE OR TRUNCATE
    ON care_segmentversion FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE FUNCTION care_month_has_segment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM care_segment s
                   WHERE s.id = NEW.segment_id AND (s.of_group OR s.unit_id = NEW.unit_id)) THEN
        RAISE foreign_key_violation
            USING MESSAGE = 'a month is of the segment of its own unit or of the group';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER month_has_segment BEFORE INSERT OR UPDATE ON care_segmentmonth
    FOR EACH ROW EXECUTE FUNCTION care_month_has_segment();
CREATE TRIGGER month_kept BEFORE DELETE OR TRUNCATE ON care_segmentmonth
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER suggestion_kept BEFORE DELETE OR TRUNCATE ON care_suggestion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""
BACKWARD = """
DROP TRIGGER suggestion_kept ON care_suggestion;
DROP TRIGGER month_kept ON care_segmentmonth;
DROP TRIGGER month_has_segment ON care_segmentmonth;
DROP FUNCTION care_month_has_segment();
DROP TRIGGER segment_version_only_added ON care_segmentversion;
DROP TRIGGER segment_stays_itself ON care_segment;
DROP TRIGGER segment_kept ON care_segment;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("care", "0001_initial"),
        ("access", "0003_scope"),
        ("org", "0002_composite_keys"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(ADD, DROP),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
