"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, of_unit, policies

GROUP_S = ("disagreement", "naming", "codechange", "lookalike", "join")
"""What headquarters alone reads and writes."""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("identity", "0004_joining"),
        ("access", "0003_scope"),
        ("dossiers", "0010_rows"),
    ]
    operations: ClassVar = [
        *of_unit("identity_offer", via="dossier_id dossiers_dossier"),
        *(
            step
            for name in GROUP_S
            for step in policies(f"identity_{name}", read=EVERYTHING, write=EVERYTHING)
        ),
    ]
