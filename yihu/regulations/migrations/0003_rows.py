"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import OWN, of_unit, policies

SEARCH = """
ALTER FUNCTION search_regulations(text) SET SCHEMA vault;
CREATE FUNCTION search_regulations(q text) RETURNS SETOF uuid LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT r.id FROM vault.search_regulations(q) AS hit (id)
    JOIN regulations_regulation r ON r.id = hit.id
    WHERE r.of_group OR scope_everything() OR r.unit_id = ANY (scope_own())
$$;
"""
BACK = """
DROP FUNCTION search_regulations(text);
ALTER FUNCTION vault.search_regulations(text) SET SCHEMA public;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("regulations", "0002_keys_and_search"),
        ("access", "0003_scope"),
        ("dossiers", "0010_rows"),
    ]
    operations: ClassVar = [
        *policies("regulations_regulation", read=f"of_group OR {OWN}", write=OWN),
        *of_unit("regulations_checked"),
        migrations.RunSQL(SEARCH, BACK),
    ]
