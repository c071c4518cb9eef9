"""Grants widen the scope, and every hand in them is its owner's own (§6.3.1, 6.3.2).

A constraint keeps apart who asks, who agrees and who opens; this trigger sees to it that each of
them is whoever's transaction it is, and holds the role for it. So no SQL run as the application
can agree or open in another's name.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import OWN, policies

FORWARD = r"""
ALTER TABLE grants_policyline ADD CONSTRAINT policy_line_policy_fk
    FOREIGN KEY (unit_id, policy_id) REFERENCES grants_querypolicy (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER query_policy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON grants_querypolicy
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER policy_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON grants_policyline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER grant_kept BEFORE DELETE OR TRUNCATE ON grants_grant
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

CREATE FUNCTION scope_holds_at(wanted text, place bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce(vault.scope_part(1) = '' OR wanted || ':' || place
        = ANY (string_to_array(vault.scope_part(10), ',')), false) $$;

CREATE FUNCTION grant_by_own_hand() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
    me bigint := scope_user();
    wrong text;
BEGIN
    IF me IS NULL AND scope_everything() THEN
        RETURN NEW;  -- the group's own work
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.person_id IS DISTINCT FROM me OR NEW.state <> 'asked'
            OR coalesce(NEW.approved_by_id, NEW.second_by_id, NEW.opened_by_id) IS NOT NULL THEN
            wrong := 'a grant begins as the wish of the one who reads';
        END IF;
    ELSIF OLD.state IN ('refused', 'withdrawn', 'ended') THEN
        wrong := 'a grant that ended stays so';
    ELSIF (NEW.id, NEW.unit_id, NEW.person_id, NEW.purpose, NEW.sections, NEW.regions, NEW.level,
            NEW.since, NEW.until, NEW.asked_at)
        IS DISTINCT FROM (OLD.id, OLD.unit_id, OLD.person_id, OLD.purpose, OLD.sections,
            OLD.regions, OLD.level, OLD.since, OLD.until, OLD.asked_at) THEN
        wrong := 'a grant stands as it was asked for';
    ELSIF NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id
        AND (OLD.approved_by_id IS NOT NULL OR NEW.approved_by_id IS DISTINCT FROM me
             OR NOT scope_holds_at('steward', NEW.unit_id)) THEN
        wrong := 'only a steward of the unit agrees, in person';
    ELSIF NEW.second_by_id IS DISTINCT FROM OLD.second_by_id
        AND (OLD.second_by_id IS NOT NULL OR NEW.second_by_id IS DISTINCT FROM me
             OR NOT (scope_holds_at('steward', NEW.unit_id) OR scope_holds('supervisor'))) THEN
        wrong := 'only a second steward or a supervisor agrees, in person';
    ELSIF NEW.opened_by_id IS DISTINCT FROM OLD.opened_by_id
        AND (OLD.opened_by_id IS NOT NULL OR NEW.opened_by_id IS DISTINCT FROM me
             OR NOT scope_holds('itc') OR OLD.state <> 'approved') THEN
        wrong := 'only ITC opens what was agreed to, in person';
    ELSIF OLD.opened_by_id IS NOT NULL
        AND NEW.confirmed_until IS DISTINCT FROM OLD.confirmed_until
        AND (NEW.confirmed_by_id IS DISTINCT FROM me
             OR NOT scope_holds_at('steward', NEW.unit_id)) THEN
        wrong := 'only a steward of the unit confirms, in person';
    ELSIF NEW.within IS DISTINCT FROM OLD.within AND OLD.within IS NOT NULL THEN
        wrong := 'whether the policy covers it is said once';
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grant_by_own_hand BEFORE INSERT OR UPDATE ON grants_grant
    FOR EACH ROW EXECUTE FUNCTION grant_by_own_hand();

CREATE OR REPLACE FUNCTION scope_for(person bigint, OUT everything boolean, OUT people boolean,
    OUT staff uuid, OUT own bigint[], OUT units bigint[], OUT whole bigint[],
    OUT regions text[], OUT avoid text, OUT roles text[], OUT opened text[], OUT grants text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH RECURSIVE today AS (
        SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS day
    ), held AS (
        SELECT r.role, r.unit_id, r.role IN ('filler', 'reviewer', 'steward', 'custodian') AS full_
        FROM access_roleassignment r JOIN access_user u ON u.id = r.user_id AND u.is_active
        WHERE r.user_id = person
          AND (SELECT day FROM today) BETWEEN r.since AND coalesce(r.until, 'infinity')
    ), tree AS (
        SELECT unit_id AS id, bool_or(full_) AS full_ FROM held
        WHERE unit_id IS NOT NULL GROUP BY unit_id
        UNION
        SELECT o.id, t.full_ FROM org_orgunit o JOIN tree t ON o.parent_id = t.id
    ), mine AS (
        SELECT id, bool_or(full_) AS full_ FROM tree GROUP BY id
    ), given AS (
        SELECT g.unit_id, g.level, g.sections,
            ARRAY(SELECT vault.stem(code) FROM unnest(g.regions) AS code ORDER BY 1) AS stems
        FROM grants_grant g JOIN access_user u ON u.id = g.person_id AND u.is_active
        WHERE g.person_id = person AND g.state = 'opened'
          AND (SELECT day FROM today) BETWEEN g.since AND least(g.until, g.confirmed_until)
    ), self AS (
        SELECT s.id, o.id AS unit_id, o.credit_code
        FROM access_user u JOIN org_staff s ON s.id = u.staff_id
        JOIN org_orgunit o ON o.id = s.unit_id WHERE u.id = person
    ), sees_all AS (
        SELECT coalesce(bool_or(role = 'supervisor'), false) AS yes FROM held
    ), code AS (
        SELECT CASE WHEN NOT (SELECT yes FROM sees_all)
            THEN (SELECT credit_code FROM self) END AS avoid
    ), full_ones AS (
        SELECT id FROM mine WHERE full_
          AND ((SELECT avoid FROM code) IS NULL OR id = (SELECT unit_id FROM self))
    )
    SELECT (SELECT yes FROM sees_all),
        EXISTS (SELECT FROM held WHERE role IN ('supervisor', 'itc', 'auditor')),
        (SELECT id FROM self),
        coalesce((SELECT array_agg(id ORDER BY id) FROM mine), '{}'),
        ARRAY(SELECT id FROM mine UNION SELECT unit_id FROM given ORDER BY 1),
        coalesce((SELECT array_agg(id ORDER BY id) FROM full_ones), '{}'),
        ARRAY(
            SELECT m.id || ':' || vault.stem(r.region_code)
            FROM mine m JOIN org_unitregion r ON r.unit_id = m.id
            WHERE NOT m.full_
            UNION
            SELECT m.id || ':' FROM mine m
            WHERE m.full_ AND m.id NOT IN (SELECT id FROM full_ones)
            UNION
            SELECT g.unit_id || ':' || region
            FROM given g, unnest(CASE WHEN g.stems = '{}' THEN '{""}' ELSE g.stems END) AS region
            ORDER BY 1),
        (SELECT avoid FROM code),
        coalesce((SELECT array_agg(concat_ws(':', role, unit_id) ORDER BY role, unit_id)
                  FROM held), '{}'),
        ARRAY(
            SELECT DISTINCT g.unit_id || ':' || part
            FROM given g, unnest(g.sections) AS part
            WHERE part <> 'performance' OR g.level >= 3 ORDER BY 1),
        ARRAY(
            SELECT concat_ws('/', g.unit_id, g.level, array_to_string(g.sections, '+'),
                array_to_string(g.stems, '+'))
            FROM given g ORDER BY 1)
$$;
"""
BACKWARD = """
DROP TRIGGER grant_by_own_hand ON grants_grant;
DROP FUNCTION grant_by_own_hand(), scope_holds_at(text, bigint);
DROP TRIGGER grant_kept ON grants_grant;
DROP TRIGGER policy_line_append_only ON grants_policyline;
DROP TRIGGER query_policy_append_only ON grants_querypolicy;
ALTER TABLE grants_policyline DROP CONSTRAINT policy_line_policy_fk;
"""
PEOPLE = "(SELECT scope_people())"
ME = "person_id = (SELECT scope_user())"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("grants", "0001_initial"),
        ("access", "0003_scope"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(FORWARD, BACKWARD),
        *policies("grants_querypolicy", read=f"{OWN} OR {PEOPLE}", write=OWN),
        *policies("grants_policyline", read=f"{OWN} OR {PEOPLE}", write=OWN),
        *policies(
            "grants_grant",
            read=f"{OWN} OR {PEOPLE} OR {ME}",
            write=f"{OWN} OR {ME} OR (SELECT scope_holds('itc'))",
            add=f"(SELECT scope_everything()) OR {ME}",
        ),
    ]
