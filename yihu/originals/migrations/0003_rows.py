"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import of_unit, search_within


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("originals", "0002_composite_keys"),
        ("access", "0003_scope"),
        ("dossiers", "0010_rows"),
    ]
    operations: ClassVar = [
        *of_unit("originals_custody"),
        *of_unit("originals_place"),
        *of_unit("originals_transfer"),
        *of_unit("originals_original", via="dossier_id dossiers_dossier"),
        *of_unit("originals_move", via="original_id originals_original"),
        *of_unit("originals_hold", via="original_id originals_original"),
        *of_unit("originals_loan", via="original_id originals_original"),
        *of_unit("originals_stocktake"),
        *of_unit("originals_stocktakeline", via="original_id originals_original"),
        *of_unit("originals_disposal"),
        *of_unit("originals_disposalline", via="original_id originals_original"),
        search_within("search_originals", "q units"),
    ]
