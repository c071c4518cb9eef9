"""That a remark is to be looked at again tells that there is one: its duty is there for those who
may know of it, the unit's keepers and headquarters, not for the unit's readers (§6.2.2).
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, WHOLE, read_again

THERE = f"{EVERYTHING} OR {WHOLE} OR dossier_id IN (SELECT scope_files(''))"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("duties", "0009_rows_of_policy")]
    operations: ClassVar = [
        read_again(
            "duties_duty",
            f"({THERE}) AND (kind <> 'risk' OR {EVERYTHING} OR {WHOLE})",
            before=THERE,
        ),
    ]
