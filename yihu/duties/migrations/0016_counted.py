"""What homes and boards count of duties stands in the indexes that find them.

Built while everybody works; each step may be run again where one was broken off.
"""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

KEY = "ON duties_duty (unit_id, due_on, id)"
OPEN = "WHERE done_at IS NULL AND dropped_at IS NULL AND waived_at IS NULL"
TOLD = "dossier_id, kind, klass, period_start, period_end"
FORWARD = [
    "DROP INDEX CONCURRENTLY IF EXISTS duty_open_counted",
    f"CREATE INDEX CONCURRENTLY duty_open_counted {KEY} INCLUDE ({TOLD}) {OPEN}",
    "DROP INDEX CONCURRENTLY IF EXISTS duty_counted",
    f"""CREATE INDEX CONCURRENTLY duty_counted {KEY}
    INCLUDE ({TOLD}, done_at, waived_at, dropped_at)""",
    "DROP INDEX CONCURRENTLY IF EXISTS duty_open",
    "DROP INDEX CONCURRENTLY IF EXISTS duty_due",
]
BACKWARD = [
    "DROP INDEX CONCURRENTLY IF EXISTS duty_open",
    f"CREATE INDEX CONCURRENTLY duty_open {KEY} {OPEN}",
    "DROP INDEX CONCURRENTLY IF EXISTS duty_due",
    f"CREATE INDEX CONCURRENTLY duty_due {KEY}",
    "DROP INDEX CONCURRENTLY IF EXISTS duty_open_counted",
    "DROP INDEX CONCURRENTLY IF EXISTS duty_counted",
]


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar = [("duties", "0015_closures")]
    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FORWARD, BACKWARD)],
            state_operations=[
                migrations.RemoveIndex("duty", "duty_open"),
                migrations.RemoveIndex("duty", "duty_due"),
                migrations.AddIndex(
                    "duty",
                    models.Index(
                        fields=["unit", "due_on", "id"],
                        include=["dossier", "kind", "klass", "period_start", "period_end"],
                        condition=Q(
                            done_at__isnull=True, dropped_at__isnull=True, waived_at__isnull=True
                        ),
                        name="duty_open_counted",
                    ),
                ),
                migrations.AddIndex(
                    "duty",
                    models.Index(
                        fields=["unit", "due_on", "id"],
                        include=[
                            "dossier",
                            "kind",
                            "klass",
                            "period_start",
                            "period_end",
                            "done_at",
                            "waived_at",
                            "dropped_at",
                        ],
                        name="duty_counted",
                    ),
                ),
            ],
        ),
    ]
