from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "yihu.desk"
    label = "desk"
    verbose_name = "工作台"

    def ready(self) -> None:
        """What its lists let out of the house."""
        from yihu.desk.takeouts import contribute_all

        contribute_all()
