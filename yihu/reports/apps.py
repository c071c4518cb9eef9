from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "yihu.reports"
    label = "reports"
    verbose_name = "打印"

    def ready(self) -> None:
        """Its papers leave the house by the one way out."""
        from yihu.reports.takeouts import contribute_all

        contribute_all()
