"""Rows are there for those who may see them (§4.3b, 5.5): headquarters all, a unit's keepers their
own files'; a unit's readers and other units nothing. An inspection itself is there for whoever has
files in it; how a unit stands beside others is in no row that it reads.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, WHOLE, policies

KEPT = f"({EVERYTHING} OR {WHOLE})"
OWNED = f"({EVERYTHING} OR owner_id = ANY ((SELECT scope_own())::bigint[]))"
TAKES_PART = f"{OWNED} OR id IN (SELECT inspection_id FROM inspections_share)"
INSIDE = "inspection_id IN (SELECT id FROM inspections_inspection{})"
TABLES = (
    "share", "subject", "tally", "finding", "result", "itemmark", "order", "reply", "evidence",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("inspections", "0002_composite_keys"),
        ("access", "0003_scope"),
        ("dossiers", "0011_quick_rows"),
    ]
    operations: ClassVar = [
        *policies("inspections_checklist", read="true", write=EVERYTHING),
        *(
            step
            for table in TABLES
            for step in policies(f"inspections_{table}", read=KEPT, write=KEPT)
        ),
        *policies("inspections_inspection", read=TAKES_PART, write=OWNED),
        *policies(
            "inspections_inspection_inspectors",
            read=INSIDE.format(""),
            write=INSIDE.format(f" WHERE {OWNED}"),
        ),
    ]
