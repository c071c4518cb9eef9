"""Personnel history stands: an event takes effect or is cancelled, once, and is never deleted."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION personnel_event_stands() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'personnel events stay' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.applied_at IS NOT NULL OR OLD.cancelled_at IS NOT NULL
        OR (to_jsonb(NEW) - '{applied_at,cancelled_at,cancelled_by,cancel_reason}'::text[])
            <> (to_jsonb(OLD) - '{applied_at,cancelled_at,cancelled_by,cancel_reason}'::text[]) THEN
        RAISE EXCEPTION 'the personnel event stands' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER personnel_event_stands BEFORE UPDATE OR DELETE ON org_personnelevent
    FOR EACH ROW EXECUTE FUNCTION personnel_event_stands();
"""
BACKWARD = """
DROP TRIGGER personnel_event_stands ON org_personnelevent;
DROP FUNCTION personnel_event_stands();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("org", "0004_personnel_history")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
