"""A made report stays what it is and none goes (§6.4.2). A unit's report is there for those who
keep its files, the group's and the schedules for headquarters alone.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, WHOLE, policies

KEPT = f"({EVERYTHING} OR {WHOLE})"
FROZEN = """
CREATE TRIGGER report_kept BEFORE DELETE OR TRUNCATE ON supervision_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER report_stays BEFORE UPDATE ON supervision_report FOR EACH ROW
    WHEN (OLD.state = 'ready' OR (OLD.unit_id, OLD.kind, OLD.number, OLD.period_start,
            OLD.period_end, OLD.version, OLD.asked_by_id, OLD.asked_at, OLD.schedule_id)
        IS DISTINCT FROM (NEW.unit_id, NEW.kind, NEW.number, NEW.period_start,
            NEW.period_end, NEW.version, NEW.asked_by_id, NEW.asked_at, NEW.schedule_id))
    EXECUTE FUNCTION refuse_rewriting();
"""
THAWED = """
DROP TRIGGER report_stays ON supervision_report;
DROP TRIGGER report_kept ON supervision_report;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("supervision", "0001_initial"),
        ("access", "0003_scope"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(FROZEN, THAWED),
        *policies("supervision_report", read=KEPT, write=KEPT),
        *policies("supervision_schedule", read=EVERYTHING, write=EVERYTHING),
    ]
