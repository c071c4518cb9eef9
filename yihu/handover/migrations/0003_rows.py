"""Hand-overs are their unit's; a witness of another unit, and who keeps people, read them too."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import OWN, policies

READ = f"{OWN} OR (SELECT scope_people())"
OF_IT = f"{READ} OR handover_id IN (SELECT id FROM handover_handover)"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("handover", "0002_stands"),
        ("access", "0003_scope"),
        ("dossiers", "0010_rows"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(
            "ALTER TABLE handover_line ADD CONSTRAINT handover_line_dossier_fk "
            "FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id) "
            "DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE handover_line DROP CONSTRAINT handover_line_dossier_fk",
        ),
        *policies(
            "handover_handover",
            read=f"{READ} OR witness_id = (SELECT scope_staff())",
            write=OWN,
        ),
        *policies("handover_line", read=OF_IT, write=OWN),
        *policies(
            "handover_signature",
            read=OF_IT,
            write=OWN,
            add=f"{OWN} OR by_id = (SELECT scope_user())",
        ),
        *policies("handover_ending", read=READ, write=OWN),
    ]
