"""Rows are there for those who may see them (§5.5, 6.3.1). Schemes and rounds say nothing of any
customer: everybody reads them, headquarters writes. A unit reads the scores of its files once they
are final; what a customer amounts to over all units is headquarters' alone.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, WHOLE, of_file, policies

SCORES = (
    f"({EVERYTHING} OR final AND ({WHOLE} OR dossier_id IN (SELECT scope_files('performance'))))"
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("ratings", "0006_laws"),
        ("dossiers", "0011_quick_rows"),
    ]
    operations: ClassVar = [
        *policies("ratings_ratingscheme", read="true", write=EVERYTHING),
        *policies("ratings_ratinground", read="true", write=EVERYTHING),
        *policies("ratings_ratingproposal", read=EVERYTHING, write=EVERYTHING),
        *policies("ratings_ratingscore", read=SCORES, write=EVERYTHING),
        *of_file("ratings_ratingjudgement", "dossier_id"),
    ]
