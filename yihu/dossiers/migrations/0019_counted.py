"""What homes count of files stands in the index that their policy reads (`dossier_counted`).

Built while everybody works; each step may be run again where one was broken off.
"""

from typing import ClassVar

from django.db import migrations, models

FORWARD = [
    "DROP INDEX CONCURRENTLY IF EXISTS dossier_counted",
    """CREATE INDEX CONCURRENTLY dossier_counted ON dossiers_dossier (unit_id, region_code, id)
    INCLUDE (state, klass, filler_id)""",
    "DROP INDEX CONCURRENTLY IF EXISTS dossier_reach",
]
BACKWARD = [
    "DROP INDEX CONCURRENTLY IF EXISTS dossier_reach",
    "CREATE INDEX CONCURRENTLY dossier_reach ON dossiers_dossier (unit_id, region_code, id)",
    "DROP INDEX CONCURRENTLY IF EXISTS dossier_counted",
]


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar = [("dossiers", "0018_hits_on")]
    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FORWARD, BACKWARD)],
            state_operations=[
                migrations.RemoveIndex("dossier", "dossier_reach"),
                migrations.AddIndex(
                    "dossier",
                    models.Index(
                        fields=["unit", "region_code", "id"],
                        include=["state", "klass", "filler"],
                        name="dossier_counted",
                    ),
                ),
            ],
        ),
    ]
