"""The same rows as 0003, and no plan that holds the policies of files (C31)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import bounds, read_as_of_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [("originals", "0003_rows"), ("dossiers", "0011_quick_rows")]
    operations: ClassVar = [
        bounds("original_id"),
        read_as_of_file("originals_original", "dossier_id"),
        read_as_of_file("originals_move", "original_id"),
        read_as_of_file("originals_hold", "original_id"),
        read_as_of_file("originals_loan", "original_id"),
        read_as_of_file("originals_stocktakeline", "original_id"),
        read_as_of_file("originals_disposalline", "original_id"),
    ]
