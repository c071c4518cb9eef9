from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "yihu.intake"
    label = "intake"
    verbose_name = "数据导入"

    def ready(self) -> None:
        """Workbooks that go out to be filled leave by the one way out."""
        from yihu.intake.takeouts import contribute_all

        contribute_all()
