from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "yihu.care"
    label = "care"
    verbose_name = "客群与关怀"

    def ready(self) -> None:
        """What of it leaves the house."""
        from yihu.care.takeouts import contribute_all

        contribute_all()
