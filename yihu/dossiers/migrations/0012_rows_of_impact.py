"""What an edition of the guide would mean for the files: headquarters' reckoning (§4.1b)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, policies


class Migration(migrations.Migration):
    dependencies: ClassVar = [("dossiers", "0011_quick_rows")]
    operations: ClassVar = [
        *policies("dossiers_guideimpact", read=EVERYTHING, write=EVERYTHING),
    ]
