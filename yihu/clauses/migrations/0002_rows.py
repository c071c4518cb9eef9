"""Figures are read by who reads the unit as a whole, written by the group's work alone (§6.4.2).

A closed month is as it was judged: nobody changes or removes it.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, OWN, WHOLE, policies

FORWARD = """
CREATE TRIGGER fact_closed_stays BEFORE UPDATE OR DELETE ON clauses_fact
    FOR EACH ROW WHEN (OLD.closed) EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER fact_kept BEFORE TRUNCATE ON clauses_fact
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""
BACKWARD = """
DROP TRIGGER fact_kept ON clauses_fact;
DROP TRIGGER fact_closed_stays ON clauses_fact;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("clauses", "0001_initial"),
        ("access", "0003_scope"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(FORWARD, BACKWARD),
        *policies("clauses_fact", read=f"{EVERYTHING} OR ({WHOLE} AND {OWN})", write=EVERYTHING),
    ]
