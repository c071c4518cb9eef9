"""A published policy stays as it was, a unit's own cycle is never looser than the group's, and a
material change of a file is noted by whatever path it comes (§4.3a, 6.2.1e, 7.2).

Editions that were published before events had duties get the lines of DESIGN §4 for them.
"""

from typing import ClassVar

from django.db import migrations

LINES = """
INSERT INTO duties_cadenceline (edition_id, kind, klass, period, due_rule, due_days, clause)
SELECT e.id, l.kind, '', 'event', l.due_rule, l.due_days, l.clause
FROM duties_cadenceedition e CROSS JOIN (VALUES
    ('new_customer', 'after_event', 10, '6.2.1a'), ('new_contract', 'after_event', 5, '6.2.1b'),
    ('rating', 'after_event', 5, '6.2.1c'), ('visit', 'after_event', 5, '6.2.1d'),
    ('basic_change', 'after_event', 5, '6.2.1e'), ('risk', 'own_date', 20, '6.2.2'),
    ('guide', 'own_date', 20, '6.1.4'), ('rectification', 'own_date', 10, '6.4.2')
) AS l (kind, due_rule, due_days, clause)
ON CONFLICT DO NOTHING;
"""
FORWARD = """
CREATE FUNCTION refuse_changing_cadence() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (SELECT FROM duties_cadenceedition e WHERE e.published_at IS NOT NULL
               AND e.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.edition_id END,
                            CASE WHEN TG_OP <> 'DELETE' THEN NEW.edition_id END)) THEN
        RAISE EXCEPTION '% of a line of a published policy is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER cadence_lines_stay BEFORE INSERT OR UPDATE OR DELETE ON duties_cadenceline
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_cadence();
CREATE TRIGGER cadence_published_stays BEFORE UPDATE OR DELETE ON duties_cadenceedition
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
    EXECUTE FUNCTION refuse_changing_published();

CREATE FUNCTION cadence_months(period text) RETURNS integer LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog AS $$
    SELECT CASE period WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'half_year' THEN 6 END
$$;
CREATE FUNCTION refuse_looser_cycle() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
    groups_own duties_cadenceline;
BEGIN
    SELECT l.* INTO groups_own FROM duties_cadenceline l
    JOIN duties_cadenceedition e ON e.id = l.edition_id
    WHERE e.published_at IS NOT NULL AND e.effective_on <= NEW.since
      AND l.kind = NEW.kind AND l.klass = NEW.klass
    ORDER BY e.effective_on DESC, e.number DESC LIMIT 1;
    IF groups_own.id IS NULL
        OR NEW.period <> '' AND (groups_own.period = 'event'
            OR cadence_months(NEW.period) > cadence_months(groups_own.period))
        OR NEW.due_days IS NOT NULL AND (groups_own.due_rule = 'last_working_day'
            OR NEW.due_days > groups_own.due_days)
    THEN
        RAISE EXCEPTION 'a cycle of a unit is never looser than the group''s'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stricter_never_looser';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stricter_never_looser BEFORE INSERT OR UPDATE OF kind, klass, period, due_days, since
    ON duties_strictercycle FOR EACH ROW EXECUTE FUNCTION refuse_looser_cycle();

CREATE FUNCTION note_material_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    now_is jsonb := to_jsonb(NEW);
    changed text[];
BEGIN
    WITH marked AS (
        SELECT f ->> 'code' AS code, f ->> 'stored' AS stored, f ->> 'column' AS col
        FROM guide_edition e, jsonb_path_query(
            e.definition, '$.sections[*].fields[*] ? (@.material == true)') f
        WHERE e.id = (SELECT edition_id FROM guide_adoption ORDER BY at DESC, id DESC LIMIT 1)
    ), field AS (
        SELECT * FROM marked
        UNION ALL
        SELECT * FROM (VALUES  -- an edition of before fields could be marked
            ('name_full', 'dossiers', 'name_full'), ('uscc', 'dossiers', 'credit_code'),
            ('legal_rep', NULL, NULL), ('reg_addr', NULL, NULL), ('reg_status', NULL, NULL),
            ('ownership', NULL, NULL)) AS d
        WHERE NOT EXISTS (SELECT FROM marked)
    ), value AS (
        SELECT code,
            CASE WHEN stored = 'dossiers' THEN was -> col ELSE was -> 'document' -> code END AS before,
            CASE WHEN stored = 'dossiers' THEN now_is -> col
                 ELSE now_is -> 'document' -> code END AS after
        FROM field
    )
    SELECT array_agg(code ORDER BY code) INTO changed FROM value
    WHERE before <> after AND before NOT IN ('null', '""', '[]')
      AND after NOT IN ('null', '""', '[]');
    IF changed IS NOT NULL THEN
        INSERT INTO duties_occasion (unit_id, dossier_id, kind, codes, happened_at)
        VALUES (NEW.unit_id, NEW.id, 'basic_change', changed, now());
    END IF;
    RETURN NULL;
END $$;
-- an approval (its version number goes up) is itself the update that a change asks for
CREATE TRIGGER dossier_material_change
    AFTER UPDATE OF name_full, short_name, former_names, credit_code, region_code, gas_uses, document
    ON dossiers_dossier FOR EACH ROW
    WHEN (OLD.version_number = NEW.version_number AND
        (OLD.name_full, OLD.short_name, OLD.former_names, OLD.credit_code, OLD.region_code,
         OLD.gas_uses, OLD.document) IS DISTINCT FROM
        (NEW.name_full, NEW.short_name, NEW.former_names, NEW.credit_code, NEW.region_code,
         NEW.gas_uses, NEW.document))
    EXECUTE FUNCTION note_material_change();
"""
BACKWARD = """
DROP TRIGGER dossier_material_change ON dossiers_dossier;
DROP FUNCTION note_material_change();
DROP TRIGGER stricter_never_looser ON duties_strictercycle;
DROP FUNCTION refuse_looser_cycle();
DROP FUNCTION cadence_months(text);
DROP TRIGGER cadence_published_stays ON duties_cadenceedition;
DROP TRIGGER cadence_lines_stay ON duties_cadenceline;
DROP FUNCTION refuse_changing_cadence();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("duties", "0007_events_rows"),
        ("dossiers", "0009_former_codes"),
        ("guide", "0004_adoption"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(LINES, migrations.RunSQL.noop),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
