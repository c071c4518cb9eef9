"""An edition is in force once the files' data has come along with it."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

STANDING = """
INSERT INTO guide_adoption (edition_id, at, dossiers, drafts, set_aside)
SELECT id, published_at, 0, 0, 0 FROM guide_edition
WHERE published_at IS NOT NULL AND effective_on <= (now() AT TIME ZONE 'Asia/Shanghai')::date;
"""
STAYS = """
CREATE TRIGGER adoption_stays BEFORE UPDATE OR DELETE ON guide_adoption
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_published();
CREATE TRIGGER adoption_not_truncated BEFORE TRUNCATE ON guide_adoption
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_published();
"""
MOVES = """
DROP TRIGGER adoption_not_truncated ON guide_adoption;
DROP TRIGGER adoption_stays ON guide_adoption;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("guide", "0003_drafts")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Adoption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="启用时间")),
                ("dossiers", models.PositiveIntegerField(default=0, verbose_name="换版档案数")),
                ("drafts", models.PositiveIntegerField(default=0, verbose_name="换版草稿数")),
                ("set_aside", models.PositiveIntegerField(default=0, verbose_name="只读保留的值")),
                (
                    "edition",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adoption",
                        to="guide.edition",
                    ),
                ),
            ],
            options={"verbose_name": "填报指南启用", "verbose_name_plural": "填报指南启用"},
        ),
        migrations.RunSQL(STANDING, migrations.RunSQL.noop),
        migrations.RunSQL(STAYS, MOVES),
    ]
