"""A frozen list stands, all must sign it before anything moves, and nothing is ever deleted."""

from typing import ClassVar

from django.db import migrations

COMPOSITE = {
    "handover_handover": {"leaver_id": "org_staff"},
    "handover_line": {"leaver_id": "org_staff", "successor_id": "org_staff"},
    "handover_signature": {"handover_id": "handover_handover"},
    "handover_ending": {"staff_id": "org_staff"},
}
FORWARD = (
    "\n".join(
        f"""
ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk FOREIGN KEY (unit_id, {column})
    REFERENCES {to} (unit_id, id) DEFERRABLE INITIALLY DEFERRED;"""
        for table, columns in COMPOSITE.items()
        for column, to in columns.items()
    )
    + """
ALTER TABLE handover_line ADD CONSTRAINT handover_line_of_leaver_fk
    FOREIGN KEY (unit_id, handover_id, leaver_id)
    REFERENCES handover_handover (unit_id, id, leaver_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE handover_handover ADD CONSTRAINT handover_witness_fk
    FOREIGN KEY (witness_id) REFERENCES org_staff (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE handover_signature ADD CONSTRAINT handover_signature_staff_fk
    FOREIGN KEY (staff_id) REFERENCES org_staff (id) DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION handover_refuse(why text) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
BEGIN
    RAISE EXCEPTION '%', why USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION handover_stands() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM handover_refuse('hand-overs stay');
    END IF;
    IF OLD.state IN ('done', 'cancelled') THEN
        PERFORM handover_refuse('the hand-over is over');
    END IF;
    IF (NEW.unit_id, NEW.leaver_id) <> (OLD.unit_id, OLD.leaver_id) THEN
        PERFORM handover_refuse('a hand-over is of one leaver');
    END IF;
    IF OLD.state = 'frozen' AND (NEW.state = 'draft' OR NEW.witness_id <> OLD.witness_id
        OR NEW.digest <> OLD.digest OR NEW.frozen_at <> OLD.frozen_at) THEN
        PERFORM handover_refuse('the list is frozen');
    END IF;
    IF OLD.state = 'draft' AND NEW.state = 'done' THEN
        PERFORM handover_refuse('the list is not frozen');
    END IF;
    IF OLD.state = 'draft' AND NEW.state = 'frozen' AND EXISTS (
        SELECT FROM handover_line l WHERE l.unit_id = NEW.unit_id AND l.handover_id = NEW.id
            AND (l.successor_id = NEW.witness_id OR l.successor_id IS NULL AND l.follows = '')) THEN
        PERFORM handover_refuse('a line has no successor, or the witness for one');
    END IF;
    IF NEW.state = 'done' AND EXISTS (
        SELECT 'leaver' AS part, NEW.leaver_id AS staff_id
        UNION SELECT 'witness', NEW.witness_id
        UNION SELECT 'successor', l.successor_id FROM handover_line l
            WHERE l.unit_id = NEW.unit_id AND l.handover_id = NEW.id AND l.successor_id IS NOT NULL
        EXCEPT SELECT s.part, s.staff_id FROM handover_signature s
            WHERE s.unit_id = NEW.unit_id AND s.handover_id = NEW.id AND s.digest = NEW.digest) THEN
        PERFORM handover_refuse('not everybody has signed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER handover_stands BEFORE UPDATE OR DELETE ON handover_handover
    FOR EACH ROW EXECUTE FUNCTION handover_stands();

CREATE FUNCTION handover_line_stands() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
DECLARE
    row handover_line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    standing text := (SELECT h.state FROM handover_handover h
        WHERE h.unit_id = row.unit_id AND h.id = row.handover_id);
BEGIN
    IF standing = 'draft' AND (TG_OP = 'DELETE' OR NEW.moved_at IS NULL) THEN
        RETURN row;
    END IF;
    IF standing = 'frozen' AND TG_OP = 'UPDATE' AND OLD.moved_at IS NULL
        AND to_jsonb(NEW) - 'moved_at' = to_jsonb(OLD) - 'moved_at' THEN
        RETURN row;
    END IF;
    PERFORM handover_refuse('the list is frozen');
    RETURN row;
END $$;
CREATE TRIGGER handover_line_stands BEFORE INSERT OR UPDATE OR DELETE ON handover_line
    FOR EACH ROW EXECUTE FUNCTION handover_line_stands();

CREATE FUNCTION handover_signature_stands() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
BEGIN
    IF TG_OP <> 'INSERT' OR NOT EXISTS (
        SELECT FROM handover_handover h WHERE h.unit_id = NEW.unit_id AND h.id = NEW.handover_id
            AND h.state = 'frozen' AND h.digest = NEW.digest) THEN
        PERFORM handover_refuse('what was signed stands, and only a frozen list is signed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER handover_signature_stands BEFORE INSERT OR UPDATE OR DELETE ON handover_signature
    FOR EACH ROW EXECUTE FUNCTION handover_signature_stands();

CREATE FUNCTION ending_stands() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
BEGIN
    PERFORM handover_refuse('what ended stays on record');
    RETURN NULL;
END $$;
CREATE TRIGGER ending_stands BEFORE UPDATE OR DELETE ON handover_ending
    FOR EACH ROW EXECUTE FUNCTION ending_stands();
"""
)
BACKWARD = """
DROP TRIGGER ending_stands ON handover_ending;
DROP TRIGGER handover_signature_stands ON handover_signature;
DROP TRIGGER handover_line_stands ON handover_line;
DROP TRIGGER handover_stands ON handover_handover;
DROP FUNCTION ending_stands();
DROP FUNCTION handover_signature_stands();
DROP FUNCTION handover_line_stands();
DROP FUNCTION handover_stands();
DROP FUNCTION handover_refuse(text);
ALTER TABLE handover_signature DROP CONSTRAINT handover_signature_staff_fk;
ALTER TABLE handover_handover DROP CONSTRAINT handover_witness_fk;
ALTER TABLE handover_line DROP CONSTRAINT handover_line_of_leaver_fk;
""" + "\n".join(
    f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_fk;"
    for table, columns in COMPOSITE.items()
    for column in columns
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("handover", "0001_initial"), ("org", "0005_append_only_events")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
