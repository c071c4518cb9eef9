"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1).

A reveal is read by the unit whose file it is and by whoever looked, and added only in one's own
name. A seal is read by everybody who reads files of the unit: the lens takes the person out.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, OWN, SEEN, of_unit, policies

ME = "user_id = (SELECT scope_user())"
THERE = "dossier_id IN (SELECT id FROM dossiers_dossier)"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("disclosure", "0002_composite_keys"),
        ("access", "0003_scope"),
        ("dossiers", "0010_rows"),
    ]
    operations: ClassVar = [
        *policies(
            "disclosure_reveal",
            read=f"({OWN} AND {THERE}) OR {ME}",
            write=OWN,
            add=f"{EVERYTHING} OR ({ME} AND {THERE})",
        ),
        *of_unit("disclosure_marking", via="dossier_id dossiers_dossier"),
        *policies("disclosure_seal", read=f"{SEEN} AND {THERE}", write=OWN),
    ]
