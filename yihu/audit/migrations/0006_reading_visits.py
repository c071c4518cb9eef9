"""Looking at a visit is reading: the partial indexes of what was read and what was done follow."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0005_chain"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="event",
            name="event_deeds",
        ),
        migrations.RemoveIndex(
            model_name="event",
            name="event_reads",
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    (
                        "verb__in",
                        (
                            "customer.read",
                            "document.read",
                            "document.viewed",
                            "dossier.read",
                            "draft.read",
                            "import.read",
                            "letter.read",
                            "original.read",
                            "searched",
                            "version.read",
                            "versions.compared",
                            "visit.read",
                        ),
                    ),
                    _negated=True,
                ),
                fields=["dossier_id", "-id"],
                name="event_deeds",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    (
                        "verb__in",
                        (
                            "customer.read",
                            "document.read",
                            "document.viewed",
                            "dossier.read",
                            "draft.read",
                            "import.read",
                            "letter.read",
                            "original.read",
                            "searched",
                            "version.read",
                            "versions.compared",
                            "visit.read",
                        ),
                    )
                ),
                fields=["at", "actor_id"],
                name="event_reads",
            ),
        ),
    ]
