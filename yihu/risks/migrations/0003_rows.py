"""Who may know of a risk: the unit's keepers, supervisors, guests at the core level; a reader of
the unit does not, whatever a query forgets (§5.5, 6.2.2, 6.3.1).
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, WHOLE, policies

KEPT = f"({EVERYTHING} OR {WHOLE})"
GUEST = "unit_id || ':performance' = ANY ((SELECT scope_opened())::text[])"
OPENED = f"({GUEST} AND dossier_id IN (SELECT scope_files('performance')))"
BELOW = f"{KEPT} OR ({GUEST} AND remark_id IN (SELECT scope_remarks()))"
REMARKS = f"""
CREATE FUNCTION scope_remarks() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT id FROM risks_remark WHERE {OPENED}
$$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("risks", "0002_composite_keys"),
        ("dossiers", "0011_quick_rows"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(REMARKS, "DROP FUNCTION scope_remarks();"),
        *policies("risks_remark", read=f"{KEPT} OR {OPENED}", write=KEPT),
        *policies("risks_proposal", read=f"{KEPT} OR {OPENED}", write=KEPT),
        *policies("risks_review", read=BELOW, write=KEPT),
        *policies("risks_correction", read=BELOW, write=KEPT),
        *policies("risks_affected", read=BELOW, write=KEPT),
        *policies("risks_evidence", read=BELOW, write=KEPT),
        *policies("risks_rulesetting", read="true", write=EVERYTHING),
    ]
