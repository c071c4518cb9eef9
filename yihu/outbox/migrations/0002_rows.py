"""Who reads events and endpoints, and where the publishing begins (§5.5, 6.3.1).

An event is there for whoever reads its file; a guarded one (a risk, a finding) for a unit's
keepers alone, and none for guests. ITC keeps endpoints and sees how deliveries do, but reads no
event. Numbers are given by the group's own work.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, WHOLE, policies

GROUP = f"({EVERYTHING} AND (SELECT scope_user()) IS NULL)"
ITC = "(SELECT scope_holds('itc'))"
OWN = "unit_id = ANY ((SELECT scope_own())::bigint[])"
STEWARD = f"({OWN} AND (SELECT scope_holds('steward')))"
EVENTS = (
    f"{EVERYTHING} OR (unit_id IS NULL AND (SELECT scope_user()) IS NOT NULL) OR {WHOLE}"
    " OR (NOT guarded AND dossier_id IN (SELECT scope_files('')))"
)
BEGIN = """
INSERT INTO outbox_position (id, last_number, floor, life, begins_at) VALUES (1, 0, 0, '', now());
CREATE TRIGGER published_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outbox_published
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""
END = """
DROP TRIGGER published_append_only ON outbox_published;
DELETE FROM outbox_position;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("outbox", "0001_initial"),
        ("access", "0011_own_token_rows"),
        ("audit", "0004_months"),
        ("dossiers", "0011_quick_rows"),
    ]
    operations: ClassVar = [
        *policies("outbox_position", read=GROUP, write=GROUP),
        *policies("outbox_published", read=EVENTS, write=GROUP),
        *policies(
            "outbox_endpoint",
            read=f"{EVERYTHING} OR {ITC} OR {OWN}",
            write=f"{EVERYTHING} OR {ITC} OR {STEWARD}",
            add=ITC,
        ),
        *policies("outbox_delivery", read=ITC, write=ITC),
        migrations.RunSQL(BEGIN, END),
    ]
