"""Requests for roles: every hand in them is its owner's own, and nobody's is the person's (§6.3.2).

The trigger runs as the owner, so that it reads the roles of the sealed scope and whose account is
whose, whatever the policies let its caller see.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import OWN, policies

FORWARD = r"""
ALTER TABLE access_rolerequest ADD CONSTRAINT role_request_staff_fk
    FOREIGN KEY (unit_id, staff_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER role_request_kept BEFORE DELETE OR TRUNCATE ON access_rolerequest
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

CREATE FUNCTION role_request_by_own_hand() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    me bigint := scope_user();
    held text[] := string_to_array(coalesce(vault.scope_part(10), ''), ',');
    of_group boolean := NEW.role IN ('supervisor', 'itc', 'auditor');
    steward boolean := 'steward:' || NEW.unit_id = ANY (held);
    supervisor boolean := 'supervisor' = ANY (held);
    itc boolean := 'itc' = ANY (held);
    wrong text;
BEGIN
    IF EXISTS (SELECT FROM access_user u WHERE u.staff_id = NEW.staff_id
            AND u.id IN (NEW.asked_by_id, NEW.agreed_by_id, NEW.opened_by_id)) THEN
        wrong := 'nobody asks for, agrees to or opens a role of their own';
    ELSIF me IS NULL AND scope_everything() THEN
        RETURN NEW;  -- the group's own work
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.asked_by_id IS DISTINCT FROM me OR NEW.state <> 'asked' THEN
            wrong := 'a request begins as the wish of who asks';
        ELSIF NOT (CASE WHEN of_group THEN supervisor
                ELSE steward OR NEW.role = 'steward' AND supervisor END) THEN
            wrong := 'only a steward of the unit asks for its roles, a supervisor for the group''s';
        END IF;
    ELSIF OLD.state IN ('refused', 'withdrawn', 'ended') THEN
        wrong := 'a request that ended stays so';
    ELSIF (NEW.id, NEW.unit_id, NEW.staff_id, NEW.role, NEW.reason, NEW.asked_by_id, NEW.asked_at)
        IS DISTINCT FROM (OLD.id, OLD.unit_id, OLD.staff_id, OLD.role, OLD.reason,
            OLD.asked_by_id, OLD.asked_at) THEN
        wrong := 'a request stands as it was asked for';
    ELSIF (NEW.agreed_by_id, NEW.agreed_at) IS DISTINCT FROM (OLD.agreed_by_id, OLD.agreed_at)
        AND (OLD.state <> 'asked' OR NEW.agreed_by_id IS DISTINCT FROM me
             OR NOT (of_group AND supervisor)) THEN
        wrong := 'only a second supervisor agrees, in person';
    ELSIF (NEW.opened_by_id, NEW.opened_at) IS DISTINCT FROM (OLD.opened_by_id, OLD.opened_at)
        AND (OLD.state <> CASE WHEN of_group THEN 'agreed' ELSE 'asked' END
             OR NEW.opened_by_id IS DISTINCT FROM me OR NOT itc) THEN
        wrong := 'only ITC opens what was asked and agreed, in person';
    ELSIF NEW.state = 'ended' AND (OLD.state <> 'opened' OR NEW.ended_by_id IS DISTINCT FROM me
            OR NOT (itc OR supervisor OR steward AND NOT of_group)) THEN
        wrong := 'only the unit, headquarters or ITC end a role, in person';
    ELSIF NEW.state = 'withdrawn' AND (NEW.ended_by_id IS DISTINCT FROM me
            OR OLD.asked_by_id <> me) THEN
        wrong := 'only who asked withdraws';
    ELSIF NEW.state = 'refused' AND (NEW.ended_by_id IS DISTINCT FROM me
            OR NOT (itc OR of_group AND supervisor)) THEN
        wrong := 'only who could agree or open refuses, in person';
    ELSIF NEW.state NOT IN ('ended', 'withdrawn', 'refused') AND NEW.ended_by_id IS NOT NULL THEN
        wrong := 'nobody ends what goes on';
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER role_request_by_own_hand BEFORE INSERT OR UPDATE ON access_rolerequest
    FOR EACH ROW EXECUTE FUNCTION role_request_by_own_hand();
"""
BACKWARD = """
DROP TRIGGER role_request_by_own_hand ON access_rolerequest;
DROP FUNCTION role_request_by_own_hand();
DROP TRIGGER role_request_kept ON access_rolerequest;
ALTER TABLE access_rolerequest DROP CONSTRAINT role_request_staff_fk;
"""
ITC = "(SELECT scope_holds('itc'))"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("access", "0008_roles"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(FORWARD, BACKWARD),
        *policies("access_rolerequest", read=f"{OWN} OR {ITC}", write=f"{OWN} OR {ITC}", add=OWN),
    ]
