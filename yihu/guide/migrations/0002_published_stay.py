"""A published edition stays as it was published (§4.1b): files are judged by it."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_changing_published() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% of a published edition is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER edition_published_stays BEFORE UPDATE OR DELETE ON guide_edition
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
    EXECUTE FUNCTION refuse_changing_published();
CREATE TRIGGER edition_not_truncated BEFORE TRUNCATE ON guide_edition
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_published();
"""
BACKWARD = """
DROP TRIGGER edition_not_truncated ON guide_edition;
DROP TRIGGER edition_published_stays ON guide_edition;
DROP FUNCTION refuse_changing_published();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("guide", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
