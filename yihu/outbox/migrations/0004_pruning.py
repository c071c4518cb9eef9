"""Old events may go, by the group's own work: never a young one, nor one that somebody waits for."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION published_kept() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF OLD.at > now() - interval '90 days' OR EXISTS (
        SELECT FROM outbox_delivery d
        WHERE d.published_id = OLD.number AND d.state IN ('waiting', 'dead')
    ) THEN
        RAISE EXCEPTION 'event % is young, or not delivered yet', OLD.number
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER published_append_only ON outbox_published;
CREATE TRIGGER published_append_only BEFORE UPDATE OR TRUNCATE ON outbox_published
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER published_kept BEFORE DELETE ON outbox_published
    FOR EACH ROW EXECUTE FUNCTION published_kept();
"""
BACKWARD = """
DROP TRIGGER published_kept ON outbox_published;
DROP TRIGGER published_append_only ON outbox_published;
CREATE TRIGGER published_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outbox_published
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
DROP FUNCTION published_kept();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("outbox", "0003_kept_from")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
