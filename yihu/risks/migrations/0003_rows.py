"""Who may know of a risk: the unit's keepers, supervisors, guests at the core level; a reader of
the unit does not, whatever a query forgets (§5.5, 6.2.2, 6.3.1).
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, policies

KEPT = f"({EVERYTHING} OR unit_id = ANY ((SELECT scope_whole())::bigint[]))"
OPENED = (
    "(unit_id || ':performance' = ANY ((SELECT scope_opened())::text[])"
    " AND dossier_id IN (SELECT id FROM dossiers_dossier))"
)
BELOW = "remark_id IN (SELECT id FROM risks_remark)"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("risks", "0002_composite_keys"),
        ("access", "0003_scope"),
        ("dossiers", "0010_rows"),
    ]
    operations: ClassVar = [
        *policies("risks_remark", read=f"{KEPT} OR {OPENED}", write=KEPT),
        *policies("risks_proposal", read=f"{KEPT} OR {OPENED}", write=KEPT),
        *policies("risks_review", read=BELOW, write=KEPT),
        *policies("risks_correction", read=BELOW, write=KEPT),
        *policies("risks_affected", read=BELOW, write=KEPT),
        *policies("risks_evidence", read=BELOW, write=KEPT),
    ]
