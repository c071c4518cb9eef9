from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "yihu.visits"
    label = "visits"
    verbose_name = "客户访谈"

    def ready(self) -> None:
        """Visits, what is followed up and what was asked for belong to a file's versions; what
        leaves the house."""
        from yihu.dossiers.tables import contribute
        from yihu.visits.takeouts import contribute_all
        from yihu.visits.versions import TABLES

        for table in TABLES:
            contribute(table)
        contribute_all()
