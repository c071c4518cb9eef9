from django.apps import AppConfig


class ClausesConfig(AppConfig):
    name = "yihu.clauses"
    label = "clauses"
    verbose_name = "条款地图"

    def ready(self) -> None:
        """What of it leaves the house."""
        from yihu.clauses.takeouts import contribute_all

        contribute_all()
