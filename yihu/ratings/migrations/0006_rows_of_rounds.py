"""Rows are there for those who may see them (§5.5, 6.3.1). Schemes and rounds say nothing of any
customer: everybody reads them, headquarters writes. A unit reads the scores of its files once they
are final; what a customer amounts to over all units is headquarters' alone.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, of_unit, policies

THERE = "dossier_id IN (SELECT id FROM dossiers_dossier)"
SCORES = (
    f"({EVERYTHING} OR final AND ("
    "unit_id = ANY ((SELECT scope_own())::bigint[])"
    f" AND (unit_id = ANY ((SELECT scope_whole())::bigint[]) OR {THERE})"
    f" OR unit_id || ':performance' = ANY ((SELECT scope_opened())::text[]) AND {THERE}))"
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("ratings", "0005_laws"),
        ("access", "0003_scope"),
        ("dossiers", "0010_rows"),
    ]
    operations: ClassVar = [
        *policies("ratings_ratingscheme", read="true", write=EVERYTHING),
        *policies("ratings_ratinground", read="true", write=EVERYTHING),
        *policies("ratings_ratingproposal", read=EVERYTHING, write=EVERYTHING),
        *policies("ratings_ratingscore", read=SCORES, write=EVERYTHING),
        *of_unit("ratings_ratingjudgement", via="dossier_id dossiers_dossier"),
    ]
