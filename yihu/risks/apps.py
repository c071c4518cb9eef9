from django.apps import AppConfig


class RisksConfig(AppConfig):
    name = "yihu.risks"
    label = "risks"
    verbose_name = "风险备注"

    def ready(self) -> None:
        """Which remarks a version holds, and the mark beside a customer's name."""
        from yihu.dossiers import marks
        from yihu.dossiers.tables import contribute
        from yihu.risks.marks import marks_of
        from yihu.risks.versions import RISKS

        contribute(RISKS)
        marks.contribute(marks_of)
