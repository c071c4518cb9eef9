"""What a person was told and how they are reached is theirs alone (§5.5, PIPL).

Not even those who see every file read it; only the group's own work writes for others.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, policies

GROUP = f"({EVERYTHING} AND (SELECT scope_user()) IS NULL)"
OWN = f"(user_id = (SELECT scope_user()) OR {GROUP})"
TABLES = ("notice", "preference", "channel", "delivery", "feed")
KEEP = """
CREATE TRIGGER reminder_edition_stays
    BEFORE UPDATE OR DELETE OR TRUNCATE ON notices_reminderedition
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("notices", "0001_initial"),
        ("access", "0003_scope"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [
        *(
            operation
            for table in TABLES
            for operation in policies(f"notices_{table}", read=OWN, write=OWN)
        ),
        *policies(
            "notices_reminderedition",
            read="true",
            write="false",
            add="(SELECT scope_holds('supervisor'))",
        ),
        migrations.RunSQL(KEEP, "DROP TRIGGER reminder_edition_stays ON notices_reminderedition;"),
    ]
