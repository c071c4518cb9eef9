"""The group's segments are read by all and written by the group; the rest is the unit's (§6.3.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, OWN, of_file, of_unit, policies

OF_GROUP = "segment_id IN (SELECT id FROM care_segment WHERE of_group)"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("care", "0002_composite_keys"),
        ("dossiers", "0011_quick_rows"),
    ]
    operations: ClassVar = [
        *policies(
            "care_segment",
            read=f"of_group OR {OWN}",
            write=f"{EVERYTHING} OR (NOT of_group AND {OWN})",
        ),
        *policies("care_segmentversion", read=f"{OF_GROUP} OR {OWN}", write=OWN),
        *of_unit("care_segmentmonth"),
        *of_file("care_suggestion", "dossier_id"),
    ]
