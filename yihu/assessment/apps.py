from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "yihu.assessment"
    label = "assessment"
    verbose_name = "单位考核"

    def ready(self) -> None:
        """What leaves the house."""
        from yihu.assessment.takeouts import contribute_all

        contribute_all()
