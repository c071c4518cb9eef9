"""The same rows as 0010, for less (C31): one index holds what the policy of a file asks, and the
policies of what hangs on a file no longer plan the file's own.

A file is there for whoever reads the unit as a whole by the unit's number alone. Elsewhere the
region decides, as before, and `scope_avoided()` names the files on the person's own unit (内部客户).
"""

from typing import ClassVar

from django.db import migrations, models

from yihu.access.rows import EVERYTHING, WHOLE, bounds, read_again, read_as_of_file

REGION = """ARRAY[unit_id || ':', unit_id || ':' || left(region_code, 2),
    unit_id || ':' || left(region_code, 4), unit_id || ':' || region_code]"""
FILE = f"""{EVERYTHING} OR {WHOLE} OR (unit_id = ANY ((SELECT scope_units())::bigint[])
    AND {REGION} && (SELECT scope_regions())::text[]
    AND id <> ALL ((SELECT scope_avoided())::uuid[]))"""
BEFORE = f"""({EVERYTHING} OR unit_id = ANY ((SELECT scope_units())::bigint[]) AND (
    unit_id = ANY ((SELECT scope_whole())::bigint[]) OR (
        credit_code IS DISTINCT FROM (SELECT scope_avoid())
        AND coalesce((SELECT scope_avoid()), '') <> ALL (former_codes)
        AND {REGION} && (SELECT scope_regions())::text[])))"""
FORWARD = f"""
CREATE FUNCTION scope_avoided() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    code text := scope_avoid();
    units bigint[] := scope_units();
BEGIN
    IF code IS NULL THEN
        RETURN '{{}}';
    END IF;
    RETURN ARRAY(
        SELECT id FROM dossiers_dossier WHERE unit_id = ANY (units) AND credit_code = code
        UNION
        SELECT id FROM dossiers_dossier WHERE unit_id = ANY (units)
            AND NOT (former_codes = '{{}}'::varchar(18)[]) AND code = ANY (former_codes));
END $$;

CREATE FUNCTION scope_files(section text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    parts bigint[] := vault.scope_partial(section);
    regions text[];
    avoided uuid[];
BEGIN
    IF parts = '{{}}' THEN
        RETURN;
    END IF;
    regions := scope_regions();
    avoided := scope_avoided();
    RETURN QUERY SELECT id FROM dossiers_dossier
        WHERE unit_id = ANY (parts) AND {REGION} && regions AND id <> ALL (avoided);
END $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("dossiers", "0010_rows"), ("access", "0007_quick_scope")]
    operations: ClassVar = [
        migrations.AddIndex(
            "dossier", models.Index(fields=["unit", "region_code", "id"], name="dossier_reach")
        ),
        migrations.AddIndex(
            "dossier",
            models.Index(
                fields=["unit"], condition=~models.Q(former_codes=[]), name="dossier_recoded"
            ),
        ),
        migrations.RunSQL(FORWARD, "DROP FUNCTION scope_files(text), scope_avoided();"),
        bounds("draft_id"),
        read_again("dossiers_dossier", FILE, before=BEFORE),
        read_as_of_file("dossiers_classchange", "dossier_id"),
        read_as_of_file("dossiers_fileversion", "dossier_id"),
        read_as_of_file("dossiers_draft", "dossier_id"),
        read_as_of_file("dossiers_fieldsave", "draft_id"),
        read_as_of_file("dossiers_attestation", "draft_id"),
        read_as_of_file("dossiers_submission", "draft_id"),
        read_as_of_file("dossiers_comment", "draft_id"),
    ]
