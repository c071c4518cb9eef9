from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "yihu.supervision"
    label = "supervision"
    verbose_name = "监督报告"

    def ready(self) -> None:
        """What of it leaves the house."""
        from yihu.supervision.takeouts import contribute_all

        contribute_all()
