"""Checklists are drafted before they are published; only what is published never changes, and only
headquarters reads a draft.
"""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from yihu.access.rows import EVERYTHING, read_again

STAYS = """
DROP TRIGGER checklist_published ON inspections_checklist;
CREATE TRIGGER checklist_published BEFORE UPDATE OR DELETE ON inspections_checklist
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER checklist_kept BEFORE TRUNCATE ON inspections_checklist
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""
STAYED = """
DROP TRIGGER checklist_kept ON inspections_checklist;
DROP TRIGGER checklist_published ON inspections_checklist;
CREATE TRIGGER checklist_published BEFORE UPDATE OR DELETE OR TRUNCATE ON inspections_checklist
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("inspections", "0003_rows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.AlterField(
            "checklist", "published_at", models.DateTimeField(null=True, verbose_name="发布时间")
        ),
        migrations.AddField(
            "checklist",
            "published_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="发布人",
            ),
        ),
        migrations.AddField(
            "checklist",
            "reason",
            models.CharField(blank=True, db_default="", max_length=200, verbose_name="修订说明"),
        ),
        migrations.AddConstraint(
            "checklist",
            models.UniqueConstraint(
                condition=models.Q(("published_at", None)),
                fields=("published_at",),
                name="checklist_one_draft",
                nulls_distinct=False,
            ),
        ),
        migrations.RunSQL(STAYS, STAYED),
        read_again(
            "inspections_checklist", f"published_at IS NOT NULL OR {EVERYTHING}", before="true"
        ),
    ]
