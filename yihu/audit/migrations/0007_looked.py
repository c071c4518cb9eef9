"""One function says which verbs are looks, so that no plan weighs the list of them (C31).

Where a partial index names many verbs, the planner compares each of them with each condition of a
query, for each index of each month, whether or not the query asks for them: most of the time that
the timeline of a file took. A function that is not inlined is compared as a whole.
"""

from typing import ClassVar

from django.db import migrations, models

from yihu.audit.models import Looked

LOOKS = (
    "customer.read", "document.read", "document.viewed", "dossier.read", "draft.read",
    "import.read", "letter.read", "original.read", "risk.read", "risk_check.made", "searched",
    "version.read", "versions.compared", "visit.read", "evidence.downloaded", "finding.made",
    "finding.read", "item.marked", "subject.claimed", "subject.inspected", "subject.released",
    "interface.read", "reveal.refused", "reveal.shown",
)  # fmt: skip
FUNCTION = """
CREATE FUNCTION event_looked(verb text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog AS $$ BEGIN RETURN verb IN ({}); END $$;
""".format(", ".join(f"'{verb}'" for verb in LOOKS))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0006_reads")]
    operations: ClassVar = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION event_looked(text)"),
        migrations.RemoveIndex("event", "event_deeds"),
        migrations.RemoveIndex("event", "event_reads"),
        migrations.AddIndex(
            "event",
            models.Index(
                fields=["dossier_id", "-id"],
                condition=models.Q(Looked("verb"), _negated=True),
                name="event_deeds",
            ),
        ),
        migrations.AddIndex(
            "event",
            models.Index(
                fields=["at", "actor_id"],
                condition=models.Q(Looked("verb")),
                name="event_reads",
            ),
        ),
    ]
