"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1).

A reveal is read by the unit whose file it is and by whoever looked, and added only in one's own
name. A seal is read by everybody who reads files of the unit: the lens takes the person out.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, OWN, WHOLE, of_file, policies

ME = "user_id = (SELECT scope_user())"
THERE = "dossier_id IN (SELECT id FROM dossiers_dossier)"
KEPT = f"{EVERYTHING} OR {WHOLE} OR dossier_id IN (SELECT scope_files(''))"
SECTIONS = ("basic", "cooperation", "performance", "interviews")
READ = " OR ".join(f"dossier_id IN (SELECT scope_files('{section}'))" for section in SECTIONS)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("disclosure", "0002_composite_keys"),
        ("dossiers", "0011_quick_rows"),
    ]
    operations: ClassVar = [
        *policies(
            "disclosure_reveal",
            read=f"{KEPT} OR {ME}",
            write=OWN,
            add=f"{EVERYTHING} OR ({ME} AND {THERE})",
        ),
        *of_file("disclosure_marking", "dossier_id"),
        *policies("disclosure_seal", read=f"{EVERYTHING} OR {WHOLE} OR {READ}", write=OWN),
    ]
