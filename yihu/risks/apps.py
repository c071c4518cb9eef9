from django.apps import AppConfig


class RisksConfig(AppConfig):
    name = "yihu.risks"
    label = "risks"
    verbose_name = "风险备注"

    def ready(self) -> None:
        """Which remarks a version holds, the mark beside a name, what leaves the house."""
        from yihu.dossiers import marks
        from yihu.dossiers.tables import contribute
        from yihu.risks.marks import marks_of, words_of
        from yihu.risks.takeouts import contribute_all
        from yihu.risks.versions import RISKS

        contribute(RISKS)
        marks.contribute(marks_of, words_of)
        contribute_all()
