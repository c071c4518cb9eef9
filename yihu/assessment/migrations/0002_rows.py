"""Who reads what (§6.4.2, 5.5), and what no program may do to an assessment.

A unit's lines are there for its keepers once they are published, their places among all units for
everybody; before that, and of other units, for headquarters alone. Published schemes, frozen facts
and final assessments stay as they are; no period is judged by a scheme that is not in force for it.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import ENTERED, EVERYTHING, OWN, WHOLE, policies

KEPT = f"{EVERYTHING} OR ({WHOLE} AND {OWN})"
PUBLISHED = f"{EVERYTHING} OR ({ENTERED} AND published_at IS NOT NULL)"
LINES = f"{EVERYTHING} OR (published AND {WHOLE} AND {OWN})"
SCORES = f"{EVERYTHING} OR ({ENTERED} AND published)"
KEY = """
ALTER TABLE assessment_objection ADD CONSTRAINT objection_line_fk
    FOREIGN KEY (unit_id, line_id) REFERENCES assessment_line (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
"""
SCHEMES = """
CREATE FUNCTION assessment_weights(definition jsonb) RETURNS numeric
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT coalesce(sum((line ->> 'weight')::numeric), 0)
    FROM jsonb_array_elements(definition -> 'indicators') AS line
$$;
ALTER TABLE assessment_scheme ADD CONSTRAINT assessment_scheme_weights
    CHECK (published_at IS NULL OR assessment_weights(definition) = 100);
CREATE TRIGGER assessment_scheme_published_stays BEFORE UPDATE OR DELETE ON assessment_scheme
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
    EXECUTE FUNCTION refuse_changing_published();

CREATE FUNCTION assessment_refuse_superseded() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF NEW.scheme_id IS DISTINCT FROM (
        SELECT s.id FROM assessment_scheme s
        WHERE s.published_at IS NOT NULL AND s.effective_on <= NEW.starts_on
        ORDER BY s.number DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'scheme % is not in force for % %', NEW.scheme_id, NEW.year, NEW.period
            USING ERRCODE = 'check_violation', CONSTRAINT = 'assessment_scheme_in_force';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assessment_opened_in_force BEFORE INSERT ON assessment_assessment
    FOR EACH ROW EXECUTE FUNCTION assessment_refuse_superseded();
CREATE TRIGGER assessment_goes_on_in_force BEFORE UPDATE ON assessment_assessment
    FOR EACH ROW WHEN (NEW.scheme_id <> OLD.scheme_id
        OR NEW.state IN ('computing', 'published') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION assessment_refuse_superseded();
"""
NO_SCHEMES = """
DROP TRIGGER assessment_goes_on_in_force ON assessment_assessment;
DROP TRIGGER assessment_opened_in_force ON assessment_assessment;
DROP FUNCTION assessment_refuse_superseded();
DROP TRIGGER assessment_scheme_published_stays ON assessment_scheme;
ALTER TABLE assessment_scheme DROP CONSTRAINT assessment_scheme_weights;
DROP FUNCTION assessment_weights(jsonb);
"""
FINAL = """
CREATE FUNCTION assessment_refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the assessment is settled', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER assessment_final_stays BEFORE UPDATE OR DELETE ON assessment_assessment
    FOR EACH ROW WHEN (OLD.state = 'final') EXECUTE FUNCTION assessment_refuse();
CREATE TRIGGER assessment_published_is_not_taken_back BEFORE UPDATE ON assessment_assessment
    FOR EACH ROW WHEN (OLD.state = 'published' AND NEW.state NOT IN ('published', 'final')
        OR (OLD.year, OLD.period, OLD.starts_on, OLD.ends_on)
            IS DISTINCT FROM (NEW.year, NEW.period, NEW.starts_on, NEW.ends_on))
    EXECUTE FUNCTION assessment_refuse();
CREATE TRIGGER assessment_published_is_not_deleted BEFORE DELETE ON assessment_assessment
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION assessment_refuse();

-- Rows of a final assessment stay; of a published one none comes and none goes, but objections.
CREATE FUNCTION assessment_keep_rows() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE stands text;
BEGIN
    SELECT state INTO stands FROM assessment_assessment
    WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.assessment_id ELSE OLD.assessment_id END;
    IF stands = 'final'
        OR stands = 'published' AND TG_OP <> 'UPDATE' AND TG_TABLE_NAME <> 'assessment_objection'
    THEN
        RAISE EXCEPTION '% of % is refused: the assessment is settled', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER assessment_line_kept BEFORE INSERT OR UPDATE OR DELETE ON assessment_line
    FOR EACH ROW EXECUTE FUNCTION assessment_keep_rows();
CREATE TRIGGER unit_score_kept BEFORE INSERT OR UPDATE OR DELETE ON assessment_unitscore
    FOR EACH ROW EXECUTE FUNCTION assessment_keep_rows();
CREATE TRIGGER objection_kept BEFORE INSERT OR UPDATE ON assessment_objection
    FOR EACH ROW EXECUTE FUNCTION assessment_keep_rows();
CREATE TRIGGER assessment_facts_stay BEFORE UPDATE OF
    id, unit_id, assessment_id, code, top, bottom, amount, hits, misses ON assessment_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER unit_score_stays_of_its_unit BEFORE UPDATE OF id, assessment_id, subsidiary_id
    ON assessment_unitscore FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER objection_stays_itself BEFORE UPDATE OF
    id, unit_id, assessment_id, line_id, text, by_id, at OR DELETE ON assessment_objection
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER objection_judged_once BEFORE UPDATE ON assessment_objection
    FOR EACH ROW WHEN (OLD.verdict <> 'waiting') EXECUTE FUNCTION assessment_refuse();
CREATE TRIGGER entry_stays_itself BEFORE UPDATE OF
    id, unit_id, kind, happened_on, points, text, basis, by_id, at OR DELETE ON assessment_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""
NO_FINAL = """
DROP TRIGGER entry_stays_itself ON assessment_entry;
DROP TRIGGER objection_judged_once ON assessment_objection;
DROP TRIGGER objection_stays_itself ON assessment_objection;
DROP TRIGGER unit_score_stays_of_its_unit ON assessment_unitscore;
DROP TRIGGER assessment_facts_stay ON assessment_line;
DROP TRIGGER objection_kept ON assessment_objection;
DROP TRIGGER unit_score_kept ON assessment_unitscore;
DROP TRIGGER assessment_line_kept ON assessment_line;
DROP FUNCTION assessment_keep_rows();
DROP TRIGGER assessment_published_is_not_deleted ON assessment_assessment;
DROP TRIGGER assessment_published_is_not_taken_back ON assessment_assessment;
DROP TRIGGER assessment_final_stays ON assessment_assessment;
DROP FUNCTION assessment_refuse();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("assessment", "0001_initial"),
        ("access", "0003_scope"),
        ("audit", "0002_append_only"),
        ("guide", "0002_published_stay"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(
            KEY, "ALTER TABLE assessment_objection DROP CONSTRAINT objection_line_fk;"
        ),
        migrations.RunSQL(SCHEMES, NO_SCHEMES),
        migrations.RunSQL(FINAL, NO_FINAL),
        *policies("assessment_scheme", read=PUBLISHED, write=EVERYTHING),
        *policies("assessment_assessment", read=PUBLISHED, write=EVERYTHING),
        *policies("assessment_unitscore", read=SCORES, write=EVERYTHING),
        *policies("assessment_line", read=LINES, write=EVERYTHING),
        *policies("assessment_objection", read=KEPT, write=KEPT),
        *policies("assessment_entry", read=KEPT, write=EVERYTHING),
    ]
